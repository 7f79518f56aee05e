using Concord.Rules;

namespace Concord.Training;

/// <summary>What the runs of one rule, which differ in the seed alone, came to.</summary>
/// <param name="Runs">One per seed, at least one.</param>
public sealed record RuleResult(IReadOnlyList<RunResult> Runs)
{
    /// <summary>The settings of the first run; the others differ in the seed.</summary>
    public RunSettings Settings => Runs[0].Settings;

    /// <summary>The rule.</summary>
    public string Rule => Settings.Rule;

    /// <summary>The seeds.</summary>
    public IReadOnlyList<long> Seeds { get; } = [.. Runs.Select(run => run.Settings.Seed)];

    /// <summary>On the test samples.</summary>
    public SeedScore Test { get; } = SeedScore.Of([.. Runs.Select(run => run.Test.Score)]);

    /// <summary>On the training samples in the last epoch, each sample before the step it took part in.</summary>
    public SeedScore Train { get; } = SeedScore.Of([.. Runs.Select(run => run.Epochs.Count > 0 ? run.Epochs[^1].Train : Score.None)]);

    /// <summary>On the validation samples after the last epoch.</summary>
    public SeedScore Validation { get; } = SeedScore.Of([.. Runs.Select(run => run.Validation)]);

    /// <summary>On the validation samples in each run's best epoch: what was chosen by it, and so an optimistic figure.</summary>
    public SeedScore BestValidation { get; } = SeedScore.Of([.. Runs.Select(run => run.BestEpoch?.Validation ?? Score.None)]);

    /// <summary>On the test samples with the weights of that epoch; nothing was chosen by it.</summary>
    public SeedScore BestTest { get; } = SeedScore.Of([.. Runs.Select(run => run.BestTest?.Score ?? Score.None)]);

    /// <summary>Test accuracy, 0 to 1; NaN where there are no classes, as in the others.</summary>
    public SeedStatistic TestAccuracy => Test.Accuracy;

    /// <summary>Training accuracy of the last epoch, 0 to 1, each sample before the step it took part in.</summary>
    public SeedStatistic TrainAccuracy => Train.Accuracy;

    /// <summary>Validation accuracy after the last epoch, 0 to 1.</summary>
    public SeedStatistic ValidationAccuracy => Validation.Accuracy;

    /// <summary>Validation accuracy of each run's best epoch, 0 to 1: what was chosen by it, and so an optimistic figure.</summary>
    public SeedStatistic BestValidationAccuracy => BestValidation.Accuracy;

    /// <summary>Test accuracy with the weights of that epoch, 0 to 1; nothing was chosen by it.</summary>
    public SeedStatistic BestTestAccuracy => BestTest.Accuracy;

    /// <summary>
    /// Test accuracy, or the test loss where there are no classes, less that of another result, paired at equal seeds: pairing takes out
    /// what the seed alone decides.
    /// </summary>
    /// <param name="reference">What it is compared with.</param>
    public SeedStatistic DifferenceTo(RuleResult reference) => SeedStatistic.PairedDifference(BySeed(), reference.BySeed());

    private Dictionary<long, double> BySeed() =>
        Runs.ToDictionary(run => run.Settings.Seed, run => Test.IsLoss ? run.Test.Loss : run.Test.Accuracy);

    /// <summary>
    /// What went wrong in a run although it finished, and what to try, in one line, with how many others something is wrong in;
    /// null for nothing.
    /// </summary>
    public string? Warning => Runs.Where(run => run.Warning is not null).ToList() is [var first, ..] ill
        ? (Runs.Count == 1 ? "" : FormattableString.Invariant($"seed {first.Settings.Seed}{(ill.Count == 1 ? ""
            : FormattableString.Invariant($", and {ill.Count - 1} more of {Runs.Count}"))}: ")) + first.Warning
        : null;

    /// <summary>Alignment after the last epoch, one entry a hidden port; empty if the probe was off.</summary>
    public IReadOnlyList<PortStatistic> Alignment { get; } =
    [
        .. Runs[0].Alignment.Select((port, i) => new PortStatistic(port.Port,
            new([.. Runs.Select(run => run.Alignment[i].Cosine)]) { Void = Runs.Count(run => run.Alignment[i].IsVoid) })
            { WeightCosine = new([.. Runs.Select(run => run.Alignment[i].WeightCosine)]) }),
    ];

    /// <summary>Spikes of a neuron in a sample after the last epoch, for each spiking layer; empty where there are none.</summary>
    public IReadOnlyList<(string Layer, SeedStatistic SpikesPerNeuron)> Spikes { get; } =
        [.. Runs[0].Spikes.Select((layer, i) => (layer.Layer, new SeedStatistic([.. Runs.Select(run => run.Spikes[i].SpikesPerNeuron)])))];

    /// <summary>
    /// Spikes of a circuit in a sample, and what a layer of them takes for these, after the last epoch; empty where there are none.
    /// </summary>
    public IReadOnlyList<(string Layer, SeedStatistic SpikesPerNeuron, SeedStatistic Energy)> Energy { get; } =
        [.. Runs[0].Energy.Select((layer, i) => (layer.Layer, new SeedStatistic([.. Runs.Select(run => run.Energy[i].SpikesPerNeuron)]),
            new SeedStatistic([.. Runs.Select(run => run.Energy[i].Energy)])))];

    /// <summary>Seconds until the first spike of the outputs, after the last epoch.</summary>
    public SeedStatistic Latency { get; } =
        new([.. Runs.Select(run => run.Spikes.LastOrDefault(layer => layer.IsOutput)?.FirstSpike ?? double.NaN)]);

    /// <summary>
    /// The most that activities grew from one block to the next after the last epoch (<see cref="ActivityNorm.Growth"/>).
    /// </summary>
    public SeedStatistic Growth { get; } =
        new([.. Runs.Select(run => run.Epochs.Count > 0 && run.Epochs[^1].Steepest is { } steepest ? steepest.Growth : double.NaN)]);

    /// <summary>Median over the runs of each one's median epoch.</summary>
    public double SecondsPerEpoch { get; } = Median([.. Runs.Select(run => run.SecondsPerEpoch)]);

    /// <summary>Training samples over that.</summary>
    public double SamplesPerSecond { get; } = Median([.. Runs.Select(run => run.SamplesPerSecond)]);

    /// <summary>Multiply-accumulates a training sample.</summary>
    public SampleCost MacsPerSample => Runs[0].MacsPerSample;

    /// <summary>What was moved from weights to feedback, in the first run; null for runs of before this was counted.</summary>
    public TransportMeter? Transport => Runs[0].Transport;

    /// <summary>Bytes.</summary>
    public MemoryUse Memory => Runs[0].Memory;

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
