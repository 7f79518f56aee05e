using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>A rule at a point that backpropagation found: what its kernel predicts there, and what a kick shows.</summary>
/// <param name="Point">The point.</param>
/// <param name="Kernel">The rule's kernel there.</param>
/// <param name="Kick">The test; null where the point is no solution, or the loss is one whose error vanishes nowhere.</param>
public sealed record StabilityTrial(InterpolatedNetwork Point, FeedbackKernel Kernel, KickTest? Kick)
{
    /// <summary>Whether the error was measured to grow where it was predicted to, or to decay; null without a test.</summary>
    public bool? Agrees => Kick is null ? null : Math.Sign(Kick.Exponent) == Math.Sign(Kernel.LeastReal);

    /// <summary>
    /// Trains the network of a run's settings by backpropagation on the first of its training samples, and asks about its rule there.
    /// </summary>
    /// <param name="settings">Model, rule, loss and seed; as <see cref="RunSettings.Load"/> gives them.</param>
    /// <param name="data">The samples, normalised as a run's are.</param>
    /// <param name="samples">How many of them.</param>
    /// <param name="kernels">The engine; double precision, if errors are to vanish.</param>
    /// <param name="progress">Told the share of the training steps that is done; 1 when they are.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">The rule has no kernel, which is found out before training; the model does not fit the data;
    /// there are fewer samples; or training diverges at every rate.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static StabilityTrial Of(RunSettings settings, DataSplit data, int samples, Kernels kernels, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        FeedbackKernel.CheckSize(samples, data.Train.Classes);
        var (few, blueprint) = (new FewSamples(settings, data, samples, kernels, cancellation), settings.Blueprint);
        kernels.Run(() =>
        {
            var untrained = new Learner(blueprint, settings.Objective, settings.Optimizer, kernels, settings.Seed);
            few.Fill(untrained.Pass);
            FeedbackKernel.Check(untrained.Plan, untrained.Pass, settings.Objective);
        });
        var point = InterpolatedNetwork.Train(blueprint.MakeNetwork, settings.Objective, kernels, few.Fill, settings.Seed,
            progress: progress, cancellation: cancellation);
        progress?.Report(1);
        return Of(point, blueprint.MakeRule, cancellation: cancellation);
    }

    /// <summary>Makes the kernel and, where there is a fixed point, the test.</summary>
    /// <param name="point">The point.</param>
    /// <param name="rule">Makes the rule, another each time; feedback that is made of the weights is made of those at the point.</param>
    /// <param name="settings">Rates and steps of the test.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">The rule has no kernel: see <see cref="FeedbackKernel.Of"/>.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static StabilityTrial Of(InterpolatedNetwork point, Func<LearningRule> rule, KickSettings? settings = null,
        CancellationToken cancellation = default)
    {
        StabilityTrial? trial = null;
        point.Kernels.Run(() =>
        {
            var learner = point.Learner(rule);
            var kernel = FeedbackKernel.Of(learner.Plan, learner.Pass, point.Objective, training: true, cancellation);
            var isFixed = point.IsSolution && point.Objective.Loss == LossKind.SquaredError;
            trial = new(point, kernel, isFixed ? KickTest.Of(point, rule, settings ?? new(), kernel.Largest, cancellation) : null);
        });
        return trial!;
    }
}
