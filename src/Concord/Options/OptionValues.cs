namespace Concord.Options;

/// <summary>The values of declared options: what a user gave, and the defaults of all others.</summary>
public sealed class OptionValues
{
    private readonly IReadOnlyDictionary<string, string> _given;
    private readonly SortedDictionary<string, OptionValue> _values = new(StringComparer.Ordinal);

    private OptionValues(IReadOnlyDictionary<string, string> given) => _given = given;

    /// <summary>Reads what was given. Keys that are not declared stay for <see cref="Check"/>, or for another reader.</summary>
    /// <param name="declared">The options, each after those that its default or its condition reads.</param>
    /// <param name="given">Keys and texts; null for none.</param>
    /// <param name="owner">What messages call an option after its key: <c> of the layer dense</c>.</param>
    /// <exception cref="ConcordException">A text cannot be read, lies out of range where it applies, or is missing.</exception>
    public static OptionValues Read(IReadOnlyList<Option> declared, IReadOnlyDictionary<string, string>? given = null, string owner = "")
    {
        var values = new OptionValues(given ?? new Dictionary<string, string>());
        foreach (var option in declared)
        {
            var value = option.Read(values, $"The option {option.Key}{owner}", values._given.GetValueOrDefault(option.Key));
            if (!values._values.TryAdd(option.Key, value))
                throw new InvalidOperationException($"The option {option.Key} is declared twice.");
        }
        return values;
    }

    /// <summary>The texts of the defaults, in the order of their keys; none of options that must be given.</summary>
    /// <param name="declared">The options, each after those that its default depends on.</param>
    public static IReadOnlyDictionary<string, string> Defaults(IEnumerable<Option> declared) =>
        Read([.. declared.Where(option => !option.IsRequired)]).Resolved;

    /// <summary>The value of an option.</summary>
    /// <exception cref="InvalidOperationException">It is not declared, or only after the option that reads it.</exception>
    public T Of<T>(Option<T> option) => _values.TryGetValue(option.Key, out var value)
        ? (T)value.Value!
        : throw new InvalidOperationException($"The option {option.Key} is read but not declared before that.");

    /// <summary>
    /// The texts of all values, defaults included, in the order of their keys: a value as it was given, or as the default is written.
    /// Without those whose defaults differ among the rules of a map, each of which has its own.
    /// </summary>
    public IReadOnlyDictionary<string, string> Resolved => new SortedDictionary<string, string>(
        _values.Where(entry => entry.Value.Text is not null).ToDictionary(entry => entry.Key, entry => entry.Value.Text!),
        StringComparer.Ordinal);

    /// <summary>All keys.</summary>
    public IReadOnlyCollection<string> Keys => _values.Keys;

    /// <summary>Whether an option was given.</summary>
    public bool IsGiven(Option option) => _given.ContainsKey(option.Key);

    /// <summary>What a key would need to have an effect with the others; null for one that has.</summary>
    public string? NeedsOf(string key) => _values.GetValueOrDefault(key)?.Needs;

    /// <summary>The message about what was given and has no effect; null where it has one, or is the default.</summary>
    internal string? IneffectOf(string key) => _values.GetValueOrDefault(key) is { IsGiven: true, IsUsual: false, Needs: { } needs }
        ? $"The option {key} was given '{_given[key]}', but it has no effect here; it applies only with {needs}. "
            + $"Give that, or leave {key} out."
        : null;

    /// <summary>What was given and applies; keys that are not declared as well.</summary>
    internal Dictionary<string, string> Applied => _given.Where(pair => NeedsOf(pair.Key) is null).ToDictionary();

    /// <summary>Refuses what was given but is not declared or has no effect.</summary>
    /// <param name="owner">Whose options these are, at the beginning of a message: <c>The rule dfa</c>.</param>
    /// <exception cref="ConcordException">A key is unknown, or has no effect with the others.</exception>
    public OptionValues Check(string owner)
    {
        foreach (var key in _given.Keys)
            if (!_values.ContainsKey(key)) throw Unknown(owner, key, Keys);
            else if (IneffectOf(key) is { } message) throw new ConcordException(message);
        return this;
    }

    /// <summary>The message about a key that is none.</summary>
    internal static ConcordException Unknown(string owner, string key, IReadOnlyCollection<string> known) => new(
        known.Count == 0 ? $"{owner} takes no options, but '{key}' was given."
            : $"{owner} has no option '{key}'. {KnownWords.Hint(key, known)}");

    /// <summary>
    /// These values and those of another rule of the same map, which was given the same:
    /// each option as the rules that it applies to have it.
    /// </summary>
    internal OptionValues MergedWith(OptionValues other)
    {
        var both = new OptionValues(_given);
        foreach (var (key, value) in _values) both._values[key] = value;
        foreach (var (key, value) in other._values)
            both._values[key] = both._values.TryGetValue(key, out var own) ? Both(own, value) : value;
        return both;
    }

    private static OptionValue Both(OptionValue own, OptionValue other) =>
        other.Needs is not null ? own
        : own.Needs is not null || own.Text == other.Text ? other
        : own with { Text = null };
}
