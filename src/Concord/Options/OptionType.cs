using System.Globalization;

namespace Concord.Options;

/// <summary>What kind of values an option has: how a text becomes one, how one is written, and which are allowed.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
public sealed class OptionType<T>
{
    private readonly Func<string, (bool IsRead, T Value)> _parse;
    private readonly Func<T, string> _write;
    private readonly Func<T, bool> _allows;

    internal OptionType(
        string words, Func<string, (bool IsRead, T Value)> parse, Func<T, string> write, Func<T, bool>? allows = null,
        IReadOnlyList<string>? choices = null) =>
        (Words, _parse, _write, _allows, Choices) = (words, parse, write, allows ?? (_ => true), choices ?? []);

    /// <summary>The values in words, as a message has them: <c>a whole number of at least 1</c>.</summary>
    public string Words { get; }

    /// <summary>The words that can be chosen from; empty where the values are not words of a list.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <summary>What a value is for another program; a number too where a word may stand for none.</summary>
    public ValueKind Kind => (Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T)) switch
    {
        var type when type == typeof(double) || type == typeof(int) || type == typeof(long) => ValueKind.Number,
        var type when type == typeof(bool) => ValueKind.Flag,
        _ => ValueKind.Text,
    };

    /// <summary>Whether numbers that are not whole are among them.</summary>
    public bool TakesFractions
    {
        get
        {
            try
            {
                return TryParse("0.5", out _);
            }
            catch (ConcordException)
            {
                return false;
            }
        }
    }

    /// <summary>The text of a value.</summary>
    public string Write(T value) => _write(value);

    /// <summary>Whether a value lies in the range.</summary>
    public bool Allows(T value) => _allows(value);

    /// <summary>The same kind with fewer values.</summary>
    /// <param name="allows">Which of them are allowed.</param>
    /// <param name="words">Those in words.</param>
    public OptionType<T> Where(Func<T, bool> allows, string words) =>
        new(words, _parse, _write, value => _allows(value) && allows(value), Choices);

    /// <summary>The same kind in other words.</summary>
    public OptionType<T> Called(string words) => new(words, _parse, _write, _allows, Choices);

    /// <summary>Reads a text; its value may lie outside the range.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="value">The value.</param>
    public bool TryParse(string text, out T value)
    {
        (var isRead, value) = _parse(text);
        return isRead;
    }

    /// <summary>Reads a text.</summary>
    /// <param name="name">What the text was given for, at the beginning of a message: <c>The option feedback.rank</c>.</param>
    /// <param name="text">What was given.</param>
    /// <exception cref="ConcordException">It cannot be read, or lies outside the range.</exception>
    public T Read(string name, string text) => TryParse(text, out var value) && Allows(value) ? value : throw Refused(name, text);

    /// <summary>The message about a text that is no value of this kind.</summary>
    internal ConcordException Refused(string name, string text) =>
        new(Choices.Count > 0 ? $"{name} was given '{text}'. {KnownWords.Hint(text, Choices)}"
            : $"{name} was given '{text}'; it takes {Words}.");
}

/// <summary>The kinds of values that options have.</summary>
public static class OptionType
{
    private static readonly OptionType<double> s_number = Number();

    /// <summary>true or false.</summary>
    public static OptionType<bool> Flag { get; } = new("true or false", text => (bool.TryParse(text, out var value), value),
        value => value ? "true" : "false");

    /// <summary>Any text.</summary>
    public static OptionType<string> Text { get; } = new("a text", text => (true, text), value => value);

    /// <summary>Whether a text is written as a number; those that no option takes, NaN and infinity, are among them.</summary>
    internal static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether two texts are the same, or the same number in two spellings.</summary>
    public static bool AreSame(string? one, string? other) =>
        one == other || (one is not null && other is not null && s_number.TryParse(one, out var first)
            && s_number.TryParse(other, out var second) && first == second);

    /// <summary>A finite number.</summary>
    /// <param name="least">The least that is allowed.</param>
    /// <param name="most">The most that is allowed.</param>
    public static OptionType<double> Number(double least = double.NegativeInfinity, double most = double.PositiveInfinity) =>
        Numbers(
            (double.IsFinite(least), double.IsFinite(most)) switch
            {
                (true, true) => FormattableString.Invariant($"a number from {least} to {most}"),
                (true, _) => FormattableString.Invariant($"a number of at least {least}"),
                (_, true) => FormattableString.Invariant($"a number of at most {most}"),
                _ => "a number",
            },
            value => value >= least && value <= most);

