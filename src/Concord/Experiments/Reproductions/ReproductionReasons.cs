using Concord.Interchange;

namespace Concord.Experiments;

/// <summary>
/// Why figures may differ. A reason is a sentence, or the name (one word) of a sentence under <c>reasons</c>, where several figures or
/// plans share it; a list of these is one reason after the other.
/// </summary>
internal sealed class ReproductionReasons
{
    private readonly Dictionary<string, (YamlText Key, string Text)> _named = [];
    private readonly HashSet<string> _used = [];

    /// <summary>Reads what stands under <c>reasons</c>.</summary>
    /// <param name="shared">Names with their sentences; null where there are none.</param>
    public ReproductionReasons(YamlNode? shared)
    {
        foreach (var (key, value) in shared is null ? [] : ReproductionFile.Entries(shared))
            if (!IsName(key.Text)) throw key.Location.Wrong($"'{key.Text}' stands where the name of a reason is expected: one word.");
            else if (!_named.TryAdd(key.Text, (key, ReproductionFile.Text(value))))
                throw key.Location.Wrong($"'{key.Text}' is given twice.");
    }

    /// <summary>The reason that a figure or a plan gives.</summary>
    public string Of(YamlNode node) => node is YamlList { Items.Count: > 0 } list
        ? string.Join("; ", list.Items.Select(Of))
        : Named(node.Location, ReproductionFile.Text(node));

    /// <summary>Refuses a reason that nothing gives.</summary>
    public void CheckUse()
    {
        foreach (var (name, (key, _)) in _named)
            if (!_used.Contains(name))
                throw key.Location.Wrong($"no figure and no plan gives the reason '{name}'; take it out, or name it in a 'reason'.");
    }

    private string Named(FileLocation location, string text)
    {
        if (!IsName(text)) return text;
        _used.Add(text);
        if (_named.TryGetValue(text, out var named)) return named.Text;
        var hint = _named.Count > 0 ? KnownWords.Hint(text, _named.Keys) : "Write a sentence, or name one under 'reasons'.";
        throw location.Wrong($"there is no reason '{text}'. {hint}");
    }

    private static bool IsName(string text) => !text.Any(char.IsWhiteSpace);
}
