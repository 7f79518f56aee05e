using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Learning through a fixed mask (the bottleneck study of Launay, Poli, Krzakala 2019): each weight and bias of a layer learns with
/// probability <paramref name="Keep"/>, drawn once, and otherwise always has gradient zero. The forward pass is whole, so what is
/// narrowed is what the layer can learn and not what it can represent. Weight decay still reaches all of it.
/// </summary>
/// <param name="Keep">Share that learns, in (0, 1].</param>
/// <param name="AsReleased">
/// Whether the signal that leaves the layer downward is masked as well, a fixed mask of samples by inputs, as the study's released code
/// does. Each lane has a mask of its own there, and so has the reference that a probe compares with: their cosine can then not exceed Keep.
/// </param>
public sealed record MaskedLearning(double Keep, bool AsReleased = false)
{
    /// <summary>1 with probability <see cref="Keep"/>, else 0.</summary>
    internal void Fill(Kernels kernels, RandomStream stream, Tensor mask)
    {
        kernels.FillDropoutMask(stream, 1 - Keep, mask);
        kernels.Sign(mask, mask);   // dropout's mask is scaled, this one is not
    }
}
