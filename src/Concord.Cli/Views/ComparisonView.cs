using System.Globalization;
using Concord.Diagnostics;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>The table of a comparison, and what it says about each rule.</summary>
internal static class ComparisonView
{
    public static void Show(IReadOnlyList<RuleOutcome> outcomes, Output output, string report)
    {
        var results = outcomes.Select(outcome => outcome.Result).OfType<RuleResult>().ToList();
        if (output.IsQuiet)
        {
            ShowFailures(outcomes, output);
            ResultView.ShowLine([.. results.Select(result => (result.Rule, result))], output, report);
            return;
        }
        var ports = results.Count == 0 ? [] : results[0].Alignment.Select(port => port.Port).ToList();
        var word = results.Count == 0 ? "accuracy" : results[0].Test.Word;
        string[] learning = [$">test {word}", ">at best epoch", .. ports.Select(port => $">{port} cosine"), ">growth", ">s/epoch"];
        var spiking = results.Find(result => result.Spikes.Count > 0);
        if (spiking is not null) learning = [.. learning, .. SpikeView.Columns(spiking)];
        var again = results.Exists(result => result.MacsPerSample.ExtraForward > 0);
        string[] extra = again ? [">extra forward"] : [];
        string[] cost = [">forward", .. extra, ">error", ">gradient", ">adapt", ">weights", ">feedback", ">peak"];
        var whole = Table([.. learning, .. cost], result => [.. Learning(result), .. Cost(result, again)]);
        foreach (var table in whole.Fits(output.Width) ? (TextTable[])[whole]
            : [Table(learning, Learning), Table(cost, result => Cost(result, again))]) output.Show(table, always: true);
        if (outcomes.Any(outcome => outcome.Depth.Count > 0)) DepthView.Show(outcomes, output);
        output.Explain("cosine: rule's signal with the true gradient at a port, mean over validation samples; ± over seeds (n - 1).");
        var angles = results.Where(result => result.Rule != Comparison.Reference)
            .Select(result => (result.Rule, Angles: ResultView.WeightAngles(result))).Where(one => one.Angles is not null).ToList();
        if (angles.Count > 0) output.Explain("weights: angle of a rule's feedback with the forward weights it stands for: "
            + $"{string.Join("; ", angles.Select(one => $"{one.Rule} {one.Angles}"))}.", indent: 2);
        if (results.Exists(result => result.Alignment.Any(port => port.Cosine.Void > 0))) output.Explain(PortAlignment.VoidMeaning);
        if (spiking is not null) output.Explain(SpikeView.Meaning);
        output.Explain(FormattableString.Invariant($"growth: the most that activities grow from one hidden block to the next; ")
            + FormattableString.Invariant($"healthy under 5, failing over {ActivityNorm.MostGrowth}."));
        output.Explain($"test {word}: with the last epoch's weights; at best epoch: with those of each run's best epoch on validation.");
        output.Explain($"forward,{(again ? " extra forward (second passes, tangents)," : "")} error, gradient, adapt: "
            + "multiply-accumulates per sample; weights, feedback, peak: "
            + "bytes, the last all that training holds.");
        foreach (var result in results)
            if (TransportView.Line(result) is { } line) output.Explain(line);
        if (results.Exists(result => result.Energy.Count > 0)) output.Explain(EnergyView.Meaning);
        foreach (var result in results)
            if (EnergyView.Line(result) is { } line) output.Explain($"{result.Rule}: {line}");
        ShowFailures(outcomes, output);
        foreach (var outcome in outcomes)
            if (outcome.Tuned.Count > 0) output.Explain(Tuning(outcome));
        ResultView.ShowStops(results.Select(result => (result.Rule, result)), output);
        WarningView.Show(results.Select(result => (result.Rule, result)), output);
        if (results.Exists(result => result.Settings.Epochs == 0))
            output.Explain("Untrained: no step was taken, so all rules have the same networks; "
                + "they differ in the alignment of the feedback they drew.");
        else Judge(results, outcomes.Any(outcome => outcome.Tuned.Count > 0), output);

        TextTable Table(string[] columns, Func<RuleResult, IEnumerable<string>> cells)
        {
            var table = new TextTable(["rule", .. columns]);
            foreach (var outcome in outcomes)
                table.Row(outcome.Result is { } result ? [outcome.Rule, .. cells(result)]
                    : [outcome.Rule, "failed", .. Enumerable.Repeat("", columns.Length - 1)]);
            return table;
        }
    }

