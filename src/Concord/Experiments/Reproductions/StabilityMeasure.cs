using Concord.Training;

namespace Concord.Experiments;

/// <summary>Something that is predicted or measured of a rule at a solution of <see cref="StabilityTable"/>.</summary>
/// <param name="Words">What, in words.</param>
/// <param name="Decimals">Decimals with which it is shown.</param>
/// <param name="Of">Its figure at one solution.</param>
/// <param name="Allowed">How far ours may lie from a published figure of that size.</param>
public sealed record StabilityMeasure(
    string Words, int Decimals, Func<StabilityTrial, double> Of, Func<ReproductionTolerance, double, double> Allowed)
{
    /// <summary>What can be asked, by the name that a figure gives it.</summary>
    public static IReadOnlyDictionary<string, StabilityMeasure> ByName { get; } = new Dictionary<string, StabilityMeasure>
    {
        ["predicted"] = Rate("least real part of the eigenvalues", trial => trial.Kernel.LeastReal),
        ["measured"] = Rate("measured rate of decay", trial => trial.Kick!.Exponent),
        ["agrees"] = Share("solutions where both have one sign, %", trial => trial.Agrees == true),
        ["attracts"] = Share("solutions that attract, by the eigenvalues, %", trial => trial.Kernel.LeastReal > 0),
        ["leaves"] = Share("solutions that it leaves after a larger kick, %",
            trial => trial.Kick!.Outcome is KickOutcome.FindsAnother or KickOutcome.Leaves),
        ["cosine"] = new("cosine of updates, hidden layer", 3, trial => trial.Kick!.Alignment.Blocks[0].Cosine,
            (tolerance, _) => tolerance.Cosine),
    };

    private static StabilityMeasure Rate(string words, Func<StabilityTrial, double> rate) =>
        new(words, 3, rate, (tolerance, value) => tolerance.Ratio * Math.Abs(value));

    private static StabilityMeasure Share(string words, Func<StabilityTrial, bool> holds) =>
        new(words, 0, trial => holds(trial) ? 100 : 0, (tolerance, _) => tolerance.Points);
}
