using System.CommandLine;
using Concord.Cli.Views;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Goes on with a run that was broken off, to the same bits.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var command = new Command("resume", "Goes on with a run from its last checkpoint.");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        var dataRoot = new Option<string?>("--data-root") { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };
        command.Add(run);
        command.Add(dataRoot);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            return Run(session, parsed.GetRequiredValue(run), parsed.GetValue(dataRoot));
        });
        return command;
    }

    private static int Run(Session session, string path, string? dataRoot)
    {
        var output = session.Output;
        using var folder = RunFolder.Open(path);
        var result = RunFolder.ResultOf(path);
        if (result is not null) output.Say($"The run in {path} is finished.");
        else
        {
            var settings = (RunFolder.SettingsOf(path) with { DataRoot = dataRoot }).Load(out var data, out var split);
            var asked = (settings.Engine, settings.Threads);
            using var kernels = EngineStart.Start(ref settings, output);
            if (asked != (settings.Engine, settings.Threads)) output.Conclude($"The run was begun on {asked.Engine} with {asked.Threads} threads; it goes on from where it stood, but not to the same bits.");
            DataView.Show(output, data, split);
            TrainCommand.PrepareData(settings, split, output);
            var trainer = TrainCommand.Prepare(settings, split, kernels, folder, restores: true);
            trainer.Restore();
            Events.Start(output, kernels, data, split, trainer.Settings, [settings.Seed], [settings.Rule]);
            result = TrainCommand.Finish(session, trainer, new(output, 1), 1, path);
            output.Say();
        }
        var one = new RuleResult([result]);
        ResultView.Show(one, output);
        Events.Result(output, one, path);
        return 0;
    }
}
