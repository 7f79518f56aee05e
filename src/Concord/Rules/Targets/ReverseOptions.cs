using Concord.Feedback;
using Concord.Optimizers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>How the reverse maps of a rule of targets learn.</summary>
/// <param name="Steps">Their steps per training step; 0 leaves them as they are drawn.</param>
/// <param name="Noise">What they learn to take back.</param>
/// <param name="Optimizer">What moves them.</param>
public sealed record ReverseOptions(int Steps, Noise Noise, GroupOptimizer Optimizer)
{
    private static readonly OptimizerSettings s_sgd = new(LearningRate: 0.1, Momentum: 0),
        s_adam = OptimizerSettings.ByName["adam"] with { LearningRate = 0.01 };

    private static readonly Option<int> s_steps = new("reverse.steps", OptionType.Whole(), 1,
        "Steps of the reverse maps per training step, each on noise of its own; 0 leaves the maps as they are drawn.");

    private static readonly Option<double> s_std = Learning(new Option<double>("reverse.std", OptionType.NumberAbove(0), 0.1,
        "Standard deviation of the noise that the reverse maps learn to take back."));

    private static readonly Option<OptimizerSettings?> s_optimizer = Learning(new Option<OptimizerSettings?>("reverse.optimizer",
        OptionType.Choice(new Dictionary<string, OptimizerSettings?>
        {
            ["adam"] = s_adam, ["sgd"] = s_sgd, ["rmsprop"] = OptimizerSettings.ByName["rmsprop"], ["run"] = null,
        }), s_adam,
            "What moves the reverse maps: an optimizer of their own, or run for that of the weights, its rate and schedule included."));

    private static readonly Option<double> s_rate = OfItsOwn(new Option<double>("reverse.rate", OptionType.Number(0),
        values => values.Of(s_optimizer)?.LearningRate ?? 0, "Learning rate of the reverse maps."));

    private static readonly Option<double> s_decay = OfItsOwn(new Option<double>("reverse.decay", OptionType.Number(0), 0,
        "Weight decay of the reverse maps."));

    /// <summary>The options as they are declared.</summary>
    /// <param name="decay">The default decay.</param>
    internal static IReadOnlyList<Option> Declare(double decay = 0) => [s_steps, s_std, s_optimizer, s_rate, s_decay.Defaulting(decay)];

    internal ReverseOptions(OptionValues values) : this(values.Of(s_steps), new(true, values.Of(s_std)),
        values.Of(s_optimizer) is { } own
            ? GroupOptimizer.Of(own with { LearningRate = values.Of(s_rate), WeightDecay = values.Of(s_decay) })
            : GroupOptimizer.AsTheRuns)
    {
    }

    private static Option<T> Learning<T>(Option<T> option) => option.When(values => values.Of(s_steps) > 0, "reverse.steps above 0");

    private static Option<T> OfItsOwn<T>(Option<T> option) =>
        Learning(option).When(values => values.Of(s_optimizer) is not null, "reverse.optimizer other than run");
}
