using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>A map from a source (N x K) to a port's shape (N x n): s = e D for every sample.</summary>
public abstract class Projection
{
    /// <summary>One line for the plan's table: kind, sizes and the standard deviation of the entries that were drawn.</summary>
    public abstract string Description { get; }

    /// <summary>result = source D, per sample.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="workspace">Where room for what stands between source and result is taken, if there is such.</param>
    /// <param name="source">N x K.</param>
    /// <param name="result">N x n.</param>
    public abstract void Apply(Kernels kernels, Workspace workspace, Tensor source, Tensor result);

    /// <summary>Marks the elements of the source that some unit receives: what must be brought to where the units are.</summary>
    /// <param name="sources">K flags; those of elements that no unit receives are left as they are.</param>
    public abstract void MarkUsed(Span<bool> sources);

    /// <summary>D' written out, n x K as the forward weights above a port stand: for measuring angles, not for training.</summary>
    public abstract Tensor ToMatrix(Kernels kernels);
}
