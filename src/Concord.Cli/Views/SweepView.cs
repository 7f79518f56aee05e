using System.Diagnostics;
using System.Globalization;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>Shows a sweep: a line a finished cell, what is under way with the time to come, the table at the end.</summary>
internal sealed class SweepView(Output output, Sweep sweep) : IProgress<SweepProgress>
{
    private static readonly TimeSpan s_plainEvery = TimeSpan.FromSeconds(15);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _said;
    private double _begun = double.NaN;

    public void Report(SweepProgress value)
    {
        if (double.IsNaN(_begun)) _begun = value.Done;
        var (cell, over) = (value.Cell, sweep.Cells.Count - sweep.Left.Count);
        if (value.Training is not { } training)
        {
            output.Say(FormattableString.Invariant($"[{over}/{sweep.Cells.Count}] {cell.Cell}  {(cell.Result is { } result
                ? $"test {Format.Score(result.Test.Score)}" : $"failed: {cell.Failure}")}"));
            Cell(cell);
            return;
        }
        if (training.Notice is { } notice)
        {
            output.Say($"{cell.Cell}  {notice}");
            return;
        }
        if (training.Finished is { } epoch) Events.Epoch(output, cell.Settings, epoch, cell.Id);
        if (output.IsQuiet || (!output.IsTerminal && _watch.Elapsed - _said < s_plainEvery)) return;
        _said = _watch.Elapsed;
        var left = value.Done > _begun ? Format.Wait(_watch.Elapsed * ((1 - value.Done) / (value.Done - _begun))) : "-";
        (int, string) place = (0, FormattableString.Invariant($"[{over}/{sweep.Cells.Count}]")), name = (5, cell.Cell.ToString());
        var line = training.Preparing is { } preparing ? FieldLine.Of(output.Width - 1, place, name, (1, Format.Preparing(preparing)))
            : FieldLine.Of(output.Width - 1, place, name,
                (3, FormattableString.Invariant($"epoch {training.Epoch}/{training.Epochs} {100 * training.Fraction,3:0} %")),
                (4, $"{(training.Score.IsLoss ? "loss" : "accuracy")} {Format.Score(training.Score)}"),
                (1, FormattableString.Invariant($"all {100 * value.Done:0} %")), (2, $"ETA {left}"));
        if (output.IsTerminal) output.Status(line);
        else output.Say(line);
    }

    public static void Start(Output output, ExperimentFile experiment, Sweep sweep, string folder, int jobs, TimeSpan? estimate) =>
        output.Event("sweep", () => new SweepEvent(
            experiment.Name, folder, sweep.Cells.Count, sweep.Cells.Count(cell => cell.State == CellState.Finished),
            sweep.Cells.Count(cell => cell.State == CellState.Failed), sweep.Left.Count, jobs, estimate?.TotalSeconds));

    /// <summary>What there is to run, and how far it is.</summary>
    public static void ShowCells(Sweep sweep, Output output)
    {
        var table = new TextTable("cell", ">seed", ">epochs", "state", "folder");
        foreach (var cell in sweep.Cells)
            table.Row(cell.Cell.Label, Whole(cell.Settings.Seed), Whole(cell.Settings.Epochs), cell.State == CellState.Begun
                ? FormattableString.Invariant($"begun, {100 * cell.Done:0} %") : cell.State.ToString().ToLowerInvariant(),
                Path.GetFileName(cell.Folder));
        output.Show(table);
    }

