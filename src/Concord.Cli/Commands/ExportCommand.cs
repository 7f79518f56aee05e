using System.CommandLine;
using Concord.Cli.Views;
using Concord.Data;
using Concord.Experiments;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>A run's network, what its neurons do, or its figures, in a format of other programs.</summary>
internal static class ExportCommand
{
    private const string Network = "nir", Data = "nir-data", Tables = "csv", Board = "tensorboard";
    private static readonly Dictionary<string, string> s_formats =
        new() { [Network] = "network.nir", [Data] = "spikes.nir", [Tables] = "csv", [Board] = "" };

    public static Command Create()
    {
        var command = new Command("export", "Writes a run's network, its spikes, or its figures, for other programs.");
        var run = new Argument<string>("RUN") { Description = "the run's folder; of csv also one with runs below it" };
        var file = new Argument<string?>("FILE") { Description = "what is written; by default network.nir, spikes.nir, the folder csv, or "
            + "the file for TensorBoard, in the run's folder", Arity = ArgumentArity.ZeroOrOne };
        var format = new Option<string?>("--to") { HelpName = "FORMAT", Description = "nir: the network as a NIR graph (HDF5); nir-data: "
            + "what its neurons do on the first samples, as NIRData; csv: metrics and all tables, a file each; tensorboard: an event file. "
            + "By default what FILE's ending says, .nir or .tfevents, and nir without a FILE" }.Among(s_formats.Keys);
        var lossy = new Option<bool>("--lossy") { Description = "write the network all the same where NIR cannot say all of it" };
        var samples = new Option<int>("--samples")
            { HelpName = "N", Description = "of nir-data: how many samples", DefaultValueFactory = _ => 1 };
        command.Add(run);
        command.Add(file);
        command.Add(format);
        var time = new NirOptions(command);
        command.Add(lossy);
        command.Add(samples);
        var saved = new SavedOptions(command);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var (folder, usual) = (parsed.GetRequiredValue(run), KnownWords.Find("format", parsed.GetValue(format)
                ?? FormatOf(parsed.GetValue(file)), s_formats));
            if (usual == s_formats[Tables] || usual == s_formats[Board])
            {
                RefuseOthers(parsed, command, [format]);
                Figures(session.Output, folder, parsed.GetValue(file), usual == s_formats[Tables]);
                return session.Output.ExitCode;
            }
            var path = parsed.GetValue(file) ?? Path.Combine(folder, usual);
            OutputFile.Check(path, [], saved.Data(parsed), folder);
            var own = time.Read(parsed);
            if (usual == s_formats[Data])
            {
                var count = parsed.GetValue(samples);
                if (count < 1)   // which needs no data to be read
                    throw new ConcordException(FormattableString.Invariant($"--samples was given {count}; give 1 or more to record."));
                using var opened = saved.Open(parsed, session.Output, [folder]);
                var network = opened.Network(folder);
                var recordings = network.RecordingsOf(opened.Samples(network), count, own);
                NirData.Write(path, recordings);
                Tell(session.Output, path, Data, [.. recordings.Select(recording => $"{recording.Observable} of {recording.Node}")],
                    []);
            }
            else
            {
                using var opened = saved.OpenWithoutData(parsed, session.Output, folder);
                var network = opened.Network(folder);
                var export = Checked(NirExport.Of(network.Network, own), parsed.GetValue(lossy));
                NirFile.Write(path, export.Graph);
                Tell(session.Output, path, Network, [.. export.Notes, InputNote(network.Settings), TimeNote(own)], export.Losses);
            }
            return 0;
        });
        return command;
    }

    private static string FormatOf(string? file) =>
        file is null || file.EndsWith($".{Network}", StringComparison.OrdinalIgnoreCase) ? Network
        : Path.GetFileName(file).Contains(".tfevents", StringComparison.OrdinalIgnoreCase) ? Board
        : throw new ConcordException($"The name of '{file}' does not say what is to be written. Give --to with {Network} or {Data} (the "
            + $"network, or its spikes, as NIR), {Tables} (a folder of tables), or {Board}; or a file that ends with .{Network} or "
            + ".tfevents.");

    private static void Figures(Output output, string folder, string? file, bool asTables)
    {
        if (!asTables)
        {
            if (file is not null) OutputFile.Check(file, [], run: folder);
            Tell(output, RunFolder.ExportEvents(folder, file), Board, [], []);
            return;
        }
        var (tables, path) = (RunTables.Of(folder), file ?? Path.Combine(folder, s_formats[Tables]));
        foreach (var name in tables.Names) OutputFile.Check(Path.Combine(path, $"{name}.csv"), [], run: folder);
        tables.Write(path);
        Tell(output, path, Tables, [FormattableString.Invariant($"{Things.Of(tables.Runs, "run")}: ")
            + string.Join(", ", tables.Names.Select(name => $"{name}.csv"))], []);
    }

    // They are about networks.
    private static void RefuseOthers(ParseResult parsed, Command command, Option[] known)
    {
        var others = command.Options.Except(known).Where(option => option.Name is not ("--json" or "--quiet" or "--help")
            && Given.Has(parsed, option)).Select(option => option.Name).ToList();
        if (others.Count > 0) throw new ConcordException($"{string.Join(", ", others)} {(others.Count == 1 ? "has" : "have")} no effect "
            + $"with --to {Tables} and --to {Board}. Leave {(others.Count == 1 ? "it" : "them")} out.");
    }

    private static NirExport Checked(NirExport export, bool lossy) => lossy || export.Losses.Count == 0 ? export
        : throw new ConcordException($"NIR cannot say all of this network: {string.Join("; ", export.Losses)}. Train one that it can say, "
            + "or write the file without it (--lossy).");

    private static string InputNote(RunSettings settings) => settings.Normalization == NormalizationKind.None
        ? "the graph takes the numbers of the data as they are"
        : $"the graph takes numbers normalised as the run's were ({settings.Normalization})";

    private static string TimeNote(NirTime time) => FormattableString.Invariant($"a step is {time.Step} {time.Unit} (--dt, --time-unit)");

    private static void Tell(Output output, string path, string format, IReadOnlyList<string> notes, IReadOnlyList<string> losses)
    {
        foreach (var note in notes) output.Say($"note    {note}");
        foreach (var loss in losses) output.Conclude($"lost    {loss}");
        output.Conclude($"export  {path}");
        output.Event("export", () => new ExportEvent(path, format, notes, losses));
    }
}