    private static void ShowFailures(IReadOnlyList<RuleOutcome> outcomes, Output output)
    {
        foreach (var outcome in outcomes)
            if (outcome.Failure is { } failure) output.Conclude($"{outcome.Rule} failed: {failure}");
    }

    private static IEnumerable<string> Learning(RuleResult result) =>
        [Format.Score(result.Test), Format.Score(result.BestTest),
            .. result.Alignment.Select(port => Format.Spread(port.Cosine)), Format.Spread(result.Growth, "g3"),
            Format.Number(result.SecondsPerEpoch, "0.000"), .. result.Spikes.Count > 0 ? SpikeView.Cells(result) : []];

    private static IEnumerable<string> Cost(RuleResult result, bool again) =>
    [
        Format.Count(result.MacsPerSample.Forward),
        .. again ? (string[])[Format.Count(result.MacsPerSample.ExtraForward)] : [], Format.Count(result.MacsPerSample.Error),
        Format.Count(result.MacsPerSample.WeightGradient), Format.Count(result.MacsPerSample.Adaptation),
        Format.Bytes(result.Memory.Weights), Format.Bytes(result.Memory.Feedback), Format.Bytes(result.Memory.Training),
    ];

    private static string Tuning(RuleOutcome outcome)
    {
        var chosen = outcome.Result?.Settings.Optimizer.LearningRate;
        var edge = outcome.Tuned.Count > 2
            && (chosen == outcome.Tuned.Max(tried => tried.LearningRate) || chosen == outcome.Tuned.Min(tried => tried.LearningRate))
            ? " (at the edge of what was tried)" : "";
        return $"{outcome.Rule}: learning rate {Format.Number(chosen ?? double.NaN)}{edge}; "
            + "validation " + string.Join(", ", outcome.Tuned.Select(tried => Output.Field($"{Format.Number(tried.LearningRate)}: "
                + $"{(double.IsNaN(tried.Validation.Merit) ? "diverged" : Format.Score(tried.Validation))}")));
    }

    private static void Judge(List<RuleResult> results, bool tuned, Output output)
    {
        if (results.Find(result => result.Rule == Comparison.Control) is not { } control) return;
        var others = results.Where(result => result != control)
            .Select(result => (result.Rule, Above: result.Test.StandardDeviationsAbove(control.Test))).ToList();
        if (others.Count == 0) return;
        var margin = Comparison.Margin.ToString(CultureInfo.InvariantCulture);
        if (others.Any(other => double.IsNaN(other.Above)))
        {
            output.Explain($"With one seed there is no spread, so it cannot be said whether a rule beats {Comparison.Control}: "
                + "give --seeds 3 or more.");
            return;
        }
        Sentence("Above", $"by {margin} standard deviations", others.Where(other => other.Above >= Comparison.Margin));
        Sentence("NOT above", $"by {margin} standard deviations: their hidden layers may not help",
            others.Where(other => other.Above < Comparison.Margin));
        if (!tuned && others.Any(other => other.Above < Comparison.Margin))
            output.Explain("All rules had the same learning rate; --tune chooses one for each on the validation samples.");

        void Sentence(string head, string tail, IEnumerable<(string Rule, double Above)> rules)
        {
            var named = rules.Select(rule => Output.Field($"{rule.Rule} ({Format.Number(rule.Above, "0.0")})")).ToList();
            if (named.Count > 0) output.Explain($"{head} {Comparison.Control} {tail}: {string.Join(", ", named)}.", indent: 2);
        }
    }
}
