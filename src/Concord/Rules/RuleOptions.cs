using System.Globalization;

namespace Concord.Rules;

/// <summary>
/// A rule's own options, as <c>key=value</c> words. Each is taken once by the rule that knows it; what is left over is an error
/// that names the nearest key. What was taken, defaults included, is kept for the resolved experiment file.
/// </summary>
public sealed class RuleOptions
{
    private readonly IReadOnlyDictionary<string, string> _given;
    private readonly SortedDictionary<string, string> _resolved;
    private readonly Dictionary<string, (string Needs, bool IsDefault)> _idle;   // keys that say nothing beside the others
    private readonly SortedSet<string> _keys;
    private readonly string? _needs;

    /// <summary>What a user gave.</summary>
    /// <param name="given">Keys and values as they were written.</param>
    public RuleOptions(IReadOnlyDictionary<string, string> given) => (_given, _resolved, _idle, _keys) = (given, new(StringComparer.Ordinal), [], new(StringComparer.Ordinal));

    private RuleOptions(RuleOptions whole, string needs) => (_given, _resolved, _idle, _keys, _needs) = (whole._given, whole._resolved, whole._idle, whole._keys, needs);

    /// <summary>No options.</summary>
    public static RuleOptions None => new(new Dictionary<string, string>());

    /// <summary>Every option that was asked about, with the value in force; without one whose defaults differ among the rules of a map, each of which has its own.</summary>
    public IReadOnlyDictionary<string, string> Resolved => _resolved;

    /// <summary>Every option that was asked about.</summary>
    public IReadOnlyCollection<string> Keys => _keys;

    /// <summary>What a key would need that says nothing beside the others; null for one that says something.</summary>
    public string? NeedsOf(string key) => _idle.TryGetValue(key, out var idle) ? idle.Needs : null;

    /// <summary>The message about what was given and says nothing; null where it says something or is what is the case anyway.</summary>
    internal string? SilenceOf(string key) => _idle.TryGetValue(key, out var idle) && !idle.IsDefault && _given.TryGetValue(key, out var text)
        ? $"The option {key} was given '{text}', where it says nothing: it needs {idle.Needs}. Give that, or drop {key}."
        : null;

    /// <summary>What was given without what says nothing.</summary>
    internal Dictionary<string, string> Speaking => _given.Where(pair => !_idle.ContainsKey(pair.Key)).ToDictionary();

    /// <summary>
    /// These options, for one that says something only beside certain others. Where it would say nothing it has its default, and whoever gave it anything
    /// else is told what it needs.
    /// </summary>
    /// <param name="holds">Whether it says something.</param>
    /// <param name="needs">What it needs, for people: <c>feedback.projection=kernel</c>.</param>
    public RuleOptions When(bool holds, string needs) => holds || _needs is not null ? this : new(this, needs);

    /// <summary>A number, or the default.</summary>
    public double Number(string key, double otherwise, double least = double.NegativeInfinity) =>
        Take(key, otherwise.ToString(CultureInfo.InvariantCulture), text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= least
                ? number
                : throw Wrong(key, text, least > double.NegativeInfinity ? FormattableString.Invariant($"a number of at least {least}, with a point for decimals") : "a number, with a point for decimals"));

    /// <summary>A whole number, or the default.</summary>
    public int Whole(string key, int otherwise, int least = 0) =>
        Take(key, otherwise.ToString(CultureInfo.InvariantCulture), text =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least
                ? number
                : throw Wrong(key, text, $"a whole number of at least {least}"));

    /// <summary>true or false, or the default.</summary>
    public bool Flag(string key, bool otherwise) =>
        Take(key, otherwise ? "true" : "false", text => text switch
        {
            "true" => true,
            "false" => false,
            _ => throw Wrong(key, text, "true or false"),
        });

    /// <summary>One of several words, or the default.</summary>
    public T Choice<T>(string key, string otherwise, IReadOnlyDictionary<string, T> choices) =>
        Take(key, otherwise, text => choices.TryGetValue(text, out var value)
            ? value
            : throw new ConcordException($"The option {key} was given '{text}'. {Nearest.Hint(text, [.. choices.Keys])}"));

    /// <summary>Refuses what nobody took.</summary>
    /// <param name="owner">Whose options these are.</param>
    /// <exception cref="ConcordException">A key is unknown, or says nothing beside the others.</exception>
    public void Finish(string owner)
    {
        foreach (var key in _given.Keys)
            if (!_keys.Contains(key))
                throw new ConcordException(_keys.Count == 0
                    ? $"{owner} takes no options, but '{key}' was given."
                    : $"{owner} has no option '{key}'. {Nearest.Hint(key, _keys)}");
            else if (SilenceOf(key) is { } silence) throw new ConcordException(silence);
    }

    private T Take<T>(string key, string otherwise, Func<string, T> read)
    {
        var isFirst = _keys.Add(key);
        var isGiven = _given.TryGetValue(key, out var text);
        var value = read(text ?? otherwise);
        if (_needs is not null)
        {
            var usual = read(otherwise);
            if (!isFirst) return usual;
            _resolved[key] = otherwise;
            _idle[key] = (_needs, EqualityComparer<T>.Default.Equals(value, usual));
            return usual;
        }
        // Of a map's rules one may know what to do with it, and another not; their defaults may differ, and then no one value would be all of them.
        if (_idle.Remove(key) || isFirst || isGiven) _resolved[key] = text ?? otherwise;
        else if (_resolved.TryGetValue(key, out var other) && other != otherwise) _resolved.Remove(key);
        return value;
    }

    private static ConcordException Wrong(string key, string text, string expected) =>
        new($"The option {key} was given '{text}'; it takes {expected}.");
}
