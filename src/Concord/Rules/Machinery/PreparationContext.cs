using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>What there is before the first step for feedback that prepares itself: the weights stand as they start.</summary>
/// <param name="Kernels">The engine.</param>
/// <param name="Objective">The loss.</param>
/// <param name="MakeBatch">Makes <see cref="Batch"/>.</param>
/// <param name="Progress">Told the share that is done, 0 to 1; should be quick. Null if it is not needed.</param>
/// <param name="Cancellation">Breaks off between two moves. The feedback then is of no use: a run begins again with what was drawn.</param>
public sealed record PreparationContext(
    Kernels Kernels, Objective Objective, Func<Pass> MakeBatch, IProgress<double>? Progress = null,
    CancellationToken Cancellation = default)
{
    private Pass? _batch;

    /// <summary>
    /// A pass through the rule's network with training samples in it, the same whenever the run is begun: in a run a draw of its own, for
    /// a learner by itself its first batch. Made when it is asked for.
    /// </summary>
    public Pass Batch => _batch ??= MakeBatch();
}
