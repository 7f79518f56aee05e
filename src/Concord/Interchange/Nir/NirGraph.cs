namespace Concord.Interchange;

/// <summary>
/// A network in the Neuromorphic Intermediate Representation (NIR; Pedersen and others, Nature Communications 2024): nodes that compute,
/// and edges along which signals go. Shapes have neither samples nor time in them, and images stand channels first.
/// </summary>
/// <param name="Nodes">Each with a name of its own.</param>
/// <param name="Edges">From node to node, by their names.</param>
/// <param name="Metadata">What a reader need not know.</param>
public sealed record NirGraph(IReadOnlyList<NirNode> Nodes, IReadOnlyList<(string From, string To)> Edges,
    IReadOnlyDictionary<string, NirField> Metadata);

/// <summary>A node.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">What it computes: <c>Affine</c>, <c>LIF</c>, <c>Input</c> and so on.</param>
/// <param name="Fields">Its parameters.</param>
public sealed record NirNode(string Name, string Type, IReadOnlyDictionary<string, NirField> Fields);

/// <summary>A parameter of a node: numbers of a shape, or a text.</summary>
public sealed class NirField
{
    private NirField(IReadOnlyList<int> shape, double[] values, bool isWhole, string? text) =>
        (Shape, Values, IsWhole, Text) = (shape, values, isWhole, text);

    /// <summary>The axes; none of a single number and of a text.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The numbers, row by row; none of a text.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Whether they are whole numbers, and stand in the file as such (64 bits; others have 32 bits).</summary>
    public bool IsWhole { get; }

    /// <summary>The text; null of numbers.</summary>
    public string? Text { get; }

    /// <summary>Numbers of a shape.</summary>
    public static NirField Of(double[] values, params IReadOnlyList<int> shape) => new(shape, values, false, null);

    /// <summary>The same number at each place of a shape.</summary>
    public static NirField Filled(double value, params IReadOnlyList<int> shape)
    {
        var values = new double[shape.Aggregate(1, (product, axis) => product * axis)];
        Array.Fill(values, value);
        return new(shape, values, false, null);
    }

    /// <summary>A single number.</summary>
    public static NirField Of(double value) => new([], [value], false, null);

    /// <summary>A single whole number.</summary>
    public static NirField Whole(long value) => new([], [value], true, null);

    /// <summary>A row of whole numbers.</summary>
    public static NirField Wholes(params IReadOnlyList<int> values) => new([values.Count], [.. values.Select(value => (double)value)], true,
        null);

    /// <summary>A text.</summary>
    public static NirField Of(string text) => new([], [], false, text);

    /// <summary>Numbers as a file has them.</summary>
    internal static NirField Read(IReadOnlyList<int> shape, double[] values, bool isWhole) => new(shape, values, isWhole, null);

    /// <summary>The text, or the numbers' shape.</summary>
    public override string ToString() => Text ?? (Shape.Count == 0 ? FormattableString.Invariant($"{Values[0]}") : string.Join('x', Shape));
}
