using System.CommandLine;
using Concord.Cli.Views;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Scores a checkpoint, on the run's own samples or on new ones.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var command = new Command("evaluate", "Scores a checkpoint on test or validation samples, or on new data.");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        command.Add(run);
        var saved = new SavedOptions(command);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var folder = parsed.GetRequiredValue(run);
            using var opened = saved.Open(parsed, session.Output, [folder]);
            return Run(session.Output, opened, folder);
        });
        return command;
    }

    private static int Run(Output output, SavedOptions.Opened opened, string folder)
    {
        var network = opened.Network(folder);
        var samples = opened.Samples(network);
        var evaluation = network.Evaluate(samples);
        output.Conclude($"{(opened.New is null ? opened.Part : "new data:")} {(evaluation.Score.IsLoss ? ""
            : $"accuracy {Format.Percent(evaluation.Accuracy)}   ")}loss {Format.Number(evaluation.Loss)}   "
            + $"({Things.Of(samples.Count, "sample")}{(opened.New is { } name ? $" of {name}" : "")}, "
            + $"{opened.Checkpoint}.safetensors)");
        if (network.Classes.Count <= 20 && evaluation.Confusion.Length > 0) output.Show(Confusion(evaluation, network.Classes));
        output.Event("evaluation", json =>
        {
            json.WritePart(new EvaluationOf(folder, opened.Checkpoint));
            opened.Write(json);
            json.WritePart(new EvaluationValues(samples.Count, evaluation.Accuracy, evaluation.Loss, evaluation.Confusion));
        });
        return 0;
    }

    private static TextTable Confusion(Evaluation evaluation, IReadOnlyList<string> classes)
    {
        var table = new TextTable(["class", .. Enumerable.Range(0, classes.Count).Select(i => FormattableString.Invariant($">{i}"))]);
        for (var i = 0; i < classes.Count; i++)
            table.Row([FormattableString.Invariant($"{i} {(classes[i] == FormattableString.Invariant($"{i}") ? "" : classes[i])}")
                .TrimEnd(), .. evaluation.Confusion[i].Select(count => count == 0 ? "." : FormattableString.Invariant($"{count}"))]);
        return table;
    }
}
