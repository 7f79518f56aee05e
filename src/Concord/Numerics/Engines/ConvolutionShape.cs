namespace Concord.Numerics.Engines;

/// <summary>Which of a convolution's three products.</summary>
internal enum ConvolutionDirection
{
    /// <summary>The output.</summary>
    Forward,

    /// <summary>A signal led to the input.</summary>
    ToInput,

    /// <summary>The gradient of the kernel.</summary>
    ToKernel,
}

/// <summary>What the time of a convolution depends on.</summary>
/// <param name="Direction">Which of its products.</param>
/// <param name="Window">How the kernel passes over the image.</param>
/// <param name="Groups">Groups of channels.</param>
/// <param name="Input">Samples, rows, columns, channels.</param>
/// <param name="Kernel">Rows, columns, channels of a group, filters.</param>
/// <param name="Output">Samples, rows, columns, filters.</param>
internal readonly record struct ConvolutionShape(
    ConvolutionDirection Direction, Window Window, int Groups, Shape Input, Shape Kernel, Shape Output)
{
    /// <summary>It among products, one of an image's patches and the kernel, with operands in bf16 if they may be.</summary>
    public ProductShape AsProduct => new(false, false, Output.Length / Math.Max(Kernel[3], 1), Kernel[3], Window.Area * Kernel[2],
        Adds: false, IsNarrow: true, this);

    /// <summary>As <c>128x32x32x3-5x5x64-s1p2d1g1-forward</c>; one word.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Input[0]}x{Input[1]}x{Input[2]}x{Input[3]}-{Window.Height}x{Window.Width}x{Kernel[3]}-s{Window.Stride}p{Window.Padding}")
        + FormattableString.Invariant($"d{Window.Dilation}g{Groups}-{Direction.ToString().ToLowerInvariant()}");
}
