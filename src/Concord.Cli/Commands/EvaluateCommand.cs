using System.CommandLine;
using Concord.Cli.Views;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Scores a checkpoint.</summary>
internal static class EvaluateCommand
{
    private static readonly Dictionary<string, bool> s_isBest = new() { ["last"] = false, ["best"] = true };
    private static readonly Dictionary<string, bool> s_isTest = new() { ["test"] = true, ["validation"] = false };

    public static Command Create()
    {
        var command = new Command("evaluate", "Scores a checkpoint on test or validation samples.");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        var checkpoint = new Option<string>("--checkpoint") { HelpName = "NAME", Description = "last or best", DefaultValueFactory = _ => "last" };
        var on = new Option<string>("--on") { HelpName = "NAME", Description = "test or validation", DefaultValueFactory = _ => "test" };
        var dataRoot = new Option<string?>("--data-root") { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };
        command.Add(run);
        command.Add(checkpoint);
        command.Add(on);
        command.Add(dataRoot);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var best = Nearest.Find("checkpoint", parsed.GetRequiredValue(checkpoint), s_isBest);
            var test = Nearest.Find("part of the data", parsed.GetRequiredValue(on), s_isTest);
            return Run(session.Output, parsed.GetRequiredValue(run), best, test, parsed.GetValue(dataRoot));
        });
        return command;
    }

    private static int Run(Output output, string path, bool best, bool test, string? dataRoot)
    {
        var checkpoint = RunFolder.CheckpointOf(path, best);
        var settings = (RunFolder.SettingsOf(path) with { DataRoot = dataRoot }).Load(out var data, out var split);
        using var kernels = EngineStart.Start(ref settings, output);
        DataView.Show(output, data, split);
        TrainCommand.PrepareData(settings, split, output);
        var samples = test ? split.Test : split.Validation;
        if (samples.Count == 0) throw new ConcordException($"The run in '{path}' has no validation samples. Use --on test.");
        var evaluation = TrainCommand.Prepare(settings, split, kernels, null, restores: true).Score(checkpoint, samples);

        var part = test ? "test" : "validation";
        output.Conclude($"{part} accuracy {Format.Percent(evaluation.Accuracy)}   loss {Format.Number(evaluation.Loss)}   ({samples.Count} samples, {Path.GetFileName(checkpoint)})");
        if (data.Classes.Count <= 20) output.Show(Confusion(evaluation, data.Classes));
        output.Event("evaluation", json =>
        {
            json.WriteString("run", path);
            json.WriteString("checkpoint", best ? "best" : "last");
            json.WriteString("on", part);
            json.WriteNumber("samples", samples.Count);
            json.WriteFinite("accuracy", evaluation.Accuracy);
            json.WriteFinite("loss", evaluation.Loss);
            json.WriteStartArray("confusion");
            foreach (var row in evaluation.Confusion)
            {
                json.WriteStartArray();
                foreach (var count in row) json.WriteNumberValue(count);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        });
        return 0;
    }

    private static Spectre.Console.Table Confusion(Evaluation evaluation, IReadOnlyList<string> classes)
    {
        var table = Format.Table(["class", .. Enumerable.Range(0, classes.Count).Select(i => FormattableString.Invariant($">{i}"))]);
        for (var i = 0; i < classes.Count; i++)
            table.Row([FormattableString.Invariant($"{i} {(classes[i] == FormattableString.Invariant($"{i}") ? "" : classes[i])}").TrimEnd(), .. evaluation.Confusion[i].Select(count => count == 0 ? "." : FormattableString.Invariant($"{count}"))]);
        return table;
    }
}
