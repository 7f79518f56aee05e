using Concord.Layers;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// A full matrix B [H' W' O, H W C] in a convolution's place on the way down: s = d B, with nothing shared over places and every input
/// reached from every output ("FA random" of Lance, Kieu 2026, where it scores below the kernel's own shape). It takes H' W' O H W C
/// numbers and multiply-accumulates per sample, where a kernel takes kh kw C/G O numbers and H' W' times as many multiply-accumulates.
/// <para>B is drawn as a dense weight of that shape would be, with H W C inputs of one output and H' W' O outputs of one input. For a
/// distribution whose variance goes with 1 / fan-in, its expected squared norm is that of the written-out (Toeplitz) matrix of a kernel
/// drawn from the same one, taps that meet the padding counted: what arrives has the same variance, on average over places.</para>
/// </summary>
/// <param name="convolution">What it stands for.</param>
/// <param name="initializer">What it is drawn from; null for the weight's own distribution.</param>
public sealed class DenseCarrier(ConvolutionConnection convolution, Initializer? initializer) : RandomCarrier(convolution, initializer)
{
    /// <inheritdoc/>
    public override string Description => FormattableString.Invariant($"dense {Outputs}x{Inputs}, {Tensor.Length:N0} words");

    /// <inheritdoc/>
    public override IEnumerable<TensorMemory.Extent> Extents =>
    [
        new($"The dense feedback of {Weight.Name}", Outputs, Inputs)
        {
            Instead = "Use feedback.shape=kernel, which takes as much as the weights.",
        },
    ];

    private protected override (Shape Shape, int FanIn, int FanOut) Drawn => (new(Outputs, Inputs), Inputs, Outputs);

    private int Inputs => convolution.Input.Length;
    private int Outputs => convolution.Output.Length;

    /// <inheritdoc/>
    public override bool IsInPlace => false;

    /// <inheritdoc/>
    public override void Cross(Kernels kernels, Connection connection, Tensor delta, Tensor input) =>
        kernels.Product(delta, false, Tensor, false, input);
}
