namespace Concord.Numerics.Engines;

/// <summary>A way to compute a product.</summary>
internal enum ProductWay
{
    /// <summary>oneDNN's function sgemm.</summary>
    Sgemm,

    /// <summary>oneDNN's primitive, which is prepared for one shape.</summary>
    Matmul,

    /// <summary>Concord's own, <see cref="Products.PanelProduct"/>.</summary>
    Panel,

    /// <summary>oneDNN's primitive on operands in bf16, for products and convolutions.</summary>
    Bfloat16,

    /// <summary>Whatever is taken for operands in single precision.</summary>
    Single,
}

/// <summary>What the time of a product depends on.</summary>
/// <param name="TransposeA">Whether a stands transposed in memory.</param>
/// <param name="TransposeB">Whether b does.</param>
/// <param name="M">Rows of the result.</param>
/// <param name="N">Its columns.</param>
/// <param name="K">The inner length.</param>
/// <param name="Adds">Whether it is added to what stands in the result.</param>
/// <param name="IsNarrow">Whether operands may be in bf16.</param>
/// <param name="Convolution">The convolution that it is; null of a product of matrices.</param>
internal readonly record struct ProductShape(bool TransposeA, bool TransposeB, int M, int N, int K, bool Adds, bool IsNarrow = false,
    ConvolutionShape? Convolution = null)
{
    /// <summary>Its multiply-accumulates.</summary>
    public long Macs => (long)M * N * K;

    /// <summary>As <c>128x1000x784-nt+</c>; one word.</summary>
    public override string ToString() => (Convolution?.ToString() ?? FormattableString.Invariant(
        $"{M}x{N}x{K}-{(TransposeA ? 't' : 'n')}{(TransposeB ? 't' : 'n')}{(Adds ? "+" : "")}")) + (IsNarrow ? "-bf16" : "");
}
