using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>What there is before the first step for feedback that prepares itself: the weights stand as they start.</summary>
/// <param name="kernels">The engine.</param>
/// <param name="objective">The loss.</param>
/// <param name="batch">Makes a pass through the rule's network with samples in it, if there are any.</param>
/// <param name="progress">Told the share that is done, 0 to 1; should be quick.</param>
/// <param name="cancellation">Breaks off between two moves. The feedback then is of no use: a run begins anew with what was drawn.</param>
public sealed class Rehearsal(
    Kernels kernels, Objective objective = default, Func<Pass>? batch = null, IProgress<double>? progress = null,
    CancellationToken cancellation = default)
{
    private Pass? _batch;

    /// <summary>The engine.</summary>
    public Kernels Kernels => kernels;

    /// <summary>The loss.</summary>
    public Objective Objective => objective;

    /// <summary>
    /// A batch of training samples, the same whenever the run is begun: in a run a draw of its own, for a learner by itself its first
    /// batch. Made when it is asked for.
    /// </summary>
    /// <exception cref="InvalidOperationException">There are no samples.</exception>
    public Pass Batch => _batch ??= batch?.Invoke() ?? throw new InvalidOperationException(
        "Feedback that is prepared on samples was prepared without any.");

    /// <summary>Told the share that is done; null if nobody listens.</summary>
    public IProgress<double>? Progress => progress;

    /// <summary>Breaks off between two moves.</summary>
    public CancellationToken Cancellation => cancellation;
}
