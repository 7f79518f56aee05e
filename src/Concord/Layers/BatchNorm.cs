using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Batch normalisation (Ioffe, Szegedy 2015): each unit over the samples of the batch in training, by running moments in
/// evaluation; of images each channel, over samples and pixels. Running: r = (1 - momentum) r + momentum m, the variance unbiased by N / (N
/// - 1), as PyTorch does. A batch of one has no variance and is refused in training. With gain and shift both frozen the layer is in
/// evaluation, in training as well: frozen features would drift with the batch otherwise.
/// </summary>
/// <param name="momentum">How fast the running moments follow.</param>
/// <param name="epsilon">Added to the variance.</param>
public sealed class BatchNorm(double momentum = 0.1, double epsilon = 1e-5) : NormLayer(NormAxis.Columns, epsilon)
{
    private Tensor? _runningMean, _runningVariance;

    private bool Frozen => Gain.Frozen && Shift.Frozen;

    private bool UsesBatch(Tape tape) => tape.Training && !Frozen;

    private Tensor RunningMean =>
        _runningMean ?? throw new InvalidOperationException($"The layer {Name} has no running mean yet: call Network.Initialize first.");

    private Tensor RunningVariance => _runningVariance
        ?? throw new InvalidOperationException($"The layer {Name} has no running variance yet: call Network.Initialize first.");

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor Tensor)> Buffers =>
        [($"{Name}.running_mean", RunningMean), ($"{Name}.running_variance", RunningVariance)];

    /// <summary>What it does in evaluation: y = factor x + offset, of each unit.</summary>
    internal (double[] Factor, double[] Offset) Evaluated
    {
        get
        {
            var (mean, variance, gain, shift) = (RunningMean.ToArray(), RunningVariance.ToArray(), Gain.Value.ToArray(),
                Shift.Value.ToArray());
            double[] factor = [.. gain.Select((g, i) => g / Math.Sqrt(variance[i] + Epsilon))];
            return (factor, [.. shift.Select((s, i) => s - mean[i] * factor[i])]);
        }
    }

    /// <inheritdoc/>
    public override void Reset(Kernels kernels)
    {
        _runningMean ??= kernels.Allocate(new(Units), Role.Activation);
        _runningVariance ??= kernels.Allocate(new(Units), Role.Activation);
        kernels.Fill(_runningMean, 0);
        kernels.Fill(_runningVariance, 1);
    }

    /// <summary>Why it cannot learn from a batch of that many samples, a sentence for people; null if it can.</summary>
    internal string? Obstacle(int samples) => Frozen || (long)samples * Places > 1 ? null
        : $"The batch norm {Name} cannot learn from a batch of one sample: a variance needs two.";

    /// <inheritdoc/>
    protected override void Measure(Tensor x, Tape tape)
    {
        if (!UsesBatch(tape)) return;
        var rows = x.Shape.Rows;
        if (rows < 2) throw new ConcordException($"{Obstacle(1)} Choose another batch, one that leaves no remainder of 1.");
        var (mean, variance, _) = MomentsOf(x, tape);
        tape.Kernels.Moments(NormAxis.Columns, x, mean, variance);
        if (!tape.MovesStatistics) return;
        tape.Kernels.Combine(momentum, mean, 1 - momentum, RunningMean);
        tape.Kernels.Combine(momentum * rows / (rows - 1), variance, 1 - momentum, RunningVariance);
    }

    /// <inheritdoc/>
    protected override (Tensor Mean, Tensor Variance, bool OfInput) MomentsOf(Tensor x, Tape tape) => UsesBatch(tape)
        ? (tape.Keep(this, "mean", new(Units)), tape.Keep(this, "variance", new(Units)), true)
        : (RunningMean, RunningVariance, false);

    /// <inheritdoc/>
    public override string? Written => (momentum, Epsilon) == (0.1, 1e-5) ? "batchnorm" : null;

    /// <inheritdoc/>
    public override string ToString() => "batch norm";
}
