using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;

namespace Concord.Training;

/// <summary>
/// The products that a run will compute, found on an engine without memory: those of its steps, of the short last one of an epoch as well,
/// and those of scoring and probing samples. Convolutions are among them where they may be in bf16; those of singles have one way. What a
/// rule does once before it learns is not.
/// </summary>
internal static class ForeseenProducts
{
    /// <summary>Their shapes.</summary>
    public static IReadOnlySet<ProductShape> Of(RunState run)
    {
        var (settings, learner) = (run.Settings, run.Learner);
        var given = FeatureCache.IsFor(settings, learner) ? learner.Plan.Frozen : 0;
        var batches = TrainingBatches.Of(run.SamplesAnEpoch, settings.Batch);
        using var kernels = new PlanningKernels();
        var products = kernels.Products;
        if (!run.IsOver)
            foreach (var rows in Sizes(batches)) products.UnionWith(learner.Cost(rows, given).Products);

        var plan = learner.PlanOn(kernels);
        var pass = new Pass(plan.Network, kernels, default);
        var backward = plan.BackwardPass(pass, null);   // before the pass, on which tangents may ride
        foreach (var rows in Scored(run)) Evaluate(rows, Phase.Forward);
        var probe = new AlignmentProbe(plan, batches: batches);
        foreach (var rows in Probed(run, batches))
        {
            Evaluate(rows, Phase.Probe);
            plan.CreditAssignment.Observe(backward);
            plan.CreditAssignment.Teach(backward);
            probe.Plan(backward);
        }
        Move();
        return products;

        void Evaluate(int rows, Phase phase)
        {
            kernels.Phase = phase;
            pass.Begin(rows);
            if (given > 0) pass.Give(plan.Network.Ports[given - 1]);
            pass.Forward(step: 0, training: false, carries: phase == Phase.Probe);
            learner.Objective.Error(pass);
        }

        // an optimizer may multiply as well
        void Move()
        {
            var optimizer = new Optimizer(settings.Optimizer, kernels, plan.Learners, keepsDelta: false);
            foreach (var parameter in plan.Learners) optimizer.TryTake(parameter, out _);
            optimizer.Step(settings.Optimizer.LearningRate);
        }
    }

    private static IEnumerable<int> Sizes(TrainingBatches batches) => new[] { batches.Size, batches.Last }.Distinct();

    private static IEnumerable<int> Scored(RunState run) =>
        from samples in (Samples[])[Looked(run), run.Data.Test]
        where samples.Count > 0
        from rows in Sizes(TrainingBatches.Of(samples.Count, run.Evaluator.Batch))
        select rows;

    private static IEnumerable<int> Probed(RunState run, TrainingBatches batches) => run.Settings.Probe == ProbeKind.Off ? []
        : [Math.Min(run.Settings.ProbeSamples, Looked(run).Count), .. run.Settings.ProbeEvery > 0 ? Sizes(batches) : []];

    private static Samples Looked(RunState run) => run.Data.Validation.Count > 0 ? run.Data.Validation
        : run.Data.Train.First(Math.Min(run.Settings.ProbeSamples, run.Data.Train.Count));
}