    /// <summary>The table at the end; where only the result is wanted, one line.</summary>
    public static void ShowResults(Sweep sweep, Output output, string folder)
    {
        var groups = sweep.Groups;
        if (output.IsQuiet)
        {
            foreach (var group in groups)
                if (group.Result is { } result) Result(group, result, output);
            ShowFailures(sweep, output);
            ResultView.ShowLine([.. from one in groups where one.Result is not null select (one.Label, one.Result)], output, folder);
            return;
        }
        var axes = groups.SelectMany(group => group.Cells[0].Cell.Axes).Select(axis => axis.Key).Distinct().ToList();
        var word = groups.Select(group => group.Result).OfType<RuleResult>().FirstOrDefault()?.Test.Word ?? "accuracy";
        var table = new TextTable(["rule", .. axes, ">seeds", $">test {word}", ">95 % interval", ">minus backprop", ">validation, last",
            ">best", ">test at best", ">s/epoch"]);
        foreach (var group in groups)
        {
            string[] place = [group.Cells[0].Settings.Rule,
                .. axes.Select(axis => group.Cells[0].Cell.Axes.FirstOrDefault(pair => pair.Key == axis).Value ?? "")];
            if (group.Result is not { } result)
            {
                table.Row([.. place, "0", "failed", "", "", "", "", "", ""]);
                continue;
            }
            table.Row([.. place, Whole(result.Runs.Count), Format.Score(result.Test), Interval(result.Test),
                group.Difference is { } difference ? Difference(difference, result.Test.Scale) : "-",
                Format.Score(result.Validation), Format.Score(result.BestValidation), Format.Score(result.BestTest),
                Format.Number(result.SecondsPerEpoch, "0.000")]);
            Result(group, result, output);
        }
        output.Show(table, always: true);
        output.Explain($"{word} ± standard deviation over seeds (n - 1); the interval is that of the mean (Student's t); minus backprop: "
            + $"mean difference of test {word} at equal seeds{(word == "loss" ? "" : ", in points")}, ± half its 95 % interval.");
        output.Explain("Test samples are scored once, at the end: with the last epoch's weights, "
            + $"and (test at best) with those of each run's best epoch on validation; best: its validation {word}.");
        ResultView.ShowStops(from one in groups where one.Result is not null select (one.Label, one.Result), output);
        ShowWarnings(sweep, output);
        ShowFailures(sweep, output);
        output.Conclude($"run folders in {folder}");
    }

    private static void ShowFailures(Sweep sweep, Output output)
    {
        foreach (var cell in sweep.Cells)
            if (cell.Failure is { } failure)
                output.Conclude($"{cell.Cell} failed: {failure} It is not run again; remove {cell.Folder} to have it run.");
    }

    /// <summary>What went wrong in runs that finished.</summary>
    public static void ShowWarnings(Sweep sweep, Output output) =>
        WarningView.Show(from sweepGroup in sweep.Groups where sweepGroup.Result is not null
            select (sweepGroup.Label, sweepGroup.Result), output);

    private void Cell(SweepCell cell) => output.Event("cell", () => new CellEvent(
        cell.Id, cell.Cell.Label, cell.Settings.Rule, cell.Settings.Seed, cell.State.ToString().ToLowerInvariant(),
        cell.Result?.Test.Accuracy ?? double.NaN,
        cell.Result?.Test.Score is { IsLoss: true } score ? score.Loss : null, cell.Failure, cell.Folder));

    private static void Result(SweepGroup group, RuleResult result, Output output) => Events.Result(output, result, null, extra: json =>
        json.WritePart(new GroupResult(
            group.Label, group.Cells[0].Cell.Axes.ToDictionary(), group.Failed, result.TestAccuracy.HalfWidth95,
            Statistic.Of(result.BestValidationAccuracy), group.Difference is { } difference ? Statistic.Of(difference) : null,
            group.Difference?.HalfWidth95)));

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Interval(SeedScore score)
    {
        var (mean, half) = (score.Scale * score.Shown.Mean, score.Scale * score.Shown.HalfWidth95);
        return double.IsNaN(half) ? None(score.Shown)
            : score.IsLoss ? string.Create(CultureInfo.InvariantCulture, $"{mean - half:g4} to {mean + half:g4}")
            : string.Create(CultureInfo.InvariantCulture, $"{mean - half:0.00} to {mean + half:0.00} %");
    }

    private static string Difference(SeedStatistic difference, double scale)
    {
        var (mean, half) = (scale * difference.Mean, scale * difference.HalfWidth95);
        return double.IsNaN(mean) ? "-"
            : $"{Signed(mean)}{(double.IsNaN(half) ? $" ({None(difference)})" : $" ± {Signed(half).TrimStart('+')}")}";

        string Signed(double value) => value.ToString(scale == 1 ? "+0.####;-0.####;0" : "+0.00;-0.00;0.00", CultureInfo.InvariantCulture);
    }

    private static string None(SeedStatistic figure) => figure.Count == 0 ? "-" : "no interval";
}
