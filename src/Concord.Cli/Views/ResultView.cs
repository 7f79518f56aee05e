using Concord.Diagnostics;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What a rule's runs came to, in a few lines; in one, and what is to be warned of, where only the result is wanted.</summary>
internal static class ResultView
{
    private const string Gap = "   ";

    public static void Show(RuleResult result, Output output, string folder)
    {
        var seeds = result.Seeds.Count == 1 ? FormattableString.Invariant($"seed {result.Seeds[0]}")
            : FormattableString.Invariant($"{result.Seeds.Count} seeds, mean ± standard deviation");
        output.Conclude(
            $"test {result.Test.Word} {Format.Score(result.Test)}   validation {Format.Score(result.Validation)}   ({seeds})"
            + (output.IsQuiet ? $"   {folder}" : ""));
        if (result.BestTest.Shown.Count > 0)
            output.Explain(FormattableString.Invariant(
                $"at the best epoch on validation ({string.Join(", ", result.Runs.Select(run => run.BestEpoch?.Epoch).OfType<int>())}): ")
                + FormattableString.Invariant($"test {result.Test.Word} {Format.Score(result.BestTest)}   validation ")
                + FormattableString.Invariant($"{Format.Score(result.BestValidation)}"));
        ShowStops([("", result)], output);
        foreach (var run in result.Runs.Where(run => run.TestLooks > 1))
            output.Conclude("note: the test samples were looked at before, "
                + $"{string.Join(", ", run.Extensions.Where(end => end.Test is not null).Select(Look))}. "
                + "To extend a run because of that is to choose by test samples.");
        // frozen blocks have none
        List<PortStatistic> aligned = [.. result.Alignment.Where(port => port.Cosine is { Count: > 0 } or { Void: > 0 })];
        if (aligned.Count > 0)
            output.Explain("alignment " + string.Join(Gap, aligned.Select(
                port => Output.Field($"{port.Port} cosine {Format.Spread(port.Cosine)}{(port.Cosine.Count == 0 ? ""
                    : $" ({Format.Number(port.AngleDegrees, "0.0")}°)")}"))), indent: 10);
        if (WeightAngles(result) is { } angles)
            output.Explain($"weights   {angles} between feedback and the weights it stands for", indent: 10);
        if (aligned.Exists(port => port.Cosine.Void > 0)) output.Say(PortAlignment.VoidMeaning);
        if (TransportView.Line(result) is { } transport) output.Say(transport);
        if (SpikeView.Line(result) is { } spikes) output.Say(spikes);
        if (EnergyView.Line(result) is { } energy)
        {
            output.Say(energy);
            output.Say(EnergyView.Meaning);
        }
        output.Explain($"{(result.Settings.Epochs == 0 ? "untrained: no step was taken"
            : $"{Format.Seconds(result.SecondsPerEpoch)} an epoch, {Format.Number(result.SamplesPerSecond, "N0")} samples/s")}; "
            // of spikes there is a measure above, where a plan can only assume
            + (result.Spikes.Count > 0 ? "" : $"{Format.Count(result.MacsPerSample.Total)} multiply-accumulates per sample; ")
            + $"weights {Format.Bytes(result.Memory.Weights)}, feedback {Format.Bytes(result.Memory.Feedback)}, "
            + $"training {Format.Bytes(result.Memory.Training)} (activations {Format.Bytes(result.Memory.Activations)})"
            + (result.Spikes.Count > 0 ? "; spikes and what walks keep of them are not counted" : ""));
        WarningView.Show([("", result)], output);
        output.Say($"run folder {folder}");
    }

    /// <summary>What the runs of several rules came to, in one line, and what is to be warned of.</summary>
    public static void ShowLine(IReadOnlyList<(string Label, RuleResult Result)> results, Output output, string place)
    {
        if (results.Count > 0)
        {
            var seeds = results.Max(one => one.Result.Seeds.Count);
            output.Conclude($"test {results[0].Result.Test.Word} {string.Join("   ", results.Select(one =>
                $"{one.Label} {Format.Score(one.Result.Test)}"))}   "
                + FormattableString.Invariant($"({seeds} {(seeds == 1 ? "seed" : "seeds, mean ± standard deviation")})   {place}"));
        }
        WarningView.Show(results, output);
    }

    /// <summary>Says which runs stopped early, in a line for each rule.</summary>
    public static void ShowStops(IEnumerable<(string Label, RuleResult Result)> results, Output output)
    {
        foreach (var (label, result) in results)
            if (result.Runs.Where(run => run.StoppedAfter is not null).ToList() is [var first, ..] stopped)
                output.Say($"{(label.Length > 0 ? $"{label} " : "")}stopped early, after epoch "
                    + string.Join(", ", stopped.Select(run => result.Runs.Count == 1 ? FormattableString.Invariant($"{run.StoppedAfter}")
                        : FormattableString.Invariant($"{run.StoppedAfter} (seed {run.Settings.Seed})")))
                    + FormattableString.Invariant($" of {first.Settings.Epochs}: no better validation {result.Test.Word} in ")
                    + Things.Of(first.Settings.EarlyStop ?? 0, "epoch"));
    }

    /// <summary>The angle of feedback and weights at each port where the probe has one; null where it has none.</summary>
    public static string? WeightAngles(RuleResult result) =>
        string.Join(Gap, from port in result.Alignment
            where double.IsFinite(port.WeightCosine.Mean)
            select Output.Field($"{port.Port} {Format.Number(PortAlignment.Degrees(port.WeightCosine.Mean), "0.0")}°"))
            is { Length: > 0 } all ? all : null;

    private static string Look(Extension end) =>
        FormattableString.Invariant($"after {Things.Of(end.From, "epoch")} ({Format.Score(end.Test!.Value)})");
}
