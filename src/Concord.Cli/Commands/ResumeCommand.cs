using System.CommandLine;
using Concord.Cli.Views;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Continues a run that was interrupted, to the same bits.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var command = new Command("resume", "Goes on with a run from its last checkpoint, or extends one.");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        var data = new Option<string?>("--data")
            { HelpName = "NAME", Description = "where the run's data lie now, if they were moved: csv:NEWPATH" };
        var dataRoot = new Option<string?>("--data-root")
            { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };
        var epochs = new Option<int?>("--epochs")
            { HelpName = "N", Description = "extend the run to N epochs in all; what it came to at its end is kept" };
        command.Add(run);
        var otherBits = new Option<bool>("--other-bits")
            { Description = "go on although this machine or build computes with other last bits than the run so far" };
        foreach (var option in (Option[])[epochs, data, dataRoot, otherBits, Output.JsonOption(), Output.QuietOption()])
            command.Add(option);
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            return Run(session, parsed.GetRequiredValue(run), parsed.GetValue(epochs), parsed.GetValue(data), parsed.GetValue(dataRoot),
                parsed.GetValue(otherBits));
        });
        return command;
    }

    private static int Run(Session session, string path, int? epochs, string? data, string? dataRoot, bool otherBits)
    {
        var output = session.Output;
        using var folder = RunFolder.Open(path);
        var begun = RunFolder.SettingsOf(path, epochs);
        var extends = epochs is not null && epochs != begun.Epochs;
        if (extends) CheckExtension(path, begun, epochs!.Value);
        var result = RunFolder.ResultOf(path);
        if (result is not null && !extends)
        {
            output.Say($"The run in {path} is finished.");
            if (data is not null || dataRoot is not null)
            {
                var moved = SavedData.Of(path, data, dataRoot);
                folder.Record(moved.Split);
                output.Say($"data    {moved.Dataset}: this is where they lie from now on");
            }
            if (Report.IsDue(path)) output.Say($"report  {ReportCommand.Leave(output, path)}, which was missing");
        }
        else
        {
            var saved = SavedData.Of(path, data, dataRoot, epochs);
            var (settings, split) = (saved.Settings, saved.Split);
            var asked = (settings.Engine, settings.Threads);
            using var kernels = EngineStart.Start(ref settings, output);
            var before = RunFolder.ArithmeticOf(path);
            if (otherBits && (before is null || before == kernels.Arithmetic))
                throw new ConcordException("--other-bits has no effect: it is not known that the run was computed otherwise. "
                    + "Leave it out.");
            if (otherBits) output.Conclude($"The run was computed with {before}; it goes on with {kernels.Arithmetic}, to other bits.");
            if (before is null && asked != (settings.Engine, settings.Threads)) output.Conclude($"The run was begun on {asked.Engine} with "
                + $"{Things.Of(asked.Threads, "thread")}; it continues from where it stopped, but not to the same bits.");
            DataView.Show(output, saved.Dataset, split);
            TrainCommand.PrepareData(settings, split, output, isPrepared: RunFolder.HasNormalization(path));
            var trainer = TrainCommand.Prepare(settings, split, kernels, folder, restores: true);
            trainer.Restore(otherBits);
            if (extends)
            {
                trainer.Extend(epochs!.Value, session.Command);
                output.Say(FormattableString.Invariant($"extend  from {begun.Epochs} to {Things.Of(epochs.Value, "epoch")}{(result is null
                    ? "" : $"; what it came to is kept in {RunFolder.SummaryOf(path, begun.Epochs)}")}"));
            }
            Events.Start(output, kernels, saved.Dataset, split, trainer.Settings, [settings.Seed], [settings.Rule]);
            result = TrainCommand.Finish(session, trainer, new(output, 1), 1, path);
            output.Say();
        }
        var one = new RuleResult([result]);
        ResultView.Show(one, output, path);
        Events.Result(output, one, path);
        return output.ExitCode;
    }

    private static void CheckExtension(string path, RunSettings settings, int epochs)
    {
        Extension.Check(settings, epochs);
        if (SweepCell.IsCell(path, settings))
            throw new ConcordException($"The run in '{path}' is a cell of a sweep, which finds it by its settings. "
                + "Give more epochs in the experiment file and sweep again, or copy the folder to another place and extend the copy.");
    }
}
