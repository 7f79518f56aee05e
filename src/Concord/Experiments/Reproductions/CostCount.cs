using Concord.Cost;
using Concord.Numerics;

namespace Concord.Experiments;

/// <summary>Something that is counted of a step.</summary>
/// <param name="Words">What, in words.</param>
/// <param name="Of">Its count.</param>
public sealed record CostCount(string Words, Func<RuleCost, long> Of)
{
    /// <summary>What can be counted, by the name that a figure gives it.</summary>
    public static IReadOnlyDictionary<string, CostCount> ByName { get; } = new Dictionary<string, CostCount>
    {
        ["forward"] = new("MACs forward", cost => cost.Of(Phase.Forward).MultiplyAccumulates),
        ["weightGradient"] = new("MACs of the weight gradient", cost => cost.Of(Phase.WeightGradient).MultiplyAccumulates),
        ["error"] = new("MACs of the error phase", cost => cost.Of(StepPart.ErrorPhase).MultiplyAccumulates),
        ["backward"] = new("MACs of the backward phase", cost => cost.Of(StepPart.BackwardPhase).MultiplyAccumulates),
        ["step"] = new("MACs of the step", cost => cost.Of(StepPart.WholeStep).MultiplyAccumulates),
        ["stepWithInputError"] = new("MACs of the step, the input's error charged",
            cost => cost.Of(StepPart.WholeStep, inputError: true).MultiplyAccumulates),
        ["errorWeights"] = new("error weights read", cost => cost.ErrorWeights),
    };
}
