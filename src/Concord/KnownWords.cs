namespace Concord;

/// <summary>What a user could have written: looks a word up, and finds the nearest one where it is a slip of the hand.</summary>
public static class KnownWords
{
    /// <summary>The known word nearest to the given one by edit distance, if it is near enough to be a slip of the hand.</summary>
    /// <param name="given">What was written.</param>
    /// <param name="known">What could have been.</param>
    public static string? Nearest(string given, IEnumerable<string> known)
    {
        var best = known.Select(word => (Word: word, Distance: Distance(given.ToLowerInvariant(), word.ToLowerInvariant())))
            .DefaultIfEmpty((Word: "", Distance: int.MaxValue)).MinBy(pair => pair.Distance);
        return best.Distance <= Math.Max(2, given.Length / 3) ? best.Word : null;
    }

    /// <summary>The end of an error message: the nearest word if there is one, and all that could have been written.</summary>
    public static string Hint(string given, IReadOnlyCollection<string> known) =>
        (Nearest(given, known) is { } word ? $"Did you mean '{word}'? " : "") + $"Known: {string.Join(", ", known)}.";

    /// <summary>The known word that is given in other capitals, or as it is; null where there is none.</summary>
    internal static string? Meant(string given, IEnumerable<string> known) =>
        known.FirstOrDefault(word => word.Equals(given, StringComparison.OrdinalIgnoreCase));

    /// <summary>Looks a word up, whose capitals do not count, and says plainly what else there is.</summary>
    /// <exception cref="ConcordException">It is not known.</exception>
    public static T Find<T>(string kind, string given, IReadOnlyDictionary<string, T> known) => Meant(given, known.Keys) is { } word
        ? known[word]
        : throw new ConcordException(CountIn(given, [.. known.Keys]) is { } count
            ? FormattableString.Invariant($"'{given}' names {count} {Plural(kind)}, and one is taken here.")
            : $"There is no {kind} '{given}'. {Hint(given, [.. known.Keys])}");

    /// <summary>How many known words were given where one is taken, with commas between; null where that is not what was written.</summary>
    internal static int? CountIn(string given, IReadOnlyCollection<string> known) =>
        given.Split(',', StringSplitOptions.TrimEntries) is { Length: > 1 } words && Array.TrueForAll(words, known.Contains)
        ? words.Length : null;

    private static string Plural(string kind) => kind.EndsWith('y') ? $"{kind[..^1]}ies" : $"{kind}s";

    private static int Distance(string a, string b)   // Damerau and Levenshtein, adjacent swaps counting one
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
            for (var j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
