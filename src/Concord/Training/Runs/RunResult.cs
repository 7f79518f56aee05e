using Concord.Diagnostics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>What a run came to.</summary>
/// <param name="Settings">What decided it.</param>
/// <param name="Epochs">Its epochs; of a run of no epochs, the look at the untrained network.</param>
/// <param name="Test">The test samples, scored once, with the last weights.</param>
/// <param name="SecondsPerEpoch">Median of the epochs' training time.</param>
/// <param name="SamplesPerSecond">Training samples over that.</param>
/// <param name="Memory">Bytes of weights, feedback, activations, and of all that training holds.</param>
/// <param name="MacsPerSample">Multiply-accumulates a training sample, a phase at a time.</param>
public sealed record RunResult(
    RunSettings Settings, IReadOnlyList<EpochMetrics> Epochs, Evaluation Test, double SecondsPerEpoch, double SamplesPerSecond,
    MemoryUse Memory, SampleCost MacsPerSample)
{
    /// <summary>
    /// The test samples, scored once, with the weights of <see cref="BestEpoch"/>: what choosing by validation comes to. Null without
    /// validation samples, and of runs of versions before it was measured.
    /// </summary>
    public Evaluation? BestTest { get; init; }

    /// <summary>What was moved from weights to feedback; null for runs of before this was counted.</summary>
    public TransportMeter? Transport { get; init; }

    /// <summary>The ends that the run has gone beyond, in their order.</summary>
    public IReadOnlyList<Extension> Extensions { get; init; } = [];

    /// <summary>
    /// The epoch after which the run ended because its score on the validation samples had not become better; null where it had all epochs.
    /// </summary>
    public int? StoppedAfter => Settings.EarlyStop is not null && Epochs.Count > 0 && Epochs[^1].Epoch < Settings.Epochs
        ? Epochs[^1].Epoch : null;

    /// <summary>How often the test samples were looked at: once at each end.</summary>
    public int TestLooks => 1 + Extensions.Count(extension => extension.Test is not null);

    /// <summary>What went wrong although the run finished, and what to try, in one line; null for nothing.</summary>
    public string? Warning => RunWarning.Of(this);

    /// <summary>The last epoch's alignment; empty if there is none.</summary>
    public IReadOnlyList<PortAlignment> Alignment => Epochs.Count == 0 ? [] : Epochs[^1].Alignment;

    /// <summary>What spikes came to after the last epoch; empty where there are none.</summary>
    public IReadOnlyList<LayerSpikes> Spikes => Epochs.Count == 0 ? [] : Epochs[^1].Spikes;

    /// <summary>What circuits took for their spikes after the last epoch; empty where there are none.</summary>
    public IReadOnlyList<LayerEnergy> Energy => Epochs.Count == 0 ? [] : Epochs[^1].Energy;

    /// <summary>Validation accuracy after the last epoch; NaN without validation samples.</summary>
    public double ValidationAccuracy => Epochs.Count == 0 ? double.NaN : Epochs[^1].ValidationAccuracy;

    /// <summary>The score on validation after the last epoch.</summary>
    public Score Validation => Epochs.Count == 0 ? Score.None : Epochs[^1].Validation;

    /// <summary>The first epoch with the best score on validation; null without validation samples.</summary>
    public EpochMetrics? BestEpoch => EpochMetrics.Best(Epochs);
}
