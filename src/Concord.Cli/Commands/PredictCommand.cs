using System.CommandLine;
using System.Globalization;
using System.Text;
using Concord.Cli.Views;
using Concord.Images;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Has a trained network answer rows of tables, or images: comma-separated values out.</summary>
internal static class PredictCommand
{
    private const string StandardInput = "-";

    public static Command Create()
    {
        var command = new Command("predict",
            "Has a trained network answer new samples: CSV or images in, CSV out (label and probabilities).");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        var files = new Argument<string[]>("FILE")
        {
            Description = "tables with the features of the run's own, in that order; a column with labels is passed over. "
                + "- or nothing for standard input. Or images, PNG and JPEG", Arity = ArgumentArity.ZeroOrMore,
        };
        var checkpoint = new Option<string>("--checkpoint")
        {
            HelpName = "NAME", Description = "last, best, or the earlier end of an extended run: last-10",
            DefaultValueFactory = _ => "last",
        };
        var skip = new Option<bool>("--skip") { Description = "leave out images that cannot be decoded, and say which" };
        var file = new Option<string?>("--out") { HelpName = "FILE", Description = "where to write; by default standard output" };
        command.Add(run);
        command.Add(files);
        command.Add(checkpoint);
        command.Add(file);
        command.Add(skip);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed, resultIsForPrograms: true);
            return Run(session.Output, parsed.GetRequiredValue(run), parsed.GetValue(files) ?? [],
                parsed.GetRequiredValue(checkpoint), parsed.GetValue(file), parsed.GetValue(skip));
        });
        return command;
    }

    private static int Run(Output output, string folder, string[] files, string checkpoint, string? target, bool skips)
    {
        if (files.Length == 0)
            files = Console.IsInputRedirected ? [StandardInput] : throw new ConcordException("There is nothing to answer. Name a file with "
                + "rows of features (concord predict RUN FILE), or give them to standard input.");
        if (output.IsJson && target is not null)
            throw new ConcordException("--out is for CSV, and --json writes to standard output. Leave one of them out.");
        if (Array.Find(files, Directory.Exists) is { } given)
            throw new ConcordException($"'{given}' is a folder; tables or images were expected. Name the files in it, as in "
                + $"concord predict RUN {Path.Combine(given, "*.png")} or {Path.Combine(given, "rows.csv")}.");
        var areImages = Array.Exists(files, ImageFolder.IsImage);
        if (areImages && !Array.TrueForAll(files, ImageFolder.IsImage))
            throw new ConcordException("Tables and images were given together. Answer them one after the other: they have "
                + "other columns.");
        if (skips && !areImages) throw new ConcordException("--skip is about images, and none was given. Leave it out.");
        var settings = RunFolder.SettingsOf(folder);
        using var kernels = EngineStart.Start(ref settings, output, onlyAnswers: true);
        using var model = TrainedModel.Load(folder, kernels, checkpoint);
        var count = 0;
        Action<Action<string, Prediction>> answer = areImages ? answered => AnswerImages(output, model, files, skips, answered)
            : answered => Answer(model, files, answered);
        if (output.IsJson) answer((name, said) => count = Tell(output, name, said, count));
        else if (target is null) answer((name, said) => count = Write(StandardStream.Output.Writer, areImages ? name : null, said, count));
        else
            AtomicFile.Write(target, stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
                answer((name, said) => count = Write(writer, areImages ? name : null, said, count));
            });
        output.Say(string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "sample" : "samples")} answered "
            + $"({checkpoint}.safetensors){(target is null ? "" : $": {target}")}"));
        return 0;
    }

    private static void Answer(TrainedModel model, string[] files, Action<string, Prediction> answered)
    {
        foreach (var file in files)
        {
            if (file != StandardInput)
            {
                model.PredictTable(file, said => answered(file, said));
                continue;
            }
            using var reader = new StreamReader(Console.OpenStandardInput());
            foreach (var said in model.PredictTable(reader, "standard input")) answered(file, said);
        }
    }

    // One after the other, so that one that cannot be decoded leaves the others' answers.
    private static void AnswerImages(Output output, TrainedModel model, string[] files, bool skips, Action<string, Prediction> answered)
    {
        List<(string File, ImageSize From)> resized = [];
        foreach (var file in files)
            try
            {
                answered(file, model.Predict(ImageFolder.Read([file], model.SampleShape, (name, from) => resized.Add((name, from)))));
            }
            catch (ConcordException error) when (skips && File.Exists(file))
            {
                output.Conclude($"left out: {error.Message}");
            }
        if (resized.Count > 0)
            output.Say(string.Create(CultureInfo.InvariantCulture, $"{resized.Count:N0} of {files.Length:N0} images were resized to "
                + $"{model.SampleShape[1]}x{model.SampleShape[2]} pixels, such as {resized[0].File}, {resized[0].From}"));
    }

    // A line for each sample, below a header; of images with the file first.
    private static int Write(TextWriter writer, string? file, Prediction said, int before)
    {
        var what = said.AreProbabilities ? "probability" : "output";
        string[] label = said.Answers.Count > 0 ? ["label"] : [], name = file is null ? [] : [file];
        if (before == 0)
            writer.Write($"{CsvLine.Of([.. file is null ? (string[])[] : ["file"], .. label,
                .. said.Classes.Select(output => $"{what} {output}")])}\n");
        var lines = new StringBuilder();
        var rows = said.Outputs.GetLength(0);
        for (var i = 0; i < rows; i++)
            lines.Append(CsvLine.Of([.. name, .. label.Length > 0 ? (string[])[said.LabelOf(i)] : [], .. Outputs(said, i)
                .Select(value => value.ToString(CultureInfo.InvariantCulture))])).Append('\n');
        writer.Write(lines);
        return before + rows;
    }

    private static int Tell(Output output, string file, Prediction said, int before)
    {
        var rows = said.Outputs.GetLength(0);
        for (var i = 0; i < rows; i++)
        {
            var sample = i;
            output.Event("prediction", () => new PredictionEvent(file, before + sample,
                said.Answers.Count > 0 ? said.LabelOf(sample) : null,
                said.AreProbabilities ? [.. Outputs(said, sample)] : null, said.AreProbabilities ? null : [.. Outputs(said, sample)]));
        }
        return before + rows;
    }

    private static IEnumerable<float> Outputs(Prediction said, int sample) =>
        Enumerable.Range(0, said.Classes.Count).Select(k => said.Outputs[sample, k]);
}
