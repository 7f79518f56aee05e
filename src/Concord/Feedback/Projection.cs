using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>A map from a source (N x K) to a port's shape (N x n): s = e D for every sample.</summary>
public abstract class Projection
{
    /// <summary>One line for the plan's table: kind, sizes and the standard deviation of the entries that were drawn.</summary>
    public abstract string Description { get; }

    /// <summary>result = source D, per sample.</summary>
    public abstract void Apply(Kernels kernels, Tensor source, Tensor result);

    /// <summary>What <see cref="Apply"/> takes for that many samples.</summary>
    public abstract OperationCount ApplyCount(int rows);

    /// <summary>D' written out, n x K as the forward weights above a port stand: for measuring angles, not for training.</summary>
    public abstract Tensor ToMatrix(Kernels kernels);
}
