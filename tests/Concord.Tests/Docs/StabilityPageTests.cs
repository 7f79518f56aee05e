using System.Globalization;
using System.Text;
using Concord.Training;

namespace Concord.Tests.Docs;

/// <summary>
/// The table of docs/stability.md is what the program measures. To write it again, run this test with CONCORD_APPROVE=1.
/// </summary>
public sealed class StabilityPageTests
{
    [Fact, Trait("Category", "Long")]
    public void TheTableOfThePageIsWhatTheProgramMeasures() =>
        GeneratedPart.Check(Path.Combine(Repository.Root, "docs", "stability.md"), "Stability", Generate());

    private static string Generate()
    {
        using var kernels = Kit.Double();
        List<StabilityRow> rows = [.. StabilityTable.Run(kernels)];
        var text = new StringBuilder("""
            | feedback | least real part of eigenvalues, seeds 0-3 | measured rate of decay | cosine, hidden layer | whole | after a kick |
            | --- | --- | --- | --- | --- | --- |

            """);
        foreach (var carrier in StabilityTable.Carriers)
        {
            List<StabilityTrial> trials = [.. rows.Where(row => row.Carrier == carrier.Name).Select(row => row.Trial)];
            string Each(Func<StabilityTrial, double> figure, string format) =>
                string.Join(", ", trials.Select(trial => figure(trial).ToString(format, CultureInfo.InvariantCulture)));
            text.Append(CultureInfo.InvariantCulture, $"| {carrier.Name} | {Each(trial => trial.Kernel.LeastReal, "g3")} ")
                .Append(CultureInfo.InvariantCulture, $"| {Each(trial => trial.Kick!.Exponent, "g3")} ")
                .Append(CultureInfo.InvariantCulture, $"| {Each(trial => trial.Kick!.Alignment.Blocks[0].Cosine, "0.00")} ")
                .Append(CultureInfo.InvariantCulture, $"| {Each(trial => trial.Kick!.Alignment.Cosine, "0.00")} ")
                .Append(CultureInfo.InvariantCulture, $"| {string.Join("; ", trials.GroupBy(trial => trial.Kick!.Outcome)
                    .Select(group => $"{Words(group.Key)}, {Least(group)} to {Most(group)} % away"))} |\n");
        }
        return text.Append(CultureInfo.InvariantCulture, $"\nPrediction and measurement have the same sign in ")
            .Append(CultureInfo.InvariantCulture, $"{rows.Count(row => row.Trial.Agrees == true)} of {rows.Count}.")
            .ToString().ReplaceLineEndings("\n");
    }

    private static string Words(KickOutcome outcome) => outcome switch
    {
        KickOutcome.Returns => "settles nearby",
        KickOutcome.FindsAnother => "finds another solution",
        _ => $"{outcome}",
    };

    private static string Least(IEnumerable<StabilityTrial> trials) => Share(trials.Min(trial => trial.Kick!.Distance));

    private static string Most(IEnumerable<StabilityTrial> trials) => Share(trials.Max(trial => trial.Kick!.Distance));

    private static string Share(double distance) => (100 * distance).ToString("g2", CultureInfo.InvariantCulture);
}
