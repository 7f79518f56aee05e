namespace Concord.Numerics;

/// <summary>
/// Operations on batches of images. Images stand channels last, [N, H, W, C]: a pixel's channels are neighbours, so that bias and
/// batch norm see one row per pixel (<see cref="Tensor.Matrix"/>) and every engine reads whole vectors. Kernels stand as [kh, kw, C / G,
/// O], the output last as in a dense weight; G groups of channels pass over each other's heads, group g reading channels g C / G and on,
/// and writing filters g O / G and on.
/// </summary>
public abstract partial class Kernels
{
    private long _putOff;

    /// <summary>
    /// y(n, i, j, o) = bias(o) + sum over a, b, c of w(a, b, c, o) x(n, iS - P + aD, jS - P + bD, c): what the field calls convolution.
    /// N H' W' O kh kw C / G multiply-accumulates, those with the padding included.
    /// </summary>
    /// <param name="window">Stride, padding, dilation, and the kernel's size.</param>
    /// <param name="groups">G.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="w">[kh, kw, C / G, O].</param>
    /// <param name="bias">[O], or null for none.</param>
    /// <param name="y">[N, H', W', O].</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public void Convolve(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y)
    {
        CheckConvolution(nameof(Convolve), window, groups, x, w, y);
        if (bias is not null && bias.Length != w.Shape[3])
            throw new ArgumentException($"A convolution of {w.Shape[3]} filters has one bias each, but {bias.Shape} was given.");
        if (Log is not null) Count(nameof(Convolve), y.Shape, ConvolutionMacs(w, y), Of(x, w, bias), Put(y), Narrow(x, w));
        ConvolveCore(window, groups, x, w, bias, y);
    }

    /// <summary>
    /// The transposed map: x(n, h, v, c) = the sum over all (i, j, a, b, o) that meet there of w(a, b, c, o) d(n, i, j, o).
    /// </summary>
    /// <param name="window">Stride, padding, dilation, and the kernel's size.</param>
    /// <param name="groups">G.</param>
    /// <param name="d">[N, H', W', O].</param>
    /// <param name="w">[kh, kw, C / G, O]: the kernel, or what stands for it on the way down.</param>
    /// <param name="x">[N, H, W, C]; overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public void ConvolveTransposed(Window window, int groups, Tensor d, Tensor w, Tensor x)
    {
        CheckConvolution(nameof(ConvolveTransposed), window, groups, x, w, d);
        if (Log is not null) Count(nameof(ConvolveTransposed), x.Shape, ConvolutionMacs(w, d), Of(d, w), Put(x), Narrow(d, w));
        ConvolveTransposedCore(window, groups, d, w, x);
    }

    /// <summary>
    /// The kernel's gradient: w(a, b, c, o) = beta w + alpha sum over n, i, j of d(n, i, j, o) x(n, iS - P + aD, jS - P + bD, c).
    /// </summary>
    /// <param name="window">Stride, padding, dilation, and the kernel's size.</param>
    /// <param name="groups">G.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="d">[N, H', W', O].</param>
    /// <param name="w">Receives it: [kh, kw, C / G, O].</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public void ConvolveWeightGradient(Window window, int groups, Tensor x, Tensor d, in Accumulator w)
    {
        CheckConvolution(nameof(ConvolveWeightGradient), window, groups, x, w.Target, d);
        if (Log is not null)
            Count(nameof(ConvolveWeightGradient), w.Target.Shape, ConvolutionMacs(w.Target, d),
                Of(x, d, Kept(w.Target, w.Beta)), Put(w.Target), Narrow(x, d));
        ConvolveWeightGradientCore(window, groups, x, d, w);
    }

    /// <summary>y(n, i, j, c) = the largest x in the window, channel by channel, and where in the window it stood.</summary>
    /// <param name="window">The window; its padding is less than its size, so that each meets the image.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="y">[N, H', W', C].</param>
    /// <param name="places">[N, H', W', C]: the place of the first maximum, counted row by row through the window, from 0.
    /// All that derivatives need.</param>
    public void MaxPool(Window window, Tensor x, Tensor y, Tensor places)
    {
        CheckPool(nameof(MaxPool), window, x, y);
        SameLength(y, places);
        if (Log is not null) Count(nameof(MaxPool), y.Shape, 0, Of(x), Put(y, places));
        MaxPoolCore(window, x, y, places);
    }

