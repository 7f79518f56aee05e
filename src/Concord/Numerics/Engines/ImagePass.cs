namespace Concord.Numerics.Engines;

/// <summary>A window passing over images: the sizes on both sides, and where one output's window lies.</summary>
internal readonly struct ImagePass(Window window, Shape input, Shape output)
{
    public readonly int Height = window.Height, Width = window.Width, Stride = window.Stride, Padding = window.Padding,
        Dilation = window.Dilation;
    public readonly int Samples = input[0], Rows = input[1], Columns = input[2], Channels = input[3];
    public readonly int OutputRows = output[1], OutputColumns = output[2];

    /// <summary>Elements of one input image.</summary>
    public long Image => (long)Rows * Columns * Channels;

    /// <summary>Outputs of one image.</summary>
    public int Places => OutputRows * OutputColumns;

    /// <summary>Whether output = input pixel by pixel, so that patches are the image itself.</summary>
    public bool IsPointwise => Height == 1 && Width == 1 && Stride == 1 && Padding == 0;

    /// <summary>Whether the windows lie side by side and fill the image: each input belongs to exactly one.</summary>
    public bool Tiles => Stride == Height && Stride == Width && Padding == 0 && Dilation == 1 && OutputRows * Stride == Rows
        && OutputColumns * Stride == Columns;

    /// <summary>
    /// The input row (or column) that the kernel's row (or column) a meets at output i; outside the image where it meets padding.
    /// </summary>
    public int At(int i, int a) => i * Stride - Padding + a * Dilation;

    /// <summary>The first row (or column) of the window at output i that lies within the image.</summary>
    public int First(int i)
    {
        var outside = Padding - i * Stride;
        return outside <= 0 ? 0 : (outside + Dilation - 1) / Dilation;
    }

    /// <summary>One past the last row (or column) of the window at output i that lies within an image of that length.</summary>
    public int Last(int i, int size, int length)
    {
        var inside = length - 1 + Padding - i * Stride;
        return inside < 0 ? 0 : Math.Min(size, inside / Dilation + 1);
    }
}
