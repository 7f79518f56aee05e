using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// A full matrix B [H' W' O, H W C] in a convolution's place on the way down: s = d B, with nothing shared over places and every input reached from
/// every output ("FA random" of Lance, Kieu 2026, where it scores below the kernel's own shape). It takes H' W' O H W C numbers and
/// multiply-accumulates a sample, where a kernel takes kh kw C/G O numbers and H' W' times as many multiply-accumulates.
/// <para>B is drawn as a dense weight of that shape would be, with H W C inputs of one output and H' W' O outputs of one input. For a distribution whose
/// variance goes with 1 / fan-in, its expected squared norm is that of the written-out (Toeplitz) matrix of a kernel drawn from the same one, taps that
/// meet the padding counted: what arrives has the same variance, on average over places.</para>
/// </summary>
public sealed class DenseCarrier : Carrier
{
    private readonly ConvolutionConnection _convolution;

    /// <summary>Draws the matrix.</summary>
    /// <param name="convolution">What it stands for.</param>
    /// <param name="initializer">What it is drawn from; null for the weight's own distribution.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="stream">Decides the draw.</param>
    public DenseCarrier(ConvolutionConnection convolution, Initializer? initializer, Kernels kernels, RandomStream stream)
    {
        _convolution = convolution;
        Tensor = kernels.Allocate(new(Outputs, Inputs), Role.Feedback);
        FeedbackCarrier.Distribution(initializer, convolution.Weight).Fill(kernels, stream, Tensor, Inputs, Outputs);
    }

    /// <summary>B, [H' W' O, H W C], images with their channels last.</summary>
    public Tensor Tensor { get; }

    private int Inputs => _convolution.Input.Length;
    private int Outputs => _convolution.Output.Length;

    /// <inheritdoc/>
    public override string Description => string.Create(CultureInfo.InvariantCulture, $"dense {Outputs}x{Inputs}, {Tensor.Length:N0} words");

    /// <inheritdoc/>
    public override Tensor Matrix(Connection connection) => Tensor;

    /// <inheritdoc/>
    public override void Cross(Kernels kernels, Connection connection, Tensor delta, Tensor input) => kernels.Product(delta, false, Tensor, false, input);

    /// <summary>What would be drawn for that convolution.</summary>
    internal static TensorRoom.Extent ExtentOf(ConvolutionConnection convolution) => new($"The dense feedback of {convolution.Weight.Name}", convolution.Output.Length, convolution.Input.Length);
}
