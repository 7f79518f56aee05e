using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>The kernels of a convolution node; those of one dimension are of one row.</summary>
/// <param name="Weight">[O, C / G, kh, kw].</param>
/// <param name="Filters">O.</param>
/// <param name="Window">How they pass over the image.</param>
/// <param name="Groups">G.</param>
/// <param name="Bias">[O].</param>
/// <param name="Output">Channels, height and width behind them.</param>
internal sealed record NirKernel(double[] Weight, int Filters, Window Window, int Groups, double[] Bias, IReadOnlyList<int> Output)
{
    /// <summary>Reads a node.</summary>
    /// <param name="node">Of type Conv1d or Conv2d.</param>
    /// <param name="fields">Its parameters.</param>
    /// <param name="shape">What comes in.</param>
    /// <exception cref="ConcordException">It cannot be read, or does not fit.</exception>
    public static NirKernel Read(NirNode node, NirFields fields, IReadOnlyList<int> shape)
    {
        var isRow = node.Type == "Conv1d";
        var (weight, axes) = fields.Array("weight", isRow ? 3 : 4);
        var (filters, channels, height, width) = (axes[0], axes[1], isRow ? 1 : axes[2], axes[^1]);
        var groups = fields.Whole("groups", 1, 1);
        // A sequence [channels, places] is an image of one row.
        int[] image = isRow && shape.Count == 2 ? [shape[0], 1, shape[1]] : [.. shape];
        if (image.Length != 3 || image[0] != channels * groups)
            throw fields.Wrong($"its weight is {string.Join('x', axes)} in {groups} groups, but {string.Join('x', shape)} comes in "
                + "(channels first)");
        if (fields.Wholes("input_shape") is { } known && !known.SequenceEqual(isRow ? image[2..] : image[1..]))
            throw fields.Wrong($"its input_shape is {string.Join('x', known)}, but {string.Join('x', shape)} comes in (channels first)");
        var (stride, dilation) = (fields.Whole("stride", 1, 1), fields.Whole("dilation", 1, 1));
        var padding = fields.Text("padding") switch
        {
            null => fields.Whole("padding", 0, 0),
            "valid" => 0,
            "same" when stride == 1 && height == width && dilation * (height - 1) % 2 == 0 => dilation * (height - 1) / 2,
            var text => throw fields.Wrong($"its padding is {PlainText.Line(text)}; 'valid', a number, or 'same' of a square kernel of odd "
                + "size with stride 1 is read"),
        };
        if (padding > 0 && image[1] == 1 && isRow) throw fields.Wrong("it has a padding, which of a sequence is not read");
        var window = new Window(height, width, stride, padding, dilation);
        var (rows, columns) = (window.OutputRows(image[1]), window.OutputColumns(image[2]));
        return rows < 1 || columns < 1 ? throw fields.Wrong($"its window {window} does not fit {string.Join('x', shape)}")
            : new(weight, filters, window, groups, fields.Each("bias", [filters], otherwise: 0), [filters, rows, columns]);
    }
}
