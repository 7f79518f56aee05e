using System.CommandLine;
using Concord.Cli.Views;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>A page about any runs.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var command = new Command("report", "Writes a page about runs, finished or not: one file of HTML.");
        var runs = new Argument<string[]>("RUN")
            { Description = "run folders, or folders with some below them", Arity = ArgumentArity.OneOrMore };
        var file = new Option<string?>("--out")
            { HelpName = "FILE", Description = $"the page; by default {Report.FileName} in the folder, or here if there are several" };
        command.Add(runs);
        command.Add(file);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            return Run(session.Output, parsed.GetRequiredValue(runs), parsed.GetValue(file));
        });
        return command;
    }

    /// <summary>
    /// Leaves a page in a folder of runs. A page that cannot be written costs the run nothing; the exit code says that it is missing.
    /// </summary>
    /// <returns>Where it is.</returns>
    public static string Leave(Output output, string folder)
    {
        var path = Path.Combine(folder, Report.FileName);
        try
        {
            Report.Of([folder]).Write(path);
        }
        catch (ConcordException error)
        {
            output.Conclude($"The runs are whole, but the report is missing: {error.Message} To write it: "
                + $"{NextCommand.Command("report", Path.GetFullPath(folder))}");
            output.LacksFiles = true;
        }
        return path;
    }

    private static int Run(Output output, string[] folders, string? file)
    {
        var path = file ?? (folders.Length == 1 ? Path.Combine(folders[0], Report.FileName) : Report.FileName);
        OutputFile.Check(path, []);
        var report = Report.Of(folders);
        report.Write(path);
        foreach (var (run, note) in report.Notes) output.Say($"{run}: {note}");
        foreach (var (folder, reason) in report.LeftOut) output.Conclude($"{folder} is left out: {reason}");
        if (report is { IsWhole: false, LeftOut.Count: 0 })
            output.Conclude("Some files of these runs are damaged; the page shows what the others hold, and says which.");
        output.Conclude($"report  {path} ({Things.Of(report.Runs, "run")})");
        output.Event("report", () => new ReportEvent(
            path, report.Runs, [.. report.Notes.Select(note => $"{note.Run}: {note.Note}")],
            [.. report.LeftOut.Select(one => $"{one.Folder}: {one.Reason}")]));
        return report.IsWhole ? 0 : Application.Failed;
    }
}
