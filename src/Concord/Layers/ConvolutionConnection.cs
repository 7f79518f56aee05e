using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Every place of an image sees its neighbourhood through the same kernel. In memory w is [kh, kw, C / G, O], the output last as in a
/// dense weight; files hold [O, C / G, kh, kw]. A tensor of that shape in the kernel's place is a kernel carrier: the transposed map stays a
/// convolution with weights shared over places (Toeplitz feedback).
/// </summary>
/// <param name="weight">The kernels, [kh, kw, C / G, O].</param>
/// <param name="window">How they pass over the image.</param>
/// <param name="groups">G.</param>
/// <param name="input">One sample's shape at the input, [H, W, C].</param>
/// <param name="output">One sample's shape at the output, [H', W', O].</param>
public sealed class ConvolutionConnection(Parameter weight, Window window, int groups, Shape input, Shape output) : Connection
{
    /// <inheritdoc/>
    public override Parameter Weight { get; } = weight;

    /// <summary>How the kernels pass over the image.</summary>
    public Window Window => window;

    /// <summary>G.</summary>
    public int Groups => groups;

    /// <summary>One sample's shape at the input, [H, W, C].</summary>
    public Shape Input => input;

    /// <summary>One sample's shape at the output, [H', W', O].</summary>
    public Shape Output => output;

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Tensor w, Tensor x, Tensor y) => kernels.Convolve(window, groups, x, w, null, y);

    /// <inheritdoc/>
    public override void Transposed(Kernels kernels, Tensor w, Tensor d, Tensor x) => kernels.ConvolveTransposed(window, groups, d, w, x);

    /// <inheritdoc/>
    public override void Outer(Kernels kernels, Tensor d, Tensor x, in Accumulator gradient) => kernels.ConvolveOuter(window, groups, x, d, gradient);

    /// <inheritdoc/>
    public override Work ApplyWork(int rows) => new(Macs(rows), new(Weights: Weight.Shape.Length, Activations: (long)rows * input.Length), new(Activations: (long)rows * output.Length));

    /// <inheritdoc/>
    public override Work TransposedWork(int rows, bool feedback)
    {
        var matrix = feedback ? new Words(Feedback: Weight.Shape.Length) : new Words(Weights: Weight.Shape.Length);
        return new(Macs(rows), matrix + new Words(Errors: (long)rows * output.Length), new(Errors: (long)rows * input.Length));
    }

    /// <inheritdoc/>
    public override Work OuterWork(int rows, bool keeps) =>
        new(Macs(rows), new(Activations: (long)rows * input.Length, Errors: (long)rows * output.Length, Gradients: keeps ? Weight.Shape.Length : 0), new(Gradients: Weight.Shape.Length));

    private long Macs(int rows) => (long)rows * output.Length * (Weight.Shape.Length / Weight.Shape[3]);
}
