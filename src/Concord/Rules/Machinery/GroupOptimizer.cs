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
    /// <exception cref="ConcordException">A setting is out of range, or decay alone would not come to rest.</exception>
    public static GroupOptimizer Of(OptimizerSettings settings)
    {
        settings.Validate();
        // Adam and RMSprop take the size out of what is not decoupled
        if (settings.Kind == OptimizerKind.Sgd || settings.DecoupledDecay) CheckDecay(settings.LearningRate, settings.WeightDecay);
        return new(settings);
    }

    internal OptimizerSettings? Settings { get; }

    /// <summary>Refuses decay that takes more than the whole away at a step.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="decay">What a step takes away of each number, before it is multiplied by the rate.</param>
    /// <exception cref="ConcordException">It does.</exception>
    internal static void CheckDecay(double rate, double decay)
    {
        if (rate * decay > 1)
            throw new ConcordException(FormattableString.Invariant($"A learning rate of {rate} and a decay of {decay} would take ")
                + FormattableString.Invariant($"{rate * decay:g3} times what the rule has learned away at each step: above 1 it swings, ")
                + FormattableString.Invariant($"and from 2 on it grows without bound. Give a decay of at most {1 / rate:g3}, ")
                + "or a smaller rate.");
    }

    /// <summary>What it is, for people.</summary>
    public override string ToString() =>
        Settings is null ? "as the weights"
            : FormattableString.Invariant($"{OptimizerSettings.NameOf(Settings.Kind)}, learning rate {Settings.LearningRate}");
}
