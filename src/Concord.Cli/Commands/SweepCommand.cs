using System.CommandLine;
using Concord.Cli.Views;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>All runs of an experiment file; the same command continues where it was interrupted.</summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        var command = new Command("sweep", "Runs the grid of an experiment file, and continues where it was interrupted.");
        var file = new Argument<string>("FILE") { Description = "the experiment file" };
        var words = new Argument<string[]>("KEY=VALUE")
            { Description = "settings that win over the file; [A,B] is a list", Arity = ArgumentArity.ZeroOrMore };
        var set = new Option<string[]>("--set")
            { HelpName = "KEY=VALUE", Description = "the same; may be repeated", Arity = ArgumentArity.OneOrMore };
        var folder = new Option<string?>("--out")
            { HelpName = "DIR", Description = "where the runs lie; by default runs/NAME, NAME being the experiment's" };
        var jobs = new Option<int?>("--jobs") { HelpName = "N", Description = "cells at once; by default one per processor" };
        var dry = new Option<bool>("--dry-run") { Description = "only say what is left, and about how long it takes" };
        var dataRoot = new Option<string?>("--data-root")
            { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };
        command.Add(file);
        command.Add(words);
        foreach (var option in (Option[])[set, folder, jobs, dry, dataRoot, Output.JsonOption(), Output.QuietOption()]) command.Add(option);
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            string[] given = [parsed.GetRequiredValue(file), .. parsed.GetValue(words) ?? []];
            var experiment = ExperimentFile.Read(given[0], [.. given[1..], .. parsed.GetValue(set) ?? []]);
            var place = parsed.GetValue(folder) ?? Path.Combine("runs", RunFolder.NameFor(experiment.Name));
            RunFolder.RefuseRun(place);
            if (parsed.GetValue(jobs) is < 1 and var few) throw new ConcordException($"--jobs was given '{few}'; it takes 1 or more.");
            if (parsed.GetValue(dry) && PretrainingRun.IsLeft(session, experiment, place, parsed.GetValue(dataRoot))) return 0;
            var sweep = Sweep.Open(PretrainingRun.Done(session, experiment, place, parsed.GetValue(dataRoot)), place,
                parsed.GetValue(dataRoot), session.Output.Say);
            return Run(session, experiment, sweep, place, parsed.GetValue(jobs) ?? sweep.UsualJobs, parsed.GetValue(dry));
        });
        return command;
    }

    private static int Run(Session session, ExperimentFile experiment, Sweep sweep, string folder, int jobs, bool dry)
    {
        var output = session.Output;
        int Count(CellState state) => sweep.Cells.Count(cell => cell.State == state);
        output.Say(FormattableString.Invariant($"sweep   {experiment.Name}: {Things.Of(sweep.Cells.Count, "cell")} in {folder}"));
        output.Say(FormattableString.Invariant($"        {Count(CellState.Finished)} finished, {Count(CellState.Failed)} failed, ")
            + FormattableString.Invariant($"{Count(CellState.Begun)} begun, {Count(CellState.Waiting)} waiting"));
        foreach (var (data, split) in sweep.Data) DataView.Show(output, data, split);
        foreach (var weights in sweep.Cells.Select(cell => cell.Settings.Weights).Distinct()) DataView.ShowWeights(output, weights);
        var estimate = dry ? sweep.Estimate(jobs) : null;
        SweepView.Start(output, experiment, sweep, folder, jobs, estimate);
        if (dry)
        {
            SweepView.ShowCells(sweep, output);
            output.Conclude(sweep.Left.Count == 0 ? "Nothing is left to run."
                : $"{Things.Of(sweep.Left.Count, "cell is", "cells are")} left, "
                    + FormattableString.Invariant($"{Math.Min(jobs, sweep.Left.Count)} at once: ")
                    + FormattableString.Invariant(
                        $"{(estimate is { } time ? "about " + Format.Wait(time) : "how long is not known yet")}."));
            return 0;
        }
        if (sweep.Left.Count > 0)
            output.Say(FormattableString.Invariant($"        {Math.Min(jobs, sweep.Left.Count)} at once on {string.Join(", ",
                sweep.Cells.Select(cell => FormattableString.Invariant($"{cell.Settings.Engine} x{cell.Settings.Threads}")).Distinct())}"));
        try
        {
            session.Saving(stop => sweep.Run(jobs, new SweepView(output, sweep), session.Command, stop));
        }
        catch (OperationCanceledException)
        {
            output.Conclude(FormattableString.Invariant($"Saved; {sweep.Cells.Count(cell => cell.State == CellState.Finished)} of ")
                + $"{Things.Of(sweep.Cells.Count, "cell is", "cells are")} finished. The same command continues.");
            throw;
        }
        SweepView.ShowResults(sweep, output, folder);
        return Count(CellState.Failed) > 0 ? Application.Failed : 0;
    }
}
