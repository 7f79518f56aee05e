using System.Text.Json;
using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Layers;

namespace Concord.Training;

/// <summary>One epoch of a run: a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Epoch">From 1; 0 is the untrained network, which a run of no epochs looks at.</param>
/// <param name="Step">Optimizer steps so far.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="TrainLoss">Mean over the epoch's samples, each before the step it took part in.</param>
/// <param name="TrainAccuracy">Likewise; NaN, as that of validation, where there are no classes.</param>
/// <param name="ValidationLoss">At the end of the epoch; NaN without validation samples.</param>
/// <param name="ValidationAccuracy">Likewise.</param>
/// <param name="Seconds">Training alone: neither validation nor probe.</param>
/// <param name="SamplesPerSecond">Training samples over those seconds.</param>
/// <param name="Alignment">One row a hidden port; empty if the probe is off.</param>
public sealed record EpochMetrics(
    int Epoch, long Step, double LearningRate, double TrainLoss, double TrainAccuracy, double ValidationLoss, double ValidationAccuracy,
    double Seconds, double SamplesPerSecond, IReadOnlyList<PortAlignment> Alignment)
{
    /// <summary>On the training samples.</summary>
    public Score Train => new(TrainAccuracy, TrainLoss);

    /// <summary>On the validation samples.</summary>
    public Score Validation => new(ValidationAccuracy, ValidationLoss);

    /// <summary>The first epoch with the best score on validation; null without validation samples.</summary>
    public static EpochMetrics? Best(IEnumerable<EpochMetrics> epochs) =>
        epochs.Where(epoch => epoch.Epoch > 0 && double.IsFinite(epoch.Validation.Merit)).MaxBy(epoch => epoch.Validation.Merit);

    /// <summary>What was moved from weights to feedback since the run began.</summary>
    public Transport Transported { get; init; }

    /// <summary>The mean loss of the epoch's first batch, before its step; NaN if unknown.</summary>
    public double FirstLoss { get; init; } = double.NaN;

    /// <summary>Classes that were never answered, of the validation samples or, where there are none, the first training samples.</summary>
    public IReadOnlyList<UnansweredClass> Unanswered { get; init; } = [];

    /// <summary>Hidden blocks that learn and have units that were 0 on all of these samples.</summary>
    public IReadOnlyList<DeadUnits> DeadUnits { get; init; } = [];

    /// <summary>How large the activities of hidden blocks were on the first batch of them, lowest block first.</summary>
    public IReadOnlyList<ActivityNorm> ActivityNorms { get; init; } = [];

    /// <summary>What the spikes of spiking layers came to on them, lowest layer first; empty where there are none.</summary>
    public IReadOnlyList<LayerSpikes> Spikes { get; init; } = [];

    /// <summary>What circuits took for their spikes on them, lowest layer first; empty where there are none.</summary>
    public IReadOnlyList<LayerEnergy> Energy { get; init; } = [];

    /// <summary>The block whose activity grew most over that of the block below; null if that was not measured.</summary>
    public ActivityNorm? Steepest => ActivityNorms.Where(norm => double.IsFinite(norm.Growth)).MaxBy(norm => norm.Growth);

    /// <summary>Writes it as members of an object, under the names that <c>metrics.jsonl</c> has.</summary>
    public void Write(Utf8JsonWriter json) => json.WriteMembers(EpochLine.Of(this), RunJson.Default.EpochLine);
}
