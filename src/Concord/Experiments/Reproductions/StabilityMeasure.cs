using Concord.Training;

namespace Concord.Experiments;

/// <summary>What is predicted or measured of a rule at a solution of <see cref="StabilityTable"/>.</summary>
internal static class StabilityMeasure
{
    /// <summary>What can be asked, by the name that a figure gives it.</summary>
    public static IReadOnlyDictionary<string, TrialMeasure> ByName { get; } = new Dictionary<string, TrialMeasure>
    {
        ["predicted"] = Rate("least real part of the eigenvalues", trial => trial.Kernel.LeastReal),
        ["measured"] = Rate("measured rate of decay", trial => trial.Kick!.Exponent),
        ["agrees"] = Share("solutions where both have one sign, %", trial => trial.Agrees == true),
        ["attracts"] = Share("solutions that attract, by the eigenvalues, %", trial => trial.Kernel.LeastReal > 0),
        ["leaves"] = Share("solutions that it leaves after a larger kick, %",
            trial => trial.Kick!.Outcome is KickOutcome.FindsAnother or KickOutcome.Leaves),
        ["cosine"] = new("cosine of updates, hidden layer", 3, row => TrialOf(row).Kick!.Alignment.Blocks[0].Cosine,
            (tolerance, _) => tolerance.Cosine),
    };

    private static StabilityTrial TrialOf(TrialRow row) => ((StabilityRow)row).Trial;

    private static TrialMeasure Rate(string words, Func<StabilityTrial, double> rate) =>
        new(words, 3, row => rate(TrialOf(row)), (tolerance, value) => tolerance.Ratio * Math.Abs(value));

    private static TrialMeasure Share(string words, Func<StabilityTrial, bool> holds) =>
        new(words, 0, row => holds(TrialOf(row)) ? 100 : 0, (tolerance, _) => tolerance.Points);
}
