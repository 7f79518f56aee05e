namespace Concord.Options;

/// <summary>
/// One option as it is declared: its key, what values it takes, its default, what it means, and with which values of others it applies.
/// Parsing, resolved files, grids, messages, lists of options and the docs read this.
/// </summary>
public abstract class Option
{
    private protected Option(string key, string meaning, IReadOnlyList<OptionCondition> conditions) =>
        (Key, Meaning, Conditions) = (key, meaning, conditions);

    /// <summary>What a user writes.</summary>
    public string Key { get; }

    /// <summary>What it decides, in one sentence.</summary>
    public string Meaning { get; }

    /// <summary>Its values in words: <c>a whole number of at least 1</c>, or the words to choose from.</summary>
    public abstract string Values { get; }

    /// <summary>The words that can be chosen from; empty where the values are not words of a list.</summary>
    public abstract IReadOnlyList<string> Choices { get; }

    /// <summary>What it applies with, in words; null for one that always applies.</summary>
    public string? Needs => Conditions.Count == 0 ? null : string.Join(" and ", Conditions.Select(condition => condition.Needs));

    /// <summary>Whether it has no default.</summary>
    public abstract bool IsRequired { get; }

    /// <summary>Whether it takes numbers that are not whole.</summary>
    public abstract bool TakesFractions { get; }

    /// <summary>What its values are for another program.</summary>
    public abstract ValueKind Kind { get; }

    /// <summary>
    /// What its key stands for by itself in a line of words (<see cref="OptionWords.Read"/>); null where a value must follow.
    /// </summary>
    public string? Alone { get; init; }

    /// <summary>Whether its values may stand without the key in a line of words, as <c>tanh</c> does.</summary>
    public bool IsNamedByValue { get; init; }

    /// <summary>The words that may stand for it in a line of words.</summary>
    internal abstract IReadOnlyList<string> Words { get; }

    private protected IReadOnlyList<OptionCondition> Conditions { get; }

    /// <summary>The same option where it applies only with certain values of others (<see cref="Option{T}.When"/>).</summary>
    internal abstract Option Only(Func<OptionValues, bool> holds, string needs);

    /// <summary>Whether a text is one of its values, in range or not.</summary>
    internal abstract bool CanRead(string text);

    /// <summary>Its value among others.</summary>
    /// <param name="others">Those that are declared before it.</param>
    /// <param name="name">What it is called at the beginning of a message.</param>
    /// <param name="text">What was given for it; null for nothing.</param>
    /// <exception cref="ConcordException">It cannot be read, lies out of range where it applies, or is missing.</exception>
    internal abstract OptionValue Read(OptionValues others, string name, string? text);
}

/// <summary>What an option applies with.</summary>
/// <param name="Holds">Whether it does.</param>
/// <param name="Needs">The condition in words: <c>feedback.projection=kernel</c>.</param>
internal readonly record struct OptionCondition(Func<OptionValues, bool> Holds, string Needs);

/// <summary>The value of an option.</summary>
/// <param name="Value">What is in force.</param>
/// <param name="Text">Its text, as it was given or as the default's is written; null where rules of a map have different defaults.</param>
/// <param name="IsGiven">Whether a user gave it.</param>
/// <param name="Needs">What it would need to have an effect; null where it applies.</param>
/// <param name="IsUsual">Whether what was given is the default.</param>
internal sealed record OptionValue(object? Value, string? Text, bool IsGiven, string? Needs = null, bool IsUsual = true);

/// <summary>An option with values of one type.</summary>
/// <typeparam name="T">The type.</typeparam>
public sealed class Option<T> : Option
{
    private readonly OptionType<T> _type;
    private readonly Func<OptionValues, T>? _otherwise;

    private Option(string key, OptionType<T> type, Func<OptionValues, T>? otherwise, string meaning,
        IReadOnlyList<OptionCondition> conditions)
        : base(key, meaning, conditions) => (_type, _otherwise) = (type, otherwise);

    /// <summary>An option that must be given.</summary>
    public Option(string key, OptionType<T> type, string meaning) : this(key, type, otherwise: null, meaning, []) { }

    /// <summary>An option.</summary>
    /// <param name="key">What a user writes.</param>
    /// <param name="type">What values it takes.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="meaning">What it decides, in one sentence.</param>
    public Option(string key, OptionType<T> type, T otherwise, string meaning) : this(key, type, _ => otherwise, meaning, []) { }

    /// <summary>An option whose default depends on options that are declared before it.</summary>
    public Option(string key, OptionType<T> type, Func<OptionValues, T> otherwise, string meaning)
        : this(key, type, otherwise, meaning, []) { }

    /// <inheritdoc/>
    public override string Values => _type.Words;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Choices => _type.Choices;

    /// <inheritdoc/>
    public override bool IsRequired => _otherwise is null;

    /// <inheritdoc/>
    public override bool TakesFractions => _type.TakesFractions;

    /// <inheritdoc/>
    public override ValueKind Kind => _type.Kind;

    internal override IReadOnlyList<string> Words => IsNamedByValue ? Choices : [Key];

    internal override Option Only(Func<OptionValues, bool> holds, string needs) => When(holds, needs);

    internal override bool CanRead(string text) => _type.TryParse(text, out _);

    /// <summary>
    /// The same option where it applies only with certain values of others. Elsewhere it has its default, and anything else is refused.
    /// </summary>
    /// <param name="holds">Whether it applies, by options that are declared before it.</param>
    /// <param name="needs">The condition in words: <c>feedback.projection=kernel</c>.</param>
    public Option<T> When(Func<OptionValues, bool> holds, string needs) =>
        new(Key, _type, _otherwise, Meaning, [.. Conditions, new(holds, needs)]) { Alone = Alone, IsNamedByValue = IsNamedByValue };

    /// <summary>The same option with another default.</summary>
    public Option<T> Defaulting(T otherwise) =>
        new(Key, _type, _ => otherwise, Meaning, Conditions) { Alone = Alone, IsNamedByValue = IsNamedByValue };

    internal override OptionValue Read(OptionValues others, string name, string? text)
    {
        var needs = Conditions.FirstOrDefault(condition => !condition.Holds(others)).Needs;
        if (text is null)
        {
            if (_otherwise is null) throw new ConcordException($"{name} is missing; it takes {Values}.");
            var usual = _otherwise(others);
            return new(usual, _type.Write(usual), false, needs);
        }
        // What cannot be read is a mistake anywhere; whether it is in range matters where it applies.
        if (!_type.TryParse(text, out var value) || (needs is null && !_type.Allows(value))) throw _type.Refused(name, text);
        if (needs is null) return new(value, text, true);
        var otherwise = _otherwise is null ? value : _otherwise(others);
        return new(otherwise, _type.Write(otherwise), true, needs, EqualityComparer<T>.Default.Equals(value, otherwise));
    }
}
