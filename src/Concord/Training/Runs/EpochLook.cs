using Concord.Data;
using Concord.Diagnostics;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>The look at a network after each epoch: scores on validation samples, the probe, and what else there is to see.</summary>
internal sealed class EpochLook(RunState run)
{
    // The validation samples, or, where there are none, training samples.
    private Samples Probed => run.Data.Validation.Count > 0 ? run.Data.Validation : run.Data.Train;

    /// <summary>Looks at a network that is not trained, the control that papers leave out. The checkpoint stays that of a run that has
    /// not been prepared.</summary>
    public void Untrained(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var untrained = Look(new(0, 0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, 0, 0, []), cancellation, out _);
        run.Log?.Commit();
        progress?.Report(run.Standing with { Epoch = 0, Finished = untrained });
    }

    /// <summary>Ends an epoch whose steps are all done, and keeps where the run stands.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; a run that goes on has the look before it.</exception>
    /// <exception cref="RunFailure">The run diverged.</exception>
    public void Finish(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        run.Learner.EndEpoch();   // of a run that was interrupted from here on, once more: it does nothing then
        EpochMetrics metrics;
        Evaluation validation;
        var count = run.SamplesAnEpoch;
        try
        {
            metrics = Look(new(run.Kept.Epoch + 1, run.Learner.Steps, run.RateAt(Math.Max(0, count - run.Settings.Batch)),
                run.Here.LossSum / count, run.AccuracyOf(count), double.NaN, double.NaN, run.Here.Seconds, count / run.Here.Seconds, [])
                { FirstLoss = run.Here.FirstLoss }, cancellation, out validation);
        }
        catch (OperationCanceledException)
        {
            run.Save();   // all steps of the epoch are done; it continues with the look
            throw;
        }
        var (merit, kept) = (validation.Score.Merit, run.Kept);
        var best = merit > kept.BestMerit || (double.IsNaN(kept.BestMerit) && run.Data.Validation.Count > 0);
        run.Kept = kept with
        {
            Epoch = kept.Epoch + 1,
            Plateau = run.Settings.Schedule.After(kept.Plateau, validation.Loss),
            BestMerit = best ? merit : kept.BestMerit,
            BestEpoch = best ? kept.Epoch + 1 : kept.BestEpoch,
        };
        run.Here = default;
        run.Save(best);
        progress?.Report(new(metrics.Epoch, run.Settings.Epochs, 1, metrics.TrainLoss, metrics.TrainAccuracy, metrics.SamplesPerSecond,
            metrics));
    }

    private EpochMetrics Look(EpochMetrics metrics, CancellationToken cancellation, out Evaluation validation)
    {
        var (settings, data) = (run.Settings, run.Data);
        validation = run.Finite(run.Evaluator.Evaluate(data.Validation, cancellation, out var dead, out var norms, out var spikes,
            out var energy), data.Validation, "validation");
        var first = data.Train.First(Math.Min(settings.ProbeSamples, data.Train.Count));
        var seen = data.Validation.Count > 0 ? validation
            : run.Finite(run.Evaluator.Evaluate(first, cancellation, out dead, out norms, out spikes, out energy), first, "training");
        metrics = metrics with
        {
            DeadUnits = dead, ActivityNorms = norms, Spikes = WithClipped(spikes), Energy = energy,
            Unanswered = [.. from number in Enumerable.Range(0, seen.Confusion.Length) where seen.Confusion[number].Sum() > 0
                && seen.Confusion.All(row => row[number] == 0) select new UnansweredClass(number, seen.Confusion[number].Sum())],
            ValidationLoss = validation.Loss, ValidationAccuracy = validation.Accuracy,
            Alignment = settings.Probe == ProbeKind.Off ? [] : CountedProbe(cancellation),
            Transported = run.Learner.Plan.Transport(run.Learner.Steps).Moved,
        };
        run.Epochs.Add(metrics);
        run.Log?.Append(metrics);
        return metrics;
    }

    // Slopes are clipped on the way down, so these are of the training samples.
    private IReadOnlyList<LayerSpikes> WithClipped(IReadOnlyList<LayerSpikes> spikes) => run.Here.Clipped is not { } clipped ? spikes
        : [.. spikes.Select(layer => Array.FindIndex(run.Clipping, one => one.Name == layer.Layer) is >= 0 and var i
            ? layer with { Clipped = (double)clipped[i] / run.SamplesAnEpoch } : layer)];

    private IReadOnlyList<PortAlignment> CountedProbe(CancellationToken cancellation)
    {
        var kernels = run.Learner.Kernels;
        var (log, mine) = (kernels.Log, new OperationLog());
        kernels.Log = mine;
        IReadOnlyList<PortAlignment> rows;
        try
        {
            rows = run.Evaluator.Probe(Probed, cancellation);
        }
        finally
        {
            kernels.Log = log;
        }
        run.Kept = run.Kept with { ProbeMacs = Enum.GetValues<Phase>().Sum(phase => mine[phase].MultiplyAccumulates) };
        return rows;
    }
}
