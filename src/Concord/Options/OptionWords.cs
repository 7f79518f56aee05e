namespace Concord.Options;

/// <summary>Words of the form KEY=VALUE.</summary>
public static class OptionWords
{
    /// <summary>The key and the value of a word; no value where there is no equals sign.</summary>
    public static (string Key, string? Value) Split(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at ? (word[..at], word[(at + 1)..]) : (word, null);

    /// <summary>Words as keys and values.</summary>
    /// <param name="words">The words.</param>
    /// <param name="owner">What they were given to, at the beginning of a message.</param>
    /// <param name="example">What could have been written, at its end.</param>
    /// <exception cref="ConcordException">One has no key or no equals sign, or a key is there twice.</exception>
    public static Dictionary<string, string> Pairs(IEnumerable<string> words, string owner, string example)
    {
        Dictionary<string, string> pairs = [];
        foreach (var word in words)
        {
            if (Split(word) is not ({ Length: > 0 } key, { } value))
                throw new ConcordException($"{owner} was given '{word}' where KEY=VALUE is expected, as in {example}.");
            if (!pairs.TryAdd(key, value)) throw new ConcordException($"{owner} was given '{key}' twice.");
        }
        return pairs;
    }
}
