using Concord.Interchange;
using Concord.Networks;

namespace Concord.Experiments;

/// <summary>
/// A model written as a list of layers, as in <c>- input: 784</c>, <c>- dense: {units: 256, init: zero}</c>, <c>- tanh</c>,
/// <c>- dropout: 0.5</c>. It becomes the line that <see cref="LayerList"/> reads.
/// </summary>
internal static class LayerNodes
{
    private const string Input = "input";

    /// <summary>Whether a list is one of layers, and no list of values: a layer with keys stands in it.</summary>
    public static bool Are(YamlNode node) => node is YamlList list && list.Items.Any(item => item is YamlMap);

    /// <summary>The line.</summary>
    /// <exception cref="ConcordException">A kind or key is unknown, or a value cannot be read; the message has the line.</exception>
    public static string Line(YamlNode node)
    {
        var list = (YamlList)node;
        if (list.Items[0] is not YamlMap { Entries: [({ Text: Input }, YamlText inputs)] })
            throw node.Location.Wrong("a list of layers begins with '- input: 784', or with axes, as in '- input: 1x28x28'.");
        Explained(inputs.Location, () => LayerList.Inputs(inputs.Text));
        return LayerList.Write(inputs.Text, [.. list.Items.Skip(1).Select(Layer)]);
    }

    private static (string, IReadOnlyList<KeyValuePair<string, string>>) Layer(YamlNode node)
    {
        var (name, own) = node switch
        {
            YamlText text => (text, null),
            YamlMap { Entries: [var (key, value)] } => (key, value),
            _ => throw node.Location.Wrong("a layer is its kind, as in '- tanh', or its kind and keys, as in '- dense: {units: 256}'."),
        };
        var kind = Explained(name.Location, () => LayerKind.Find(name.Text));
        Dictionary<string, string> given = [];
        foreach (var (key, value) in Entries(kind, own))
        {
            Explained(key.Location, () => kind.Check(key.Text));
            if (value is not YamlText { Text.Length: > 0 } text || text.Text.AsSpan().ContainsAny(" ;="))
                throw value.Location.Wrong($"'{key.Text}' takes a word or a number.");
            if (!given.TryAdd(key.Text, text.Text)) throw key.Location.Wrong($"'{key.Text}' is given twice.");
        }
        Explained(node.Location, () => kind.Create(given));
        return (kind.Name, [.. given]);
    }

    private static IEnumerable<(YamlText Key, YamlNode Value)> Entries(LayerKind kind, YamlNode? own) => own switch
    {
        null or YamlText { Text.Length: 0 } => [],
        YamlMap map => map.Entries,
        YamlText text when kind.Keys.Count > 0 => [(text with { Text = kind.Keys[0] }, text)],
        _ => throw own.Location.Wrong(
            $"the layer {kind.Name} takes {(kind.Keys.Count == 0 ? "no options" : $"keys: {string.Join(", ", kind.Keys)}")}."),
    };

    private static T Explained<T>(FileLocation location, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ConcordException error)
        {
            throw location.Wrong(error.Message, error);
        }
    }

    private static void Explained(FileLocation location, Action check) => Explained(location, () =>
    {
        check();
        return true;
    });
}
