using System.Globalization;
using Concord.Layers;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Networks;

/// <summary>
/// A model as a list of layers, in one line: <c>layers: 784; dense units=256; tanh; dropout rate=0.5; dense units=10</c>. First the inputs
/// (<c>784</c>, or an image as data have it, channels x height x width: <c>1x28x28</c>), then a layer each: its kind
/// (<see cref="LayerKind"/>) and its keys. What experiment files write on several lines becomes this. A weighted layer begins a block,
/// named after its kind and numbered; what stands below the first one belongs to it.
/// </summary>
public static class LayerList
{
    /// <summary>What such a model begins with.</summary>
    public const string Start = "layers:";

    /// <summary>One line for inputs and layers.</summary>
    /// <param name="inputs">A number, or axes with an x in between.</param>
    /// <param name="layers">Kinds, and the keys and values of each.</param>
    public static string Write(string inputs, IEnumerable<(string Kind, IReadOnlyList<KeyValuePair<string, string>> Given)> layers) =>
        $"{Start} {inputs}{string.Concat(
            layers.Select(layer => $"; {string.Join(' ', layer.Given.Select(pair => $"{pair.Key}={pair.Value}").Prepend(layer.Kind))}"))}";

    /// <summary>The kinds of layers that a line names; none of a model that is no such line.</summary>
    internal static IEnumerable<string> KindsIn(string text) => !text.StartsWith(Start, StringComparison.Ordinal) ? []
        : text[Start.Length..].Split(';').Skip(1)
            .Select(part => part.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("")).Distinct();

    /// <summary>
    /// The line that describes a network made in code: of layers that lists of layers have (<see cref="Layer.Written"/>), in blocks of the
    /// names that a list gives them, fc1, fc2, conv1, ...
    /// </summary>
    /// <param name="network">The network, cut nowhere else than after its groups.</param>
    /// <returns>The line; null where none describes it.</returns>
    public static string? Of(Network network)
    {
        List<string?> layers = [.. network.Blocks.SelectMany(block => block.Layers).Select(layer => layer.Written)];
        if (layers.Contains(null)) return null;
        int[] axes = [.. Enumerable.Range(0, network.Input.Rank).Select(axis => network.Input[axis])];
        if (axes.Length == 3) axes = [axes[2], axes[0], axes[1]];
        var line = $"{Start} {string.Join('x', axes)}; {string.Join("; ", layers)}";
        try
        {
            return Describe(Parse(line)) == Describe(network) ? line : null;
        }
        catch (ConcordException)
        {
            return null;   // a kind that is not registered, or a value out of a list's range
        }

        static string Describe(Network one) => string.Join('\n', one.Blocks.SelectMany(block => block.Layers.Select(layer =>
            $"{block.Name} {layer} {layer.Written} {string.Join(' ', layer.Parameters.Select(parameter =>
                $"{parameter.Name} {parameter.Shape} {parameter.Initializer.Kind} {parameter.Initializer.Gain}"))}")));
    }

    /// <summary>Builds the network that a line describes.</summary>
    /// <exception cref="ConcordException">It cannot be read; the message says what is wrong.</exception>
    public static Network Parse(string text)
    {
        var parts = text[Start.Length..].Split(';', StringSplitOptions.TrimEntries);
        var inputs = Inputs(parts[0]);
        if (parts.Length == 1)
            throw new ConcordException($"The model '{text}' lists no layer after its inputs, as in 'layers: 784; dense units=10'.");
        Dictionary<string, int> numbers = [];
        List<LayerGroup> groups = [];
        List<Layer> waiting = [];
        foreach (var part in parts[1..])
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var kind = LayerKind.Find(words.FirstOrDefault(""));
            var layer = kind.Create(OptionWords.Pairs(words[1..], $"The layer {kind.Name}", "units=10"));
            if (kind.Block is { } block)
            {
                var number = numbers[block] = numbers.GetValueOrDefault(block) + 1;
                groups.Add(new(string.Create(CultureInfo.InvariantCulture, $"{block}{number}"), [.. waiting, layer]));
                waiting.Clear();
            }
            else if (groups.Count == 0) waiting.Add(layer);
            else groups[^1] = new(groups[^1].Name, [.. groups[^1].Layers, layer]);
        }
        if (groups.Count == 0) throw new ConcordException(
            $"The model '{text}' has no layer with weights, such as '{LayerKind.All.First(kind => kind.Block is not null).Name}'.");
        return new(inputs, groups);
    }

    /// <summary>Reads the inputs.</summary>
    /// <exception cref="ConcordException">They are none.</exception>
    public static Shape Inputs(string text)
    {
        const int Most = 1 << 20;
        var axes = text.Split('x').Select(axis => int.TryParse(axis, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length is > 0 and <= Most ? length : 0).ToArray();
        return axes.Length <= 3 && !axes.Contains(0) && axes.Aggregate(1.0, (product, axis) => product * axis) <= int.MaxValue
            ? axes.Length == 3 ? new(axes[1], axes[2], axes[0]) : new(axes)
            : throw new ConcordException($"The inputs of a model were given as '{text}'; they take a whole number from 1 to {Most}, "
                + "or up to three of them, as in 1x28x28.");
    }
}
