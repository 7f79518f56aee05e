namespace Concord.Numerics;

/// <summary>
/// How a kernel or a pool passes over an image: output (i, j) sees the inputs (i S - P + a D, j S - P + b D), a below the height, b
/// below the width, S the stride, P the padding, D the dilation. What lies outside the image is zero to a convolution and an average, and
/// absent to a maximum.
/// </summary>
/// <param name="Height">Rows of the kernel.</param>
/// <param name="Width">Columns of the kernel.</param>
/// <param name="Stride">Steps between outputs, along both axes.</param>
/// <param name="Padding">Rows and columns added on each side.</param>
/// <param name="Dilation">Steps between the inputs that one output sees; 1 for neighbours.</param>
public readonly record struct Window(int Height, int Width, int Stride = 1, int Padding = 0, int Dilation = 1)
{
    /// <summary>Size, stride and padding as a list of layers has them.</summary>
    internal string Written => FormattableString.Invariant($"size={Height} width={Width} stride={Stride} padding={Padding}");

    /// <summary>A square window.</summary>
    public static Window Square(int size, int stride = 1, int padding = 0, int dilation = 1) => new(size, size, stride, padding, dilation);

    /// <summary>Inputs that one output sees in each channel.</summary>
    public int Area => Height * Width;

    /// <summary>
    /// Rows of the output: floor((H + 2 P - D (height - 1) - 1) / S) + 1; zero or less where the window is larger than the image.
    /// </summary>
    /// <param name="rows">H.</param>
    public int OutputRows(int rows) => Output(rows, Height);

    /// <summary>Columns of the output.</summary>
    /// <param name="columns">The image's.</param>
    public int OutputColumns(int columns) => Output(columns, Width);

    private int Output(int length, int size)
    {
        var room = length + 2 * Padding - Dilation * (size - 1) - 1;
        return room < 0 ? 0 : room / Stride + 1;
    }

    /// <summary>As <c>3x3</c>, then what is not usual: <c>stride 2</c>, <c>padding 1</c>, <c>dilation 2</c>.</summary>
    public override string ToString() =>
        $"{Height}x{Width}{(Stride == 1 ? "" : $" stride {Stride}")}{(Padding == 0 ? "" : $" padding {Padding}")}{(Dilation == 1 ? ""
            : $" dilation {Dilation}")}";
}