    /// <summary>A finite number in a range without its lower end.</summary>
    /// <param name="bound">What it must exceed.</param>
    /// <param name="most">The most that is allowed.</param>
    public static OptionType<double> NumberAbove(double bound, double most = double.PositiveInfinity) =>
        Numbers(
            FormattableString.Invariant($"a number above {bound}")
                + (double.IsFinite(most) ? FormattableString.Invariant($" and at most {most}") : ""),
            value => value > bound && value <= most);

    /// <summary>A finite number in a range without its upper end.</summary>
    /// <param name="least">The least that is allowed.</param>
    /// <param name="bound">What it must stay below.</param>
    public static OptionType<double> NumberBelow(double least, double bound) =>
        Numbers(FormattableString.Invariant($"a number of at least {least} and below {bound}"), value => value >= least && value < bound);

    /// <summary>Two finite numbers with a slash between them.</summary>
    /// <param name="least">The least that is allowed.</param>
    public static OptionType<(double First, double Second)> Pair(double least = double.NegativeInfinity)
    {
        var number = Number(least);
        return new(double.IsFinite(least) ? FormattableString.Invariant($"two numbers of at least {least} with a slash between them")
            : "two numbers with a slash between them",
            text => text.Split('/') is [var first, var second] && number.TryParse(first, out var a) && number.TryParse(second, out var b)
                ? (true, (a, b)) : (false, default),
            value => $"{number.Write(value.First)}/{number.Write(value.Second)}",
            value => number.Allows(value.First) && number.Allows(value.Second));
    }

    /// <summary>A whole number.</summary>
    /// <param name="least">The least that is allowed.</param>
    /// <param name="most">The most that is allowed.</param>
    public static OptionType<int> Whole(int least = 0, int most = int.MaxValue) => new(
        (least, most) switch
        {
            (int.MinValue, _) => "a whole number",
            (_, int.MaxValue) => FormattableString.Invariant($"a whole number of at least {least}"),
            _ => FormattableString.Invariant($"a whole number from {least} to {most}"),
        },
        text => (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value), value),
        value => value.ToString(CultureInfo.InvariantCulture), value => value >= least && value <= most);

    /// <summary>What decides draws: a whole number of 63 bits, since a sign would stand in names of folders and on command lines.</summary>
    public static OptionType<long> Seed { get; } = new("a whole number of at least 0",
        text => (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value), value),
        value => value.ToString(CultureInfo.InvariantCulture), value => value >= 0);

    /// <summary>One of several words, whose capitals do not count.</summary>
    /// <param name="values">The words and what they stand for, in the order in which they are listed.</param>
    public static OptionType<T> Choice<T>(IReadOnlyDictionary<string, T> values)
    {
        string[] words = [.. values.Keys];
        return new(string.Join(", ", words), text => KnownWords.Meant(text, words) is { } word
                ? (true, values[word]) : (false, default!),
            value => Array.Find(words, word => EqualityComparer<T>.Default.Equals(values[word], value))!, choices: words);
    }

    /// <summary>The values of a type, or a word for none of them.</summary>
    /// <param name="type">The type.</param>
    /// <param name="word">What null is written as.</param>
    public static OptionType<T?> Or<T>(this OptionType<T> type, string word) where T : struct => new(
        $"{type.Words}, or {word}", text => text.Equals(word, StringComparison.OrdinalIgnoreCase) ? (true, null)
            : (type.TryParse(text, out var value), value),
        value => value is { } some ? type.Write(some) : word, value => value is not { } some || type.Allows(some));

    /// <summary>What a type of its own reads and writes.</summary>
    /// <param name="words">The texts in words.</param>
    /// <param name="parse">Reads one; a text that cannot be read is its own mistake.</param>
    /// <param name="write">Writes one; by default as the type itself does.</param>
    public static OptionType<T> Written<T>(string words, Func<string, T> parse, Func<T, string>? write = null) where T : notnull =>
        new(words, text => (true, parse(text)), write ?? (value => value.ToString()!));

    private static OptionType<double> Numbers(string words, Func<double, bool> allows) => new(
        $"{words}, with a point for decimals",
        text => (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value), value),
        value => value.ToString("R", CultureInfo.InvariantCulture), value => double.IsFinite(value) && allows(value));
}
