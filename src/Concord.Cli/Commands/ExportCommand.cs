using System.CommandLine;
using Concord.Cli.Views;
using Concord.Data;
using Concord.Interchange;
using Concord.Layers;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>A run's network, or what its neurons do, in a format of other programs.</summary>
internal static class ExportCommand
{
    private const string Network = "nir", Data = "nir-data";
    private static readonly Dictionary<string, string> s_formats = new() { [Network] = "network.nir", [Data] = "spikes.nir" };

    public static Command Create()
    {
        var command = new Command("export", "Writes a run's network, or its spikes, for other programs.");
        var run = new Argument<string>("RUN") { Description = "the run's folder" };
        var file = new Argument<string?>("FILE")
            { Description = "what is written; by default network.nir or spikes.nir in the folder", Arity = ArgumentArity.ZeroOrOne };
        var format = new Option<string>("--to") { HelpName = "FORMAT", Description = "nir: the network as a NIR graph (HDF5); nir-data: "
            + "what its neurons do on the first samples, as NIRData", DefaultValueFactory = _ => Network };
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
            var (folder, usual) = (parsed.GetRequiredValue(run), KnownWords.Find("format", parsed.GetRequiredValue(format), s_formats));
            var path = parsed.GetValue(file) ?? Path.Combine(folder, usual);
            var own = time.Read(parsed);
            if (usual == s_formats[Data])
            {
                using var opened = saved.Open(parsed, session.Output, [folder]);
                var network = opened.Network(folder);
                var recordings = network.RecordingsOf(opened.Samples(network), parsed.GetValue(samples), own);
                NirData.Write(path, recordings);
                Tell(session.Output, path, Data, [.. recordings.Select(recording => $"{recording.Observable} of {recording.Node}")],
                    [.. LeftOut(network, recordings)]);
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

    private static NirExport Checked(NirExport export, bool lossy) => lossy || export.Losses.Count == 0 ? export
        : throw new ConcordException($"NIR cannot say all of this network: {string.Join("; ", export.Losses)}. Train one that it can say, "
            + "or write the file without it (--lossy).");

    private static string InputNote(RunSettings settings) => settings.Normalization == NormalizationKind.None
        ? "the graph takes the numbers of the data as they are"
        : $"the graph takes numbers normalised as the run's were ({settings.Normalization})";

    private static string TimeNote(NirTime time) => FormattableString.Invariant($"a step is {time.Step} {time.Unit} (--dt, --time-unit)");

    // What a block's neurons gave is gone when the layers behind them have made something else of it.
    private static IEnumerable<string> LeftOut(SavedNetwork network, IReadOnlyList<NirRecording> recordings) =>
        from neurons in network.Network.Blocks.SelectMany(block => block.Layers).OfType<ClockedNeurons>()
        where recordings.All(recording => recording.Node != neurons.Name)
        select $"{(neurons.Neuron.Fires ? "spikes" : "membrane")} of {neurons.Name}, which is not the last layer of its block";

    private static void Tell(Output output, string path, string format, IReadOnlyList<string> notes, IReadOnlyList<string> losses)
    {
        foreach (var note in notes) output.Say($"note    {note}");
        foreach (var loss in losses) output.Conclude($"lost    {loss}");
        output.Conclude($"export  {path}");
        output.Event("export", () => new ExportEvent(path, format, notes, losses));
    }
}
