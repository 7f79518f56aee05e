using Concord.Layers;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>What local losses a rule has, and how their heads are built and learn.</summary>
/// <param name="Prediction">Weight of the prediction loss; 0 for none.</param>
/// <param name="Similarity">Weight of the similarity loss; 0 for none.</param>
/// <param name="IsBio">Whether the heads do without what is hard to find in a brain (<see cref="LocalErrors"/>).</param>
/// <param name="Projected">M, the length of the random projection of the targets, if <paramref name="IsBio"/>.</param>
/// <param name="Elements">Of an image, a loss reads at most so many elements: larger ones are average-pooled.</param>
/// <param name="Optimizer">What the heads learn by.</param>
public sealed record LocalOptions(
    double Prediction, double Similarity, bool IsBio, int Projected, int Elements, GroupOptimizer Optimizer)
{
    private static readonly Option<double> s_beta =
        new("local.beta", OptionType.Number(0, 1), 0.99, "Weight of the similarity loss; that of the prediction loss is the rest to 1.");

    private static readonly Option<bool> s_bio = new("local.bio", OptionType.Flag, false,
        "Feedback alignment in the local classifier, random projections of the targets, and no learned map before the similarity.");

    private static readonly Option<int> s_projected =
        new Option<int>("local.projected", OptionType.Whole(1), 128, "Length of the random projection of the targets.")
            .When(values => values.Of(s_bio), "local.bio=true");

    private static readonly Option<int> s_elements = new("local.elements", OptionType.Whole(1), 4096,
        "Most elements of an image that a local loss reads; larger images are average-pooled to fewer.");

    private static readonly Option<OptimizerSettings?> s_optimizer = new("local.optimizer",
        OptionType.Choice(new Dictionary<string, OptimizerSettings?>
        {
            ["run"] = null, ["sgd"] = new(Momentum: 0), ["adam"] = OptimizerSettings.ByName["adam"],
        }),
        otherwise: (OptimizerSettings?)null, "What the local heads learn by: the run's optimizer, rate and schedule, or one of their own.");

    private static readonly Option<double> s_rate = new Option<double>("local.rate", OptionType.NumberAbove(0),
        values => values.Of(s_optimizer)?.LearningRate ?? 0.01, "Learning rate of the local heads; no schedule changes it.")
            .When(values => values.Of(s_optimizer) is not null, "local.optimizer=sgd or adam");

    private static readonly IReadOnlyList<Option> s_shared = [s_bio, s_projected, s_elements, s_optimizer, s_rate];

    /// <summary>Of the rules with one loss.</summary>
    internal static IReadOnlyList<Option> OfOne => s_shared;

    /// <summary>Of the rule with both.</summary>
    internal static IReadOnlyList<Option> OfBoth { get; } = [s_beta, .. s_shared];

    /// <summary>Options as they were read.</summary>
    /// <param name="similarity">Weight of the similarity loss; null for what is given.</param>
    /// <param name="values">What was read.</param>
    internal LocalOptions(double? similarity, OptionValues values) : this(
        1 - (similarity ?? values.Of(s_beta)), similarity ?? values.Of(s_beta), values.Of(s_bio), values.Of(s_projected),
        values.Of(s_elements),
        values.Of(s_optimizer) is { } own ? GroupOptimizer.Of(own with { LearningRate = values.Of(s_rate) }) : GroupOptimizer.AsTheRuns)
    {
    }

    /// <summary>Whether a head has anything to learn.</summary>
    internal bool Learns => Prediction > 0 || !IsBio;

    /// <summary>
    /// What brings an image down to the elements that are read: adjacent square windows, of the least side (2, 4, 8, ...) that
    /// leaves few enough, else the whole image. Empty where they are few.
    /// </summary>
    internal IReadOnlyList<Layer> PoolOf(Shape shape)
    {
        if (shape.Rank != 3 || shape.Length <= Elements) return [];
        for (var side = 2; side < Math.Min(shape[0], shape[1]); side *= 2)
        {
            var window = Window.Square(side, side, shape[0] % side == 0 && shape[1] % side == 0 ? 0 : side / 2);
            if (window.OutputRows(shape[0]) * window.OutputColumns(shape[1]) * shape[2] <= Elements) return [new AveragePool(window)];
        }
        return [new AveragePool()];
    }
}
