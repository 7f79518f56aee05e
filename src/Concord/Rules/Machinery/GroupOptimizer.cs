using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// What a group of a rule's own parameters moves by. <c>--optimizer</c> has no effect on it unless it is <see cref="AsTheRuns"/>.
/// </summary>
public sealed record GroupOptimizer
{
    private GroupOptimizer(OptimizerSettings? settings) => Settings = settings;

    /// <summary>
    /// As the weights move: the run's optimizer, rate, schedule and decay, with moments and a step count of the group's own.
    /// </summary>
    public static GroupOptimizer AsTheRuns { get; } = new(settings: null);

    /// <summary>Plain gradient descent without momentum or decay.</summary>
    /// <param name="rate">The learning rate; no schedule changes it.</param>
    /// <exception cref="ConcordException">The rate is negative or no number.</exception>
    public static GroupOptimizer Sgd(double rate) => Of(new(LearningRate: rate, Momentum: 0));

    /// <summary>An optimizer of the group's own; no schedule changes its rate.</summary>
    /// <exception cref="ConcordException">A setting is out of range.</exception>
    public static GroupOptimizer Of(OptimizerSettings settings)
    {
        settings.Validate();
        return new(settings);
    }

    internal OptimizerSettings? Settings { get; }

    /// <summary>What it is, for people.</summary>
    public override string ToString() =>
        Settings is null ? "as the weights"
            : FormattableString.Invariant($"{OptimizerSettings.NameOf(Settings.Kind)}, learning rate {Settings.LearningRate}");
}