    /// <summary>
    /// The derivative of <see cref="MaxPool"/>: each window's signal goes to its maximum; an input gets the sum over its windows. Of a
    /// function of the pooled images, y = f(max x), at once: what goes there is signal * f'.
    /// </summary>
    /// <param name="window">The window.</param>
    /// <param name="places">[N, H', W', C], as the pool wrote them.</param>
    /// <param name="signal">[N, H', W', C].</param>
    /// <param name="result">[N, H, W, C]; overwritten.</param>
    /// <param name="f">A function whose slope can be read from its output.</param>
    /// <param name="y">[N, H', W', C], f's output; null where there is no f.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or y does not tell the slope of f.</exception>
    public void MaxPoolSignal(Window window, Tensor places, Tensor signal, Tensor result, Activation f = default, Tensor? y = null)
    {
        CountPoolSignal(window, places, signal, result, f, y);
        MaxPoolSignalCore(window, f, y, places, signal, result);
    }

    /// <summary>
    /// <see cref="MaxPoolSignal"/>, which the engine may put off until the result is read, and makes of what the operands are by then. It
    /// counts here.
    /// </summary>
    internal void MaxPoolSignalWhenRead(Window window, Tensor places, Tensor signal, Tensor result, Activation f = default,
        Tensor? y = null)
    {
        CountPoolSignal(window, places, signal, result, f, y);
        if (PutsOffPools) result.Pooled = new(this, ++_putOff, window, f, y, places, signal, result);
        else MaxPoolSignalCore(window, f, y, places, signal, result);
    }

    private void CountPoolSignal(Window window, Tensor places, Tensor signal, Tensor result, Activation f, Tensor? y)
    {
        CheckPool(nameof(MaxPoolSignal), window, result, places);
        SameLength(places, signal);
        if (y is not null) SameLength(places, y);
        if (y is not null && !f.SlopeFromOutput)
            throw new ArgumentException($"The slope of {f.Kind} cannot be read from its output.", nameof(f));
        if (Log is not null) Count(nameof(MaxPoolSignal), result.Shape, 0, Of(places, signal, y), Put(result));
    }

    /// <summary>Whether the engine puts signals of max pools off until they are read.</summary>
    private protected virtual bool PutsOffPools => false;

    /// <summary>Makes what was put off.</summary>
    internal void Make(in PooledSignal put) => MaxPoolSignalCore(put.Window, put.F, put.Y, put.Places, put.Signal, put.Result);

    /// <summary>The same derivative upward: result(n, i, j, c) = the tangent of the input that won.</summary>
    public void MaxPoolTangent(Window window, Tensor places, Tensor tangent, Tensor result)
    {
        CheckPool(nameof(MaxPoolTangent), window, tangent, places);
        SameLength(places, result);
        if (Log is not null) Count(nameof(MaxPoolTangent), places.Shape, 0, Of(tangent, places), Put(result));
        MaxPoolTangentCore(window, places, tangent, result);
    }

    /// <summary>
    /// y(n, i, j, c) = the mean over the window, padding counted as zeros (so the divisor is the window's area everywhere).
    /// </summary>
    public void AveragePool(Window window, Tensor x, Tensor y)
    {
        CheckPool(nameof(AveragePool), window, x, y);
        if (Log is not null) Count(nameof(AveragePool), y.Shape, 0, Of(x), Put(y));
        AveragePoolCore(window, x, y);
    }

    /// <summary>The transposed map: each window's signal, divided by its area, is added to each of its inputs.</summary>
    public void AveragePoolSignal(Window window, Tensor signal, Tensor result)
    {
        CheckPool(nameof(AveragePoolSignal), window, result, signal);
        if (Log is not null) Count(nameof(AveragePoolSignal), result.Shape, 0, Of(signal), Put(result));
        AveragePoolSignalCore(window, signal, result);
    }

