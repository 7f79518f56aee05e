using System.Globalization;

namespace Concord.Rules;

/// <summary>
/// A rule's own options, as <c>key=value</c> words. Each is taken once by the rule that knows it; what is left over is an error
/// that names the nearest key. What was taken, defaults included, is kept for the resolved experiment file.
/// </summary>
/// <param name="given">Keys and values as the user wrote them.</param>
public sealed class RuleOptions(IReadOnlyDictionary<string, string> given)
{
    private readonly SortedDictionary<string, string> _resolved = new(StringComparer.Ordinal);

    /// <summary>No options.</summary>
    public static RuleOptions None => new(new Dictionary<string, string>());

    /// <summary>Every option that was asked about, with the value in force.</summary>
    public IReadOnlyDictionary<string, string> Resolved => _resolved;

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
    /// <exception cref="ConcordException">A key is unknown.</exception>
    public void Finish(string owner)
    {
        foreach (var key in given.Keys)
            if (!_resolved.ContainsKey(key))
                throw new ConcordException(_resolved.Count == 0
                    ? $"{owner} takes no options, but '{key}' was given."
                    : $"{owner} has no option '{key}'. {Nearest.Hint(key, _resolved.Keys)}");
    }

    private T Take<T>(string key, string otherwise, Func<string, T> read)
    {
        var text = given.GetValueOrDefault(key, otherwise);
        var value = read(text);
        _resolved[key] = text;
        return value;
    }

    private static ConcordException Wrong(string key, string text, string expected) =>
        new($"The option {key} was given '{text}'; it takes {expected}.");
}
