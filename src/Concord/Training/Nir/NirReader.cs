using Concord.Interchange;

namespace Concord.Training;

/// <summary>
/// Makes layers of the nodes of a chain. What a layer here has no option for is brought into the weights before it (a resistance, a
/// threshold of each neuron's own) or behind it (a sum in place of a mean), where that is the same network, and else refused by name.
/// </summary>
/// <param name="path">The file, for people.</param>
internal abstract class NirReader(string path)
{
    /// <summary>What products of numbers in single precision may be off by.</summary>
    protected const double Rounding = 4e-7;

    private double _scale = 1;   // that the next weights have to be multiplied by

    /// <summary>The file, for people.</summary>
    protected string Path { get; } = path;

    /// <summary>The layers so far.</summary>
    protected List<NirLayer> Layers { get; } = [];

    /// <summary>One sample's shape so far.</summary>
    protected IReadOnlyList<int> Shape { get; private set; } = [];

    /// <summary>What people should know of the layers.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Reads all nodes.</summary>
    public void Read((NirNode Input, IReadOnlyList<NirLink> Links, NirNode Output) chain)
    {
        Shape = new NirFields(chain.Input, Path).Wholes("shape") is { Length: 1 or 2 or 3 } shape
            && shape.All(axis => axis is > 0 and < 1 << 20) ? shape
            : throw new NirFields(chain.Input, Path).Wrong("its shape is none of one to three axes, channels first");
        foreach (var link in chain.Links) Read(link, new(link.Node, Path));
        if (_scale != 1) throw new NirFields(chain.Output, Path).Wrong("a sum or a factor stands before it with no weights between");
        if (new NirFields(chain.Output, Path).Wholes("shape") is { } end && !end.SequenceEqual(Shape))
            throw new NirFields(chain.Output, Path).Wrong($"its shape is {string.Join('x', end)}, but {string.Join('x', Shape)} comes in");
    }

    /// <summary>Reads a node that is not the same for all kinds of neurons.</summary>
    protected abstract void ReadOther(NirLink link, NirFields fields);

    /// <summary>The words of dense weights.</summary>
    protected abstract NirLayer Dense(NirNode node, double[] weight, double[]? bias, int outputs);

    /// <summary>The words of a convolution.</summary>
    protected abstract NirLayer Convolution(NirNode node, NirFields fields, NirKernel kernel);

    /// <summary>The words for an image that becomes a row, channels first.</summary>
    protected abstract NirLayer? Flattened(NirNode node, IReadOnlyList<int> image);

    /// <summary>Appends a layer.</summary>
    protected void Add(NirLayer layer)
    {
        Layers.Add(layer);
        Shape = layer.Shape;
    }

    /// <summary>Has what comes next multiplied.</summary>
    protected void ScaleNext(double factor) => _scale *= factor;

    /// <summary>Multiplies what comes out of the weights before some neurons, and says which these weights were.</summary>
    protected void ScaleFormer(double[] factors, NirFields fields, string why)
    {
        var rounded = factors.All(factor => Math.Abs(factor * _scale - 1) < Rounding);
        for (var i = 0; i < factors.Length; i++) factors[i] = rounded ? 1 : factors[i] * _scale;
        _scale = 1;
        if (rounded) return;
        var former = Layers.FindLastIndex(layer => layer.Outputs > 0);
        var isUniform = factors.All(factor => AreEqual(factor, factors[0]));
        if (former < 0 || Layers.Skip(former + 1).Any(layer => layer.Words is not ("flatten" or "") && !(isUniform && IsPool(layer))))
            throw fields.Wrong($"{why} would be brought into weights before it, and there are none directly before it");
        var weights = Layers[former];
        if (!weights.TryScale(factors.Length % weights.Outputs == 0 && !isUniform ? factors
            : [.. Enumerable.Repeat(factors[0], isUniform ? weights.Outputs : 1)]))
            throw fields.Wrong($"{why} differs from neuron to neuron of one filter, which the weights before it cannot hold");
    }

    /// <summary>Whether two numbers are the same but for rounding.</summary>
    internal static bool AreEqual(double one, double other) => Math.Abs(one - other) <= Rounding * Math.Abs(other);

    private static bool IsPool(NirLayer layer) => layer.Words.StartsWith("average-pool", StringComparison.Ordinal);

    private void Read(NirLink link, NirFields fields)
    {
        var node = link.Node;
        switch (node.Type)
        {
            case "Linear" or "Affine":
                var (weight, shape) = fields.Array("weight", 2);
                if (Shape.Count != 1 || Shape[0] != shape[1])
                    throw fields.Wrong($"its weight is {shape[0]}x{shape[1]}, outputs first, but {string.Join('x', Shape)} comes in");
                Add(Dense(node, TakeScale(weight), node.Type == "Affine" ? fields.Each("bias", [shape[0]]) : null, shape[0]));
                break;
            case "Conv1d" or "Conv2d":
                var kernel = NirKernel.Read(node, fields, Shape);
                Add(Convolution(node, fields, kernel with { Weight = TakeScale(kernel.Weight) }));
                break;
            case "Flatten":
                CheckFlat(fields);
                if (Shape.Count > 1 && Flattened(node, Shape) is { } flat) Add(flat);
                Shape = [Shape.Aggregate(1, (product, axis) => product * axis)];
                break;
            case "Scale":
                var factors = fields.Each("scale", Shape);
                if (factors.All(factor => AreEqual(factor, factors[0]))) ScaleNext(factors[0]);
                else ScaleFormer(factors, fields, "its scale");
                break;
            default:
                ReadOther(link, fields);
                break;
        }
    }

    private double[] TakeScale(double[] weight)
    {
        if (_scale != 1)
            for (var i = 0; i < weight.Length; i++) weight[i] *= _scale;
        _scale = 1;
        return weight;
    }

    // The first axis of a batch is not there, so 0 is meant; files that count it say 1. What follows checks the shape.
    private void CheckFlat(NirFields fields)
    {
        var (start, end) = (fields.Wholes("start_dim")?[0] ?? 1, fields.Wholes("end_dim")?[0] ?? -1);
        if (start is not (0 or 1) || (end != -1 && end < Shape.Count - 1))
            throw fields.Wrong(FormattableString.Invariant($"it flattens axes {start} to {end}; all axes to one are read"));
        if (fields.Wholes("input_type") is { } input && !input.SequenceEqual(Shape))
            throw fields.Wrong($"its input is {string.Join('x', input)}, but {string.Join('x', Shape)} comes in");
    }
}
