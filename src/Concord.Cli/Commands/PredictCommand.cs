using System.CommandLine;
using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Concord.Cli.Views;
using Concord.Images;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Has a trained network answer rows of tables, images, or the samples of a data set: comma-separated values out.</summary>
internal static class PredictCommand
{
    private const string StandardInput = "-", InputName = "standard input";

    public static Command Create()
    {
        var command = new Command("predict",
            "Has a trained network answer new samples: CSV, images or a data set in, CSV out (label and probabilities).");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        var files = new Argument<string[]>("FILE")
        {
            Description = "tables with the features of the run's own, in that order; a column with labels is passed over. "
                + "Or images, PNG and JPEG. - or nothing for standard input, a table or one image", Arity = ArgumentArity.ZeroOrMore,
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
        if (File.Exists(folder) && Array.Find(files, Directory.Exists) is { } swapped)
            throw new ConcordException($"'{folder}' is a file, and the run's folder was expected first. Write "
                + $"{NextCommand.Command(["predict", swapped, .. files.Select(file => file == swapped ? folder : file)])}.");
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
            if (areImages)
            {
                if (!skips) CheckImages(model, files);
                AnswerImages(output, model, files, skips, view, (file, tell) => ImageFolder.Read([file], model.SampleShape, tell));
            }
            else Answer(output, model, files, view);
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

    private static void Answer(Output output, TrainedModel model, string[] files, PredictionView view)
    {
        foreach (var file in files)
        {
            if (file == StandardInput) AnswerInput(output, model, view);
            else model.PredictTable(file, said => view.Rows(file, said));
        }
    }

    // An image by how it begins; else a table, whose rows are answered as they come.
    private static void AnswerInput(Output output, TrainedModel model, PredictionView view)
    {
        var input = PipeReader.Create(Console.OpenStandardInput());
        var read = input.ReadAtLeastAsync(ImageFolder.BeginningLength).AsTask().GetAwaiter().GetResult();
        var isImage = ImageFolder.BeginsAsImage(read.Buffer.ToArray());
        input.AdvanceTo(read.Buffer.Start);
        using var stream = input.AsStream();
        if (isImage)
        {
            AnswerImages(output, model, [InputName], skips: false, view,
                (name, tell) => ImageFolder.Read(stream, name, model.SampleShape, tell));
            return;
        }
        using var reader = new StreamReader(stream);
        foreach (var said in model.PredictTable(reader, InputName)) view.Rows(StandardInput, said);
    }

    // All are decoded before the first is answered, so that one refusal names all that are damaged.
    private static void CheckImages(TrainedModel model, string[] files)
    {
        ImageFolder.Read([], model.SampleShape);   // whether the network takes images at all
        List<string> damaged = [];
        foreach (var file in files)
            try
            {
                ImageFolder.Read([file], model.SampleShape);
            }
            catch (ConcordException error) when (File.Exists(file))
            {
                damaged.Add(error.Message);
            }
        if (damaged.Count > 0)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"{string.Join(' ', damaged)} "
                + $"{damaged.Count:N0} of {Images(files)}: none was answered. Mend or remove "
                + $"{(damaged.Count == 1 ? "it" : "them")}, or leave {(damaged.Count == 1 ? "it" : "them")} out: --skip."));
    }

    // One after the other, so that one that cannot be decoded leaves the others' answers.
    private static void AnswerImages(Output output, TrainedModel model, string[] files, bool skips, PredictionView view,
        Func<string, Action<string, ImageSize>, float[,]> read)
    {
        List<(string File, ImageSize From)> resized = [];
        var left = 0;
        foreach (var file in files)
            try
            {
                view.Image(file, model.Predict(read(file, (name, from) => resized.Add((name, from)))));
            }
            catch (ConcordException error) when (skips && File.Exists(file))
            {
                output.Conclude($"left out: {error.Message}");
                left++;
            }
        if (left > 0)
            output.Say(string.Create(CultureInfo.InvariantCulture,
                $"{left:N0} of {Images(files)} cannot be decoded and {WasOrWere(left)} left out"));
        if (resized.Count > 0)
            output.Say(string.Create(CultureInfo.InvariantCulture, $"{resized.Count:N0} of {Images(files)} "
                + $"{WasOrWere(resized.Count)} resized to {model.SampleShape[1]}x{model.SampleShape[2]} pixels, "
                + $"such as {resized[0].File}, {resized[0].From}"));
    }

    private static string Images(string[] files) =>
        string.Create(CultureInfo.InvariantCulture, $"{files.Length:N0} {(files.Length == 1 ? "image" : "images")}");

    private static string WasOrWere(int count) => count == 1 ? "was" : "were";
}
