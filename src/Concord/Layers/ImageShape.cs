using Concord.Numerics;

namespace Concord.Layers;

/// <summary>What layers of images say when a window does not fit.</summary>
internal static class ImageShape
{
    /// <summary>One sample's shape after a window: [H', W', channels].</summary>
    /// <param name="layer">The layer, for people: kind and name.</param>
    /// <param name="window">The window.</param>
    /// <param name="input">One sample's shape; images are [H, W, C].</param>
    /// <param name="channels">Channels after it.</param>
    /// <exception cref="ConcordException">The input is no image, the window is none, or it is larger than the padded image.</exception>
    public static Shape Behind(string layer, Window window, Shape input, int channels)
    {
        if (input.Rank != 3)
            throw new ConcordException($"The {layer} was given an input of shape {input}; it takes images, [height, width, channels]. "
                + "Place it before any dense layer or flatten.");
        if (window is not { Height: > 0, Width: > 0, Stride: > 0, Padding: >= 0, Dilation: > 0 })
            throw new ConcordException($"The {layer} has a window {window}; "
                + "sizes, stride and dilation are at least 1 and the padding at least 0.");
        int rows = window.OutputRows(input[0]), columns = window.OutputColumns(input[1]);
        if (rows > 0 && columns > 0)
        {
            TensorSize.Check($"The output of the {layer}", rows, columns, channels);
            return new(rows, columns, channels);
        }
        int Least(int size) => Math.Max(1, window.Dilation * (size - 1) + 1 - 2 * window.Padding);
        throw new ConcordException($"The {layer} has a window {window}, which does not fit an image of {input[0]}x{input[1]}: it needs "
            + $"{Least(window.Height)}x{Least(window.Width)} at least. Give a larger image or padding, or leave out a pool before it.");
    }
}
