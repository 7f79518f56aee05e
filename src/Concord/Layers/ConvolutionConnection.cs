using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Every place of an image sees its neighbourhood through the same kernel. In memory w is [kh, kw, C / G, O], the output last as in a
/// dense weight; files hold [O, C / G, kh, kw]. A tensor of that shape in the kernel's place is a kernel carrier: the transposed map stays
/// a convolution with weights shared over places (Toeplitz feedback).
/// </summary>
/// <param name="weight">The kernels, [kh, kw, C / G, O].</param>
/// <param name="window">How they pass over the image.</param>
/// <param name="groups">G.</param>
/// <param name="input">One sample's shape at the input, [H, W, C].</param>
/// <param name="output">One sample's shape at the output, [H', W', O].</param>
public sealed class ConvolutionConnection(Parameter weight, Window window, int groups, Shape input, Shape output) : Connection
{
    /// <summary>How the kernels pass over the image.</summary>
    public Window Window => window;

    /// <summary>Groups of channels that do not mix.</summary>
    public int Groups => groups;

    /// <inheritdoc/>
    public override Parameter Weight { get; } = weight;

    /// <inheritdoc/>
    public override Shape Input => input;

    /// <inheritdoc/>
    public override Shape Output => output;

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Tensor w, Tensor x, Tensor y) => kernels.Convolve(window, groups, x, w, null, y);

    /// <inheritdoc/>
    public override void Transposed(Kernels kernels, Tensor w, Tensor d, Tensor x) => kernels.ConvolveTransposed(window, groups, d, w, x);

    /// <inheritdoc/>
    public override void WeightGradient(Kernels kernels, Tensor d, Tensor x, in Accumulator gradient) =>
        kernels.ConvolveWeightGradient(window, groups, x, d, gradient);
}
