using Concord.Interchange;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// Makes a chain of NIR nodes. Images stand [height, width, channels] here and channels first there, so what belongs to single neurons of
/// an image is put in that order, and so are the inputs of a dense weight that reads an image as it stands.
/// </summary>
internal sealed class NirChainWriter
{
    private readonly List<NirNode> _nodes = [];
    private readonly List<(string, string)> _edges = [];
    private Weights? _weights;   // of the last node, while something may be folded into them
    private string _last = "";

    public void Begin(string name, Shape shape) => Append(name, "Input", ("shape", NirField.Wholes(ShapeOf(shape))));

    public NirGraph End(string name, Shape shape, IReadOnlyDictionary<string, NirField> metadata)
    {
        Node(name, "Output", ("shape", NirField.Wholes(ShapeOf(shape))));
        return new(_nodes, _edges, metadata);
    }

    /// <summary>A node behind the last one.</summary>
    public void Node(string name, string type, params IReadOnlyList<(string, NirField)> fields)
    {
        Close();
        Append(name, type, fields);
    }

    public void Dense(Layer layer, Parameter weight, Parameter? bias)
    {
        var values = FileLayout.ToFile(weight.Value).ToArray();
        if (layer.Input.Rank == 3)
        {
            Flatten($"{layer.Name}.flatten", layer.Input);
            var order = ChannelsFirst(layer.Input);
            var inputs = order.Length;
            values = [.. Enumerable.Range(0, values.Length).Select(i => values[i - i % inputs + order[i % inputs]])];
        }
        Close();
        _weights = new(layer.Name, values, bias?.Value.ToArray(), weight.Shape[1], (w, b) => (b is null ? "Linear" : "Affine",
            [("weight", NirField.Of(w, weight.Shape[1], weight.Shape[0])), .. b is null ? (ReadOnlySpan<(string, NirField)>)[]
                : [("bias", NirField.Of(b, b.Length))]]));
    }

    public void Convolution(Layer layer, ConvolutionConnection connection, Parameter? bias)
    {
        Close();
        var (window, shape, image) = (connection.Window, FileLayout.Of(connection.Weight.Shape), layer.Input);
        _weights = new(layer.Name, FileLayout.ToFile(connection.Weight.Value).ToArray(), bias?.Value.ToArray() ?? new double[shape[0]],
            shape[0], (w, b) => ("Conv2d",
        [
            ("input_shape", NirField.Wholes(image[0], image[1])), ("weight", NirField.Of(w, shape[0], shape[1], shape[2], shape[3])),
            ("stride", NirField.Wholes(window.Stride, window.Stride)), ("padding", NirField.Wholes(window.Padding, window.Padding)),
            ("dilation", NirField.Wholes(window.Dilation, window.Dilation)), ("groups", NirField.Whole(connection.Groups)),
            ("bias", NirField.Of(b!, b!.Length)),
        ]));
    }

    /// <summary>Puts a batch norm into the weights of the last node; false where it has none.</summary>
    public bool Fold(BatchNorm norm)
    {
        var (factor, offset) = norm.Evaluated;
        if (_weights is not { } weights || weights.Outputs != factor.Length) return false;
        var each = weights.Weight.Length / weights.Outputs;
        _weights = weights with
        {
            Weight = [.. weights.Weight.Select((w, i) => w * factor[i / each])],
            Bias = [.. offset.Select((shift, i) => (weights.Bias?[i] ?? 0) * factor[i] + shift)],
        };
        return true;
    }

    public void Pool(Layer layer, string type, Window window) => Node(layer.Name, type,
        ("kernel_size", NirField.Wholes(window.Height, window.Width)), ("stride", NirField.Wholes(window.Stride, window.Stride)),
        ("padding", NirField.Wholes(window.Padding, window.Padding)));

    public void Flatten(string name, Shape input) => Node(name, "Flatten", ("start_dim", NirField.Whole(0)),
        ("end_dim", NirField.Whole(-1)), ("input_type", NirField.Wholes(ShapeOf(input))));

    /// <summary>A weight from the last node, which fires, to the neurons' own node.</summary>
    public void Recurrent(Layer neurons, Parameter weight)
    {
        var name = $"{neurons.Name}.recurrent";
        _nodes.Add(new(name, "Linear", new Dictionary<string, NirField>
        {
            ["weight"] = NirField.Of(FileLayout.ToFile(weight.Value).ToArray(), weight.Shape[1], weight.Shape[0]),
        }));
        _edges.AddRange([(_last, name), (name, neurons.Name)]);
    }

    /// <summary>One number for each neuron of a layer, from one or from as many in the order of memory.</summary>
    public static NirField PerNeuron(Layer layer, double[] values)
    {
        int[] shape = [.. ShapeOf(layer.Output)];
        if (values.Length == 1) return NirField.Filled(values[0], shape);
        return NirField.Of(layer.Output.Rank == 3 ? [.. ChannelsFirst(layer.Output).Select(i => values[i])] : values, shape);
    }

    /// <summary>Where in memory each number of an image stands, channels first.</summary>
    public static int[] ChannelsFirst(Shape image) => [.. from c in Enumerable.Range(0, image[2])
        from place in Enumerable.Range(0, image[0] * image[1]) select place * image[2] + c];

    public static IReadOnlyList<int> ShapeOf(Shape shape) =>
        shape.Rank == 3 ? [shape[2], shape[0], shape[1]] : [.. Enumerable.Range(0, shape.Rank).Select(axis => shape[axis])];

    private void Close()
    {
        if (_weights is not { } weights) return;
        _weights = null;
        var (type, fields) = weights.Node(weights.Weight, weights.Bias);
        Append(weights.Name, type, fields);
    }

    private void Append(string name, string type, params IReadOnlyList<(string Name, NirField Value)> fields)
    {
        _nodes.Add(new(name, type, fields.ToDictionary(field => field.Name, field => field.Value)));
        if (_last.Length > 0) _edges.Add((_last, name));
        _last = name;
    }

    private sealed record Weights(string Name, double[] Weight, double[]? Bias, int Outputs,
        Func<double[], double[]?, (string Type, IReadOnlyList<(string, NirField)> Fields)> Node);
}
