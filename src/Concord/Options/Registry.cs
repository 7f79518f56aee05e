namespace Concord.Options;

/// <summary>What has a name: the library's own, then what others added. Readers get lists that stay as they are.</summary>
/// <param name="kind">What its entries are called in messages.</param>
/// <param name="own">The library's own.</param>
/// <param name="nameOf">An entry's name.</param>
internal sealed class Registry<T>(string kind, IReadOnlyList<T> own, Func<T, string> nameOf) where T : class
{
    private readonly Lock _turn = new();
    private readonly Dictionary<string, Plugin?> _origins = [];
    private volatile IReadOnlyList<T> _all = own;

    /// <summary>All of them, in the order in which they came.</summary>
    public IReadOnlyList<T> All => _all;

    /// <summary>Adds one; the same one again is no mistake.</summary>
    /// <param name="entry">What is added.</param>
    /// <param name="from">The file that it comes from; null for one of the program's own.</param>
    /// <exception cref="ConcordException">Its name is no word, or is another's.</exception>
    public void Add(T entry, Plugin? from)
    {
        var name = nameOf(entry);
        if (name.Length == 0 || !char.IsAsciiLetter(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new ConcordException($"A {kind} is to be called '{name}'; a name is made of letters, digits, - and _, a letter first.");
        lock (_turn)
        {
            var there = _all.FirstOrDefault(known => nameOf(known).Equals(name, StringComparison.OrdinalIgnoreCase));
            if (there is not null && there.Equals(entry)) return;
            if (there is not null)
                throw new ConcordException($"There is a {kind} '{nameOf(there)}' already{_origins.GetValueOrDefault(nameOf(there)) switch
                {
                    { } other => $", from the plugin '{other.Path}'",
                    _ when !_origins.ContainsKey(nameOf(there)) => ", one of Concord's own",
                    _ => ", which this program registered from another description: keep one and register that",
                }}. Choose another name.");
            _origins[name] = from;
            _all = [.. _all, entry];
        }
    }

    /// <summary>Whether it was added.</summary>
    public bool IsForeign(string name)
    {
        lock (_turn) return _origins.ContainsKey(name);
    }

    /// <summary>The file that it came from; null for the library's own, or a program's.</summary>
    public Plugin? OriginOf(string name)
    {
        lock (_turn) return _origins.GetValueOrDefault(name);
    }
}
