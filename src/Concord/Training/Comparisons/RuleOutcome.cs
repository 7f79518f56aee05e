namespace Concord.Training;

/// <summary>What became of one rule in a comparison.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Result">Its runs; null if one of them failed.</param>
/// <param name="Failure">Why.</param>
/// <param name="Tuned">The score on validation by learning rate, where rates were tried; none at a rate at which the run diverged.</param>
public sealed record RuleOutcome(string Rule, RuleResult? Result, string? Failure,
    IReadOnlyList<(double LearningRate, Score Validation)> Tuned)
{
    /// <summary>
    /// The same with blocks frozen, fewest trained first; empty if that was not asked for, or the rule's own runs failed.
    /// </summary>
    public IReadOnlyList<DepthControl> Depth { get; init; } = [];
}
