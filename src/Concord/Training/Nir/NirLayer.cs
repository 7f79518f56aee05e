using Concord.Interchange;

namespace Concord.Training;

/// <summary>A layer as it is made of a node: its words in a model string, and what its parameters start from, in their order.</summary>
/// <param name="node">The node, for people.</param>
/// <param name="words">Kind and options.</param>
/// <param name="shape">Its output, as NIR has shapes.</param>
internal sealed class NirLayer(string node, string words, IReadOnlyList<int> shape)
{
    public string Node => node;

    public string Words { get; set; } = words;

    public IReadOnlyList<int> Shape => shape;

    /// <summary>Numbers for each parameter, as files of weights have them.</summary>
    public List<double[]> Values { get; init; } = [];

    /// <summary>How many outputs its weight has, the first axis; 0 where it has none.</summary>
    public int Outputs { get; init; }

    /// <summary>Multiplies what comes out of its weights; false where a unit of the weights would need several factors.</summary>
    /// <param name="factors">One for each output.</param>
    public bool TryScale(double[] factors)
    {
        var places = factors.Length / Outputs;
        for (var i = 0; i < factors.Length; i++)
            if (!NirReader.AreEqual(factors[i], factors[i / places * places])) return false;
        foreach (var values in Values)
        {
            var each = values.Length / Outputs;
            for (var i = 0; i < values.Length; i++) values[i] *= factors[i / each * places];
        }
        return true;
    }
}

/// <summary>Reads the parameters of a node, each checked.</summary>
/// <param name="node">The node.</param>
/// <param name="path">Its file, for people.</param>
internal readonly struct NirFields(NirNode node, string path)
{
    /// <summary>Numbers of at least one axis.</summary>
    public (double[] Values, IReadOnlyList<int> Shape) Array(string name, int rank)
    {
        var field = Field(name);
        if (field.Shape.Count != rank) throw Wrong($"{name} is {field}, and {rank} axes were expected");
        return (Finite(name, field), field.Shape);
    }

    /// <summary>One number for each neuron; a single one stands for all.</summary>
    public double[] Each(string name, IReadOnlyList<int> shape, double? otherwise = null)
    {
        var count = shape.Aggregate(1, (product, axis) => product * axis);
        if (otherwise is { } value && !node.Fields.ContainsKey(name)) return [.. Enumerable.Repeat(value, count)];
        var field = Field(name);
        var values = Finite(name, field);
        if (values.Length == 1) return [.. Enumerable.Repeat(values[0], count)];
        return field.Shape.SequenceEqual(shape) ? values
            : throw Wrong($"{name} is {field}, but what comes in is {string.Join('x', shape)}");
    }

    /// <summary>A whole number, the same along both axes where there are two.</summary>
    public int Whole(string name, int least, int otherwise)
    {
        if (!node.Fields.TryGetValue(name, out var field)) return otherwise;
        if (field.Text is not null || field.Values.Count == 0 || field.Values.Any(value => value != field.Values[0]))
            throw Wrong($"{name} is {Described(field)}; the same along both axes is read");
        return field.Values[0] >= least && field.Values[0] <= 1 << 20 && field.Values[0] == Math.Floor(field.Values[0])
            ? (int)field.Values[0] : throw Wrong($"{name} is {Described(field)}; a whole number of at least {least} was expected");
    }

    /// <summary>The text of a parameter that may be one; null where it is none.</summary>
    public string? Text(string name) => node.Fields.GetValueOrDefault(name)?.Text;

    /// <summary>Whole numbers, where they are there.</summary>
    public int[]? Wholes(string name) => node.Fields.GetValueOrDefault(name) is { Text: null, Values: var values }
        ? [.. values.Select(value => (int)value)] : null;

    /// <summary>An error about the node.</summary>
    public ConcordException Wrong(string what) => new($"The node {PlainText.Line(node.Name)} ({PlainText.Line(node.Type)}) in '{path}' "
        + $"cannot be read: {what}.");

    private NirField Field(string name) => node.Fields.GetValueOrDefault(name) is { } field
        ? field.Text is null ? field : throw Wrong($"{name} is a text, and numbers were expected") : throw Wrong($"it has no {name}");

    private double[] Finite(string name, NirField field) => field.Values.All(double.IsFinite) ? [.. field.Values]
        : throw Wrong($"{name} holds numbers that are not finite");

    private static string Described(NirField field) => field.Text ?? string.Join(" ", field.Values.Take(4));
}