    /// <summary>
    /// y_n = x_n', each row read as a matrix: [H W, C] becomes [C, H W], channels first as files and other programs have them.
    /// </summary>
    /// <param name="x">N rows of rows x columns.</param>
    /// <param name="columns">Columns of each matrix of x, and rows of each of y.</param>
    /// <param name="y">N rows of columns x rows; not x.</param>
    public void TransposeEach(Tensor x, int columns, Tensor y)
    {
        SameLength(x, y);
        if (columns < 1 || x.Shape.RowLength % columns != 0 || x.Shape.Rows != y.Shape.Rows)
            throw new ArgumentException($"Rows of {x.Shape} do not hold matrices of {columns} columns for {y.Shape}.");
        if (Log is not null) Count(nameof(TransposeEach), y.Shape, 0, Of(x), Put(y));
        TransposeEachCore(x, columns, y);
    }

    private static long ConvolutionMacs(Tensor w, Tensor y) => (long)y.Length * w.Shape[0] * w.Shape[1] * w.Shape[2];

    private static void CheckConvolution(string operation, Window window, int groups, Tensor x, Tensor w, Tensor y)
    {
        if (x.Shape.Rank != 4 || w.Shape.Rank != 4 || y.Shape.Rank != 4 || groups < 1
            || w.Shape[0] != window.Height || w.Shape[1] != window.Width || w.Shape[2] * groups != x.Shape[3] || w.Shape[3] != y.Shape[3]
            || w.Shape[3] % groups != 0
            || !Fits(window, x, y))
            throw new ArgumentException($"{operation} by a window {window} in {groups} group{(groups == 1 ? "" : "s")} does not fit images "
                + $"{x.Shape}, kernels {w.Shape} and outputs {y.Shape}.");
    }

    private static void CheckPool(string operation, Window window, Tensor x, Tensor y)
    {
        if (x.Shape.Rank != 4 || y.Shape.Rank != 4 || x.Shape[3] != y.Shape[3] || !Fits(window, x, y)
            || window.Padding >= Math.Min(window.Height, window.Width))
            throw new ArgumentException($"{operation} by a window {window} does not fit images {x.Shape} and outputs {y.Shape}.");
    }

    private static bool Fits(Window window, Tensor x, Tensor y) =>
        window is { Height: > 0, Width: > 0, Stride: > 0, Padding: >= 0, Dilation: > 0 } && x.Shape[0] == y.Shape[0]
        && window.OutputRows(x.Shape[1]) == y.Shape[1] && window.OutputColumns(x.Shape[2]) == y.Shape[2];

    /// <inheritdoc cref="Convolve"/>
    protected abstract void ConvolveCore(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y);

    /// <inheritdoc cref="ConvolveTransposed"/>
    protected abstract void ConvolveTransposedCore(Window window, int groups, Tensor d, Tensor w, Tensor x);

    /// <inheritdoc cref="ConvolveWeightGradient"/>
    protected abstract void ConvolveWeightGradientCore(Window window, int groups, Tensor x, Tensor d, in Accumulator w);

    /// <inheritdoc cref="MaxPool"/>
    protected abstract void MaxPoolCore(Window window, Tensor x, Tensor y, Tensor places);

    /// <inheritdoc cref="MaxPoolSignal"/>
    protected abstract void MaxPoolSignalCore(Window window, Activation f, Tensor? y, Tensor places, Tensor signal, Tensor result);

    /// <inheritdoc cref="MaxPoolTangent"/>
    protected abstract void MaxPoolTangentCore(Window window, Tensor places, Tensor tangent, Tensor result);

    /// <inheritdoc cref="AveragePool"/>
    protected abstract void AveragePoolCore(Window window, Tensor x, Tensor y);

    /// <inheritdoc cref="AveragePoolSignal"/>
    protected abstract void AveragePoolSignalCore(Window window, Tensor signal, Tensor result);

    /// <inheritdoc cref="TransposeEach"/>
    protected abstract void TransposeEachCore(Tensor x, int columns, Tensor y);
}
