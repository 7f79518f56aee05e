using System.Globalization;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What training the hidden blocks is worth, rule by rule.</summary>
internal static class DepthView
{
    public static void Show(IReadOnlyList<RuleOutcome> outcomes, Output output)
    {
        var controls = outcomes.First(outcome => outcome.Depth.Count > 0).Depth;
        var (blocks, ladder) = (controls[0].Frozen, controls.Count > 1);
        var table = new TextTable(["rule", ">depth utility, points",
            .. controls.Select(control => control.Trained == 0 ? ">all frozen" : string.Create(CultureInfo.InvariantCulture,
                $">last {control.Trained} trained")), ">all trained"]);
        foreach (var outcome in outcomes)
            table.Row(outcome.Result is not { } result ? [outcome.Rule, "failed", .. Enumerable.Repeat("", controls.Count + 1)]
                : [outcome.Rule, Utility(outcome), .. outcome.Depth.Select(Accuracy), Format.Percent(result.TestAccuracy)]);
        output.Show(table, always: true);
        output.Explain($"depth utility: test accuracy less that with {string.Join(", ", blocks)} frozen as drawn, at equal seeds; "
            + $"± over seeds (n - 1).{(ladder ? " Last trained: the blocks below these are frozen." : "")}");
        Sentence("Training these blocks is worth", true);
        Sentence("It is NOT worth", false);
        Sentence("It cannot be said with these seeds whether it is worth", null);
        foreach (var outcome in outcomes)
            foreach (var control in outcome.Depth)
                if (control.Failure is { } failure)
                    output.Conclude($"{outcome.Rule} with {string.Join(", ", control.Frozen)} frozen failed: {failure}");

        void Sentence(string head, bool? isWorth)
        {
            var named = outcomes.Where(outcome => UtilityOf(outcome) is { } utility && DepthControl.IsWorth(utility) == isWorth)
                .Select(outcome => outcome.Rule).ToList();
            if (named.Count > 0) output.Explain(string.Create(CultureInfo.InvariantCulture,
                $"{head} {100 * DepthControl.Least} points (by the 95 % interval of the mean): {string.Join(", ", named)}."));
        }
    }

    private static SeedStatistic? UtilityOf(RuleOutcome outcome) =>
        outcome is { Result: { } result, Depth: [var control, ..] } ? control.UtilityOf(result) : null;

    private static string Utility(RuleOutcome outcome) => UtilityOf(outcome) is not { } utility ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{100 * utility.Mean:+0.00;-0.00;0.00}")
            + (double.IsNaN(utility.Std) ? "" : string.Create(CultureInfo.InvariantCulture, $" ± {100 * utility.Std:0.00}"));

    private static string Accuracy(DepthControl control) => control.Result is { } result ? Format.Percent(result.TestAccuracy) : "failed";
}
