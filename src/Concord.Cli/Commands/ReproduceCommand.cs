using System.CommandLine;
using Concord.Cli.Views;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Published tables, regenerated: ours next to the published figures, with a verdict.</summary>
internal static class ReproduceCommand
{
    public static Command Create()
    {
        var command = new Command("reproduce", "Lists the published tables that can be regenerated, or regenerates one.");
        var name = new Argument<string?>("NAME")
            { Description = "a reproduction of the list, or a YAML file like theirs", Arity = ArgumentArity.ZeroOrOne };
        var quick = new Option<bool>("--quick") { Description = "minutes, on real data (the default)" };
        var full = new Option<bool>("--full") { Description = "the published setting; says first how long it takes" };
        var folder = new Option<string?>("--out") { HelpName = "DIR", Description = "where the runs lie; by default runs/reproduce/NAME" };
        var jobs = new Option<int?>("--jobs") { HelpName = "N", Description = "runs at once; by default one per processor" };
        var docs = new Option<bool>("--write-docs")
            { Description = $"also write what was found into a page in {ReproductionPage.Folder}; "
                + "without NAME, judge the figures there again" };
        var dataRoot = new Option<string?>("--data-root")
            { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };
        command.Add(name);
        foreach (var option in (Option[])[quick, full, folder, jobs, docs, dataRoot, Output.JsonOption(), Output.QuietOption()])
            command.Add(option);
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            if (parsed.GetValue(quick) && parsed.GetValue(full)) throw new ConcordException("--quick and --full are both given; keep one.");
            if (parsed.GetValue(jobs) is < 1 and var few) throw new ConcordException($"--jobs was given '{few}'; it takes 1 or more.");
            var pages = parsed.GetValue(docs) ? ReproductionPage.Folder : null;
            if (parsed.GetValue(name) is not { } given)
            {
                if (pages is null) ReproductionView.List(session.Output);
                else session.Output.Conclude(
                    FormattableString.Invariant($"{ReproductionPage.Judge(pages)} parts of the pages in {pages} judged again"));
                return 0;
            }
            if (pages is not null && !Directory.Exists(Path.GetDirectoryName(pages)))
                throw new ConcordException($"There is no folder for {pages} here; "
                    + "--write-docs works in the folder of Concord's sources.");
            var entry = Reproduction.Find(given);
            var place = parsed.GetValue(folder) ?? Path.Combine("runs", "reproduce", RunFolder.NameFor(entry.Name));
            RunFolder.RefuseRun(place);
            return Run(session, entry, parsed.GetValue(full) ? entry.Full : entry.Quick, place, parsed.GetValue(jobs),
                parsed.GetValue(dataRoot), pages);
        });
        return command;
    }

    private static int Run(Session session, Reproduction entry, ReproductionPlan plan, string folder, int? asked, string? dataRoot,
        string? pages)
    {
        var output = session.Output;
        if (!entry.NeedsRuns)
        {
            Conclude(output, entry, plan, null, pages);
            return 0;
        }
        output.Say($"{entry.Name}, {plan.Name}: {entry.Description}");
        if (entry.About.Length > 0) output.Say(entry.About);
        output.Say($"figures: {entry.Source}");
        var sweep = Sweep.Open(PretrainingRun.Done(session, plan.Experiment, folder, dataRoot), folder, dataRoot, output.Say);
        var jobs = asked ?? sweep.UsualJobs;
        var left = sweep.Left.Count;
        var estimate = left > 0 ? sweep.Estimate(jobs) : null;
        SweepView.Start(output, plan.Experiment, sweep, folder, jobs, estimate);
        output.Say(FormattableString.Invariant($"{Things.Of(sweep.Cells.Count, "run")} in {folder}, {left} left{(left == 0 ? ""
            : estimate is { } time ? $": about {Format.Wait(time)}" : ": how long is not known yet")}"));
        try
        {
            session.Saving(stop => sweep.Run(jobs, new SweepView(output, sweep), session.Command, stop));
        }
        catch (OperationCanceledException)
        {
            output.Conclude("Saved. The same command continues.");
            throw;
        }
        Conclude(output, entry, plan, sweep, pages);
        return sweep.Cells.Any(cell => cell.State == CellState.Failed) ? Application.Failed : 0;
    }

    private static void Conclude(Output output, Reproduction entry, ReproductionPlan plan, Sweep? sweep, string? pages)
    {
        var trials = TrialView.Make(output, entry, plan);
        var figures = entry.Compare(plan, sweep?.Groups ?? [], trials);
        ReproductionView.Show(output, entry, plan, figures, entry.Judge(sweep?.Groups ?? [], trials));
        if (sweep is not null) SweepView.ShowWarnings(sweep, output);
        foreach (var cell in sweep?.Cells ?? [])
            if (cell.Failure is { } failure) output.Conclude($"{cell.Cell} failed: {failure}");
        if (pages is not null) output.Conclude($"written into {ReproductionPage.Write(pages, entry, plan, figures, sweep, trials)}");
    }
}
