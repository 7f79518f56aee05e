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

    /// <summary>
    /// Words as keys and values of declared options: KEY=VALUE, a key alone where that has a meaning (<see cref="Option.Alone"/>), a value
    /// alone where it needs no key (<see cref="Option.IsNamedByValue"/>).
    /// </summary>
    /// <param name="words">The words.</param>
    /// <param name="declared">The options.</param>
    /// <param name="owner">What they were given to, at the beginning of a message: <c>The model 'mlp:4-3,tanh'</c>.</param>
    /// <param name="laterCounts">Whether the later of two words for one option counts; else two are refused.</param>
    /// <exception cref="ConcordException">A word belongs to no option, lacks its value, or an option is there twice.</exception>
    public static Dictionary<string, string> Read(
        IEnumerable<string> words, IReadOnlyList<Option> declared, string owner, bool laterCounts = false)
    {
        Dictionary<string, string> given = [];
        foreach (var word in words)
        {
            var (key, value) = Split(word);
            var option = declared.FirstOrDefault(option => option.Key == key)
                ?? declared.FirstOrDefault(option => option.IsNamedByValue && option.CanRead(word))
                ?? throw Unknown(owner, word, key, [.. declared.SelectMany(option => option.Words)]);
            var text = option.Key != key ? word : value ?? option.Alone
                ?? throw new ConcordException($"{owner} has '{key}' without a value. Write {key}=VALUE; it takes {option.Values}.");
            if (!given.TryAdd(option.Key, text) && !laterCounts) throw new ConcordException($"{owner} has '{key}' twice.");
            given[option.Key] = text;
        }
        return given;
    }

    // Where the key is right by itself, what is wrong is the value behind it.
    private static ConcordException Unknown(string owner, string word, string key, IReadOnlyCollection<string> known) =>
        OptionValues.Unknown(owner, known.Contains(key) ? word : key, known);
}
