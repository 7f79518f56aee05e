using System.Diagnostics;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>The epochs of a run: shuffled batches, a step for each, and a checkpoint now and then. Each step allocates nothing.</summary>
internal sealed class TrainingEpoch(RunState run)
{
    private readonly RandomStream _shuffle = RandomStream.FromSeed(run.Settings.Seed).Split("shuffle");
    private readonly int[] _order = new int[run.Data.Train.Count];
    private readonly int[] _labels = new int[Math.Min(run.Settings.Batch, run.SamplesAnEpoch)];
    private readonly int[] _answers = new int[Math.Min(run.Settings.Batch, run.SamplesAnEpoch)];
    private readonly int _gap = StepLine.Gap(run.StepsOf(run.SamplesAnEpoch));   // steps between those that are written down
    private readonly Stopwatch _watch = new();
    private double _measured;

    /// <summary>Takes the steps that are left of the present epoch.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; what is done is in the checkpoint.</exception>
    /// <exception cref="RunFailure">It diverged.</exception>
    public void Run(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var (settings, learner, train) = (run.Settings, run.Learner, run.Data.Train);
        ref var here = ref run.Here;
        for (var i = 0; i < _order.Length; i++) _order[i] = i;
        if (settings.Shuffle) _shuffle.At(run.Kept.Epoch).Shuffle(_order.AsSpan());
        var before = here.Seconds;
        var (saved, told) = (TimeSpan.Zero, TimeSpan.Zero);
        _measured = Measuring;   // the time of choosing among products is not that of training
        _watch.Restart();
        while (here.Cursor < run.SamplesAnEpoch)
        {
            if (cancellation.IsCancellationRequested)
            {
                run.Save();
                throw new OperationCanceledException(cancellation);
            }
            var rows = Math.Min(settings.Batch, run.SamplesAnEpoch - here.Cursor);
            var rate = run.RateAt(here.Cursor);
            var loss = Step(_order.AsSpan(here.Cursor, rows), rate);
            if (!double.IsFinite(loss))
                throw run.Diverged(FormattableString.Invariant($"the loss is {loss}, and {Divergence.Overflow(learner)}"));
            if (here.Cursor == 0) here.FirstLoss = loss;
            here.LossSum += loss * rows;
            for (var i = 0; i < rows && train.HasClasses; i++)
                if (_labels[i] == _answers[i]) here.Correct++;
            here.Cursor += rows;
            here.Seconds = before + _watch.Elapsed.TotalSeconds - (Measuring - _measured);
            if (run.Log is not null && run.StepsOf(here.Cursor) % _gap == 0)
                run.Log.Append(new StepLine(learner.Steps, loss, rate, here.Cursor / here.Seconds));
            FaultInjection.Reach("step");
            if (_watch.Elapsed - saved > TimeSpan.FromMinutes(settings.CheckpointMinutes) && here.Cursor < run.SamplesAnEpoch)
            {
                _watch.Stop();
                run.Save();
                _watch.Start();
                saved = _watch.Elapsed;
            }
            if (progress is not null && _watch.Elapsed - told > TimeSpan.FromMilliseconds(100))
            {
                told = _watch.Elapsed;
                progress.Report(run.Standing with { Loss = here.LossSum / here.Cursor, Accuracy = run.AccuracyOf(here.Cursor),
                    SamplesPerSecond = here.Cursor / here.Seconds });
            }
        }
    }

    /// <summary>A batch for what is done before the first step, of its own draw: all classes are in it whatever the order of the data.
    /// </summary>
    public Pass PreparationBatch()
    {
        for (var i = 0; i < _order.Length; i++) _order[i] = i;
        RandomStream.FromSeed(run.Settings.Seed).Split("pre-alignment").Shuffle(_order.AsSpan());
        var pass = new Pass(run.Learner.Network, run.Learner.Kernels, default);
        Load(_order.AsSpan(0, Math.Min(run.Settings.Batch, _order.Length)), pass);
        return pass;
    }

    private double Step(ReadOnlySpan<int> rows, double rate)
    {
        var (learner, clipping) = (run.Learner, run.Clipping);
        var pass = learner.Pass;
        Load(rows, pass);
        var loss = learner.Step(rate, ProbesNow() ? Probe : null);
        if (run.Data.Train.HasClasses) learner.Plan.Answers(pass, _answers.AsSpan(0, rows.Length));
        if (clipping.Length > 0) run.Here.Clipped ??= new long[clipping.Length];
        for (var i = 0; i < clipping.Length; i++) run.Here.Clipped![i] += pass.CountsOf(clipping[i]).Clipped;
        return loss;
    }

    private void Load(ReadOnlySpan<int> rows, Pass pass)
    {
        run.Passes.LoadTraining(pass, run.Data.Train, rows, run.Learner.Steps);
        PassLoader.LoadTargets(pass, run.Data.Train, rows, _labels.AsSpan(0, rows.Length));
    }

    private bool ProbesNow() =>
        run.Settings is { Probe: not ProbeKind.Off, ProbeEvery: > 0 and var every } && run.Learner.Steps % every == 0;

    private void Probe(Learner learner)
    {
        _watch.Stop();
        var before = Measuring;
        var rows = run.Evaluator.ProbeTraining(learner.BackwardPass);
        run.Log?.Append(learner.Steps, rows);
        _measured += Measuring - before;   // while the watch stood
        _watch.Start();
    }

    private double Measuring => run.Learner.Kernels.Choices?.Seconds ?? 0;
}
