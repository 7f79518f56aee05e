using System.CommandLine;
using System.Globalization;
using System.Text;
using Concord.Cli.Views;
using Concord.Images;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Has a trained network answer rows of tables, images, or the samples of a data set: comma-separated values out.</summary>
internal static class PredictCommand
{
    private const string StandardInput = "-";

    public static Command Create()
    {
        var command = new Command("predict",
            "Has a trained network answer new samples: CSV, images or a data set in, CSV out (label and probabilities).");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        var files = new Argument<string[]>("FILE")
        {
            Description = "tables with the features of the run's own, in that order; a column with labels is passed over. "
                + "- or nothing for standard input. Or images, PNG and JPEG", Arity = ArgumentArity.ZeroOrMore,
        };
        var skip = new Option<bool>("--skip") { Description = "leave out images that cannot be decoded, and say which" };
        var file = new Option<string?>("--out") { HelpName = "FILE", Description = "where to write; by default standard output" };
        command.Add(run);
        command.Add(files);
        var saved = new SavedOptions(command);
        command.Add(file);
        command.Add(skip);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed, resultIsForPrograms: true);
            var (output, folder, target) = (session.Output, parsed.GetRequiredValue(run), parsed.GetValue(file));
            if (output.IsJson && target is not null)
                throw new ConcordException("--out is for CSV, and --json writes to standard output. Leave one of them out.");
            var given = parsed.GetValue(files) ?? [];
            if (saved.NamesSamples(parsed))
            {
                if (target is not null) OutputFile.Check(target, [], saved.Data(parsed), folder);
                if (given.Length > 0) throw new ConcordException($"'{given[0]}' was given together with samples of a data set (--data, "
                    + "--on). Leave one of them out, or answer them one after the other.");
                Given.Refuse(parsed, [skip], "is about files of images; of a folder it is written folder:PATH#skip");
                using var opened = saved.Open(parsed, output, [folder]);
                var network = opened.Network(folder);
                var samples = opened.Samples(network);
                Tell(output, target, opened.Checkpoint, view => view.Known(opened.Name, samples, network.Predict(samples)));
                return 0;
            }
            Given.Refuse(parsed, Given.Named(command, "--data-root"), "is about data sets; give --data as well, or leave it out");
            OfFiles(output, folder, given, saved.Checkpoint(parsed), target, parsed.GetValue(skip));
            return 0;
        });
        return command;
    }

    private static void OfFiles(Output output, string folder, string[] files, string checkpoint, string? target, bool skips)
    {
        if (files.Length == 0)
            files = Console.IsInputRedirected ? [StandardInput] : throw new ConcordException("There is nothing to answer. Name a file with "
                + "rows of features (concord predict RUN FILE) or a data set (--data NAME), or give rows to standard input.");
        if (Array.Find(files, Directory.Exists) is { } given)
            throw new ConcordException($"'{given}' is a folder; tables or images were expected. Name the files in it, as in "
                + $"concord predict RUN {Path.Combine(given, "*.png")} or {Path.Combine(given, "rows.csv")}; or, where each subfolder is a "
                + $"class, the data set --data {ImageFolder.Prefix}{given}.");
        var areImages = Array.Exists(files, ImageFolder.IsImage);
        if (areImages && !Array.TrueForAll(files, ImageFolder.IsImage))
            throw new ConcordException("Tables and images were given together. Answer them one after the other: they have "
                + "other columns.");
        if (skips && !areImages) throw new ConcordException("--skip is about images, and none was given. Leave it out.");
        if (target is not null) OutputFile.Check(target, files, run: folder);
        var settings = RunFolder.SettingsOf(folder);
        using var kernels = EngineStart.Start(ref settings, output, onlyAnswers: true);
        using var model = TrainedModel.Load(folder, kernels, checkpoint);
        Tell(output, target, checkpoint, view =>
        {
            if (areImages) AnswerImages(output, model, files, skips, view);
            else Answer(model, files, view);
            if (view.Count == 0) view.None(model.Predict(new float[0, model.SampleShape.Length]), areImages);
        });
    }

    private static void Tell(Output output, string? target, string checkpoint, Action<PredictionView> answer)
    {
        var count = 0;
        if (target is null) AnswerTo(StandardStream.Output.Writer);
        else
            AtomicFile.Write(target, stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
                AnswerTo(writer);
            });
        output.Say(string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "sample" : "samples")} answered "
            + $"({checkpoint}.safetensors){(target is null ? "" : $": {target}")}"));

        void AnswerTo(TextWriter writer)
        {
            var view = new PredictionView(output, writer);
            answer(view);
            count = view.Count;
        }
    }

    private static void Answer(TrainedModel model, string[] files, PredictionView view)
    {
        foreach (var file in files)
        {
            if (file != StandardInput)
            {
                model.PredictTable(file, said => view.Rows(file, said));
                continue;
            }
            using var reader = new StreamReader(Console.OpenStandardInput());
            foreach (var said in model.PredictTable(reader, "standard input")) view.Rows(file, said);
        }
    }

    // One after the other, so that one that cannot be decoded leaves the others' answers.
    private static void AnswerImages(Output output, TrainedModel model, string[] files, bool skips, PredictionView view)
    {
        List<(string File, ImageSize From)> resized = [];
        var left = 0;
        foreach (var file in files)
            try
            {
                view.Image(file, model.Predict(ImageFolder.Read([file], model.SampleShape, (name, from) => resized.Add((name, from)))));
            }
            catch (ConcordException error) when (skips && File.Exists(file))
            {
                output.Conclude($"left out: {error.Message}");
                left++;
            }
        if (left > 0)
            output.Say(string.Create(CultureInfo.InvariantCulture,
                $"{left:N0} of {files.Length:N0} images cannot be decoded and were left out"));
        if (resized.Count > 0)
            output.Say(string.Create(CultureInfo.InvariantCulture, $"{resized.Count:N0} of {files.Length:N0} images were resized to "
                + $"{model.SampleShape[1]}x{model.SampleShape[2]} pixels, such as {resized[0].File}, {resized[0].From}"));
    }
}
