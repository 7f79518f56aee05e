using Concord.Optimizers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>How the matrices of learned direct feedback move.</summary>
internal static class LearnedFeedbackOptions
{
    private static readonly OptimizerSettings s_sgd = new(LearningRate: 0.01, Momentum: 0);

    private static readonly Option<OptimizerSettings?> s_optimizer = new("feedback.optimizer",
        OptionType.Choice(new Dictionary<string, OptimizerSettings?>
        {
            ["sgd"] = s_sgd, ["adam"] = OptimizerSettings.ByName["adam"] with { LearningRate = 0.0001 },
            ["rmsprop"] = OptimizerSettings.ByName["rmsprop"] with { LearningRate = 0.0001 }, ["run"] = null,
        }), s_sgd, "Optimizer of the feedback; run stands for that of the weights, with its rate and schedule. "
            + "Under fdfa, sgd makes the feedback a moving average of its estimates.");

    private static readonly Option<double> s_rate = new Option<double>("feedback.rate", OptionType.NumberAbove(0),
        values => values.Of(s_optimizer)?.LearningRate ?? 0, "Learning rate of the feedback; no schedule changes it.")
        .When(values => values.Of(s_optimizer) is not null, "feedback.optimizer other than run");

    private static readonly Option<double> s_decay = new Option<double>("feedback.decay", OptionType.Number(0), 0,
        "Weight decay of the feedback.").When(values => values.Of(s_optimizer) is not null, "feedback.optimizer other than run");

    private static readonly Option<double> s_average = new("feedback.rate", OptionType.NumberAbove(0), 0.001,
        "Learning rate of the feedback; no schedule changes it.");

    /// <summary>Of averages of estimates in samples in which a unit is active.</summary>
    public static IReadOnlyList<Option> OfActive { get; } = [s_average];

    /// <summary>The rate of those.</summary>
    /// <exception cref="ConcordException">The average would not settle.</exception>
    public static double ActiveRate(OptionValues values) => RateOfAverage("sfdfa", values.Of(s_average));

    /// <summary>Of averages of estimates.</summary>
    public static IReadOnlyList<Option> OfAverages { get; } = [s_optimizer, s_rate];

    /// <summary>Of feedback that moves as weights do.</summary>
    public static IReadOnlyList<Option> OfWeights { get; } = [s_optimizer.Defaulting(null), s_rate, s_decay];

    /// <summary>Of feedback that turns towards estimates.</summary>
    public static IReadOnlyList<Option> OfTurns { get; } = [s_optimizer, s_rate, s_decay];

    /// <summary>The optimizer of what averages estimates of it.</summary>
    /// <exception cref="ConcordException">The average would not settle.</exception>
    public static GroupOptimizer AverageOf(string rule, OptionValues values)
    {
        if (values.Of(s_optimizer) is not { } own)
            throw new ConcordException($"The feedback of {rule} averages estimates, which no schedule of the weights suits. "
                + "Use feedback.optimizer=sgd, adam or rmsprop.");
        var rate = values.Of(s_rate);
        return GroupOptimizer.Of(own with { LearningRate = own.Kind == OptimizerKind.Sgd ? RateOfAverage(rule, rate) : rate });
    }

    private static double RateOfAverage(string rule, double rate) => rate <= 1 ? rate
        : throw new ConcordException(FormattableString.Invariant(
            $"The feedback of {rule} would go {rate} of the way to each estimate, past it: above 1 an average swings, and from 2 on ")
            + "it grows without bound. Give a feedback.rate of at most 1, usually 0.1 or less.");

    /// <summary>The optimizer of what descends a loss, or moves as weights do.</summary>
    public static GroupOptimizer Of(OptionValues values) => values.Of(s_optimizer) is { } own
        ? GroupOptimizer.Of(own with { LearningRate = values.Of(s_rate), WeightDecay = values.Of(s_decay) }) : GroupOptimizer.AsTheRuns;
}
