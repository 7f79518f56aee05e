using Concord.Data;
using Concord.Diagnostics;
using Concord.Layers;
using Concord.Spiking;

namespace Concord.Training;

/// <summary>A run under way: what it is made of, where it stands, and how that is kept.</summary>
internal sealed class RunState
{
    private readonly RunProducts _products;

    public RunState(RunSettings settings, DataSplit data, Learner learner, BatchLoader loader, RunFolder? folder)
    {
        (Settings, Data, Learner, Loader, Passes, Folder) = (settings, data, learner, loader, new(loader), folder);
        SamplesAnEpoch = settings.SamplesAnEpoch(data.Train.Count);
        Clipping = [.. learner.Network.Blocks.SelectMany(block => block.Layers).OfType<SpikingNeurons>()
            .Where(layer => layer.Neuron.Grazing == Grazing.Clipped)];
        Evaluator = new(learner, Passes, settings.Probe, settings.ProbeSamples, TrainingBatches.Of(SamplesAnEpoch, settings.Batch));
        Kept = new(settings.Write(), 0, 0, default, PlateauState.Start, double.NaN, 0, 0, 0, 0) { Arithmetic = learner.Kernels.Arithmetic };
        _products = new(learner.Kernels);
    }

    /// <summary>What decides the run, the rule's own defaults included.</summary>
    public RunSettings Settings { get; set; }

    public DataSplit Data { get; }

    public Learner Learner { get; }

    public BatchLoader Loader { get; }

    public PassLoader Passes { get; }

    public Evaluator Evaluator { get; }

    /// <summary>Where it leaves its files; null to leave none.</summary>
    public RunFolder? Folder { get; set; }

    /// <summary>Its lines; null before it is begun, and where there is no folder.</summary>
    public RunLog? Log { get; set; }

    /// <summary>Layers that clip slopes.</summary>
    public SpikingNeurons[] Clipping { get; }

    /// <summary>Samples that an epoch takes.</summary>
    public int SamplesAnEpoch { get; }

    /// <summary>Epochs that are done.</summary>
    public List<EpochMetrics> Epochs { get; } = [];

    /// <summary>Where it stood at the last checkpoint.</summary>
    public CheckpointState Kept { get; set; }

    /// <summary>The present epoch.</summary>
    public PartialEpoch Here;

    /// <summary>Whether it goes on from a checkpoint.</summary>
    public bool IsRestored { get; set; }

    /// <summary>The weights of the best epoch, where there is no folder to keep them in.</summary>
    public SavedWeights? Best { get; private set; }

    /// <summary>Whether the score has not become better for as long as it may.</summary>
    public bool StopsEarly => Settings.EarlyStop is { } patience && Kept.BestEpoch > 0 && Kept.Epoch - Kept.BestEpoch >= patience;

    /// <summary>Whether nothing is left to train.</summary>
    public bool IsOver => Kept.Epoch >= Settings.Epochs || StopsEarly;

    /// <summary>Steps that take so many samples of an epoch.</summary>
    public long StepsOf(int samples) => ((long)samples + Settings.Batch - 1) / Settings.Batch;

    /// <summary>The learning rate after so many samples of the present epoch.</summary>
    public double RateAt(int samples) => Settings.Optimizer.LearningRate
        * Settings.Schedule.FactorAt(Kept.Epoch + (double)samples / SamplesAnEpoch, Settings.Epochs, Kept.Plateau);

    /// <summary>The share of right answers among the first samples of the present epoch; NaN where there are no classes.</summary>
    public double AccuracyOf(int samples) => Data.Train.HasClasses ? (double)Here.Correct / samples : double.NaN;

    /// <summary>What a view is told between steps.</summary>
    public TrainingProgress Standing => new(Kept.Epoch + 1, Settings.Epochs, (double)Here.Cursor / SamplesAnEpoch, 0, 0, 0, null);

    /// <summary>Keeps where it stands. The metrics reach the disk before the checkpoint that counts on them.</summary>
    /// <exception cref="RunFailure">Something to be kept is not finite.</exception>
    public void Save(bool best = false)
    {
        if (Divergence.NotFinite(Learner) is { } faults) throw Diverged(faults);
        if (best && Folder is null) KeepBest();
        if (Folder is null) return;
        Kept = Kept with
        {
            MetricsBytes = Log!.Commit(), Step = Learner.Steps, Here = Here,
            PeakBytes = Math.Max(Kept.PeakBytes, Learner.Bytes),
            PeakActivationBytes = Math.Max(Kept.PeakActivationBytes, Learner.Pass.ActivationBytes),
        };
        _products.Write(Folder);
        if (best) Checkpoint.Write(Folder.BestCheckpoint, Learner, Kept);
        Checkpoint.Write(Folder.LastCheckpoint, Learner, Kept);
    }

    /// <summary>Writes down what it came to.</summary>
    public void End(RunResult result)
    {
        Log?.End(result);
        if (Folder is null) return;
        _products.Write(Folder);
        Folder.WriteSummary(result, Learner.Kernels.Description);
    }

    /// <summary>Refuses a loss that is no number: what replaces the last checkpoint must be worth going on from.</summary>
    /// <exception cref="RunFailure">It is none.</exception>
    public Evaluation Finite(Evaluation evaluation, Samples samples, string name) =>
        double.IsFinite(evaluation.Loss) || samples.Count == 0
        ? evaluation
        : throw Diverged(FormattableString.Invariant($"the {name} loss is {evaluation.Loss}, and {Divergence.NotFinite(Learner)
            ?? "all that is kept of the run is finite, so an activity or the loss itself overflowed on some of the samples"}"));

    /// <summary>The failure of a run that diverged, with what to do.</summary>
    public RunFailure Diverged(string what) => Divergence.Of(what, Settings, Learner.Steps, StepsOf(SamplesAnEpoch),
        Folder is not null && File.Exists(Folder.LastCheckpoint) ? (Kept.Step, Folder.Path) : null);

    private void KeepBest()
    {
        if (Best is null) Best = new(Learner);
        else Best.Keep();
    }
}
