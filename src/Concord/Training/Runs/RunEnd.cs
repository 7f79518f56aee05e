using Concord.Cost;
using Concord.Networks;

namespace Concord.Training;

/// <summary>The end of a run: the one look at the test samples, and what it all came to.</summary>
internal static class RunEnd
{
    /// <summary>Looks at the test samples and writes down the result.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    /// <exception cref="RunFailure">The loss on the test samples is no number.</exception>
    public static RunResult Of(RunState run, CancellationToken cancellation)
    {
        var (learner, epochs, kept) = (run.Learner, run.Epochs, run.Kept);
        var test = Test(run, cancellation);
        var seconds = epochs.Count == 0 ? 0 : epochs.Select(epoch => epoch.Seconds).Order().ElementAt((epochs.Count - 1) / 2);
        var memory = new MemoryUse(learner.Network.Parameters.Sum(parameter => parameter.Value.Bytes),
            learner.Plan.FeedbackWords * sizeof(float), Math.Max(kept.PeakBytes, learner.Bytes),
            Math.Max(kept.PeakActivationBytes, learner.Pass.ActivationBytes));
        var cost = SampleCost.Of(learner.Cost(run.Settings.Batch, run.Passes.Features?.Blocks ?? 0), run.Settings.Batch,
            (double)kept.ProbeMacs / run.SamplesAnEpoch);
        var result = new RunResult(run.Settings, [.. epochs], test, seconds, seconds > 0 ? run.SamplesAnEpoch / seconds : 0, memory, cost)
            { BestTest = TestOfBest(run, test, cancellation), Transport = learner.Plan.Transport(learner.Steps),
                Extensions = kept.Extensions ?? [] };
        if (run.Folder is { } folder) FirstTestSpikes(run)?.Write(folder.Path);
        run.End(result);
        return result;
    }

    private static Evaluation Test(RunState run, CancellationToken cancellation) =>
        run.Finite(run.Evaluator.Evaluate(run.Data.Test, cancellation), run.Data.Test, "test");

    // For the report; nothing else follows from it.
    private static SpikeRecord? FirstTestSpikes(RunState run)
    {
        var learner = run.Learner;
        if (!learner.Network.OutputPort.IsSpiking) return null;
        var answers = new int[1];
        var pass = new Pass(learner.Network, learner.Kernels, default) { Objective = run.Settings.Objective };
        run.Passes.LoadEvaluation(pass, run.Data.Test, [0]);
        pass.Forward(learner.Steps, training: false);
        learner.Plan.Answers(pass, answers);
        return SpikeRecord.Of(pass, "test", 0, run.Data.Test.Labels[0], answers[0]);
    }

    // The weights of the best epoch are looked at on the test samples once, as those of the last are, and then these are put back.
    private static Evaluation? TestOfBest(RunState run, Evaluation last, CancellationToken cancellation)
    {
        if (run.Data.Validation.Count == 0 || run.Settings.Epochs == 0) return null;
        if (run.Kept.BestEpoch == run.Kept.Epoch) return last;
        var here = new SavedWeights(run.Learner);
        try
        {
            if (run.Folder is { } folder) Checkpoint.ReadWeights(folder.BestCheckpoint, run.Learner);
            else run.Best!.PutBack();
            return Test(run, cancellation);
        }
        finally
        {
            here.PutBack();
        }
    }
}
