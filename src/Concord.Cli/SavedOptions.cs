using System.CommandLine;
using System.Text.Json;
using Concord.Cli.Views;
using Concord.Data;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Cli;

/// <summary>
/// The options of commands that look at runs of one data set: which checkpoint, which samples, where the data lie, or which new ones.
/// </summary>
internal sealed class SavedOptions
{
    private static readonly Dictionary<string, bool> s_isTest = new() { ["test"] = true, ["validation"] = false };
    private readonly Option<string> _checkpoint = new("--checkpoint")
        {
            HelpName = "NAME", Description = "last, best, or the earlier end of an extended run: last-10",
            DefaultValueFactory = _ => "last",
        };
    private readonly Option<string> _on = new Option<string>("--on")
        { HelpName = "NAME", Description = "test or validation", DefaultValueFactory = _ => "test" }.Among(s_isTest.Keys);
    private readonly Option<string?> _data = new("--data") { HelpName = "NAME",
        Description = "new data in place of the run's own (all rows of csv:PATH, the test part of other sets), or where its own lie now" };
    private readonly Option<string?> _dataRoot = new("--data-root")
        { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };

    public SavedOptions(Command command)
    {
        foreach (var option in (Option[])[_checkpoint, _on, _data, _dataRoot]) command.Add(option);
    }

    /// <summary>The checkpoint that was asked for.</summary>
    public string Checkpoint(ParseResult parsed) => parsed.GetRequiredValue(_checkpoint).ToLowerInvariant();

    /// <summary>The data that were named; null where they are the runs' own.</summary>
    public string? Data(ParseResult parsed) => parsed.GetValue(_data);

    /// <summary>Whether samples of a data set were asked for: of the runs' own, or new ones.</summary>
    public bool NamesSamples(ParseResult parsed) => Given.Has(parsed, _data) || Given.Has(parsed, _on);

    /// <summary>Reads the runs' data set, or the new one, and starts the engine of the first run.</summary>
    public Opened Open(ParseResult parsed, Output output, IReadOnlyList<string> folders)
    {
        var checkpoint = Checkpoint(parsed);
        var test = KnownWords.Find("part of the data", parsed.GetRequiredValue(_on), s_isTest);
        foreach (var folder in folders)
        {
            CheckSame(folders[0], folder);
            RunFolder.CheckpointOf(folder, checkpoint);   // what is missing shows before the data are read
        }
        var (data, root) = (parsed.GetValue(_data), parsed.GetValue(_dataRoot));
        var saved = data is null ? SavedData.Of(folders[0], null, root) : SavedData.Own(folders[0], data, root);
        if (saved is null && !test) throw new ConcordException("--on validation takes the run's own samples, but --data names others. "
            + "Leave one of them out.");
        if (saved?.Change is not null)
            throw new ConcordException($"{saved.Changed} Put them back as they were, name where they lie now (--data, --data-root), "
                + $"or have the network answer what is there now as new data: {AsNew(parsed, folders, saved)}");
        var settings = saved?.Settings ?? RunFolder.SettingsOf(folders[0]);
        var kernels = EngineStart.Start(ref settings, output, onlyAnswers: true);
        if (saved is not null) DataView.Show(output, saved.Dataset, saved.Split);
        if (saved?.Notice is { } notice) output.Say($"note    {notice}");
        return new(folders[0], saved, (data, root), kernels, output, checkpoint, test);
    }

    /// <summary>Starts the engine of a run whose network alone is looked at; data are read where a run is too old to do without.</summary>
    public Opened OpenWithoutData(ParseResult parsed, Output output, string folder)
    {
        if (!RunFolder.HasNormalization(folder)) return Open(parsed, output, [folder]);
        var settings = RunFolder.SettingsOf(folder);
        var kernels = EngineStart.Start(ref settings, output, onlyAnswers: true);
        return new(folder, null, default, kernels, output, Checkpoint(parsed), true);
    }

    private static string AsNew(ParseResult parsed, IReadOnlyList<string> folders, SavedData saved)
    {
        List<string> words = [parsed.CommandResult.Command.Name, .. folders.Select(Path.GetFullPath)];
        foreach (var (option, value) in ((string, string?)[])[("--data", saved.Place.Data), ("--data-root", saved.Place.DataRoot)])
            if (value is not null) words.AddRange([option, value]);
        return NextCommand.Command(words);
    }

    private static void CheckSame(string first, string folder)
    {
        if (RunFolder.AreOfOneDataSet(first, folder)) return;
        throw new ConcordException($"The run in '{folder}' is of the data {RunFolder.SettingsOf(folder).Data}, that in '{first}' of "
            + $"{RunFolder.SettingsOf(first).Data}, and they are not the same. Give runs of one data set.");
    }

    /// <summary>A data set, an engine, and the networks of runs.</summary>
    internal sealed class Opened(string first, SavedData? own, (string? Data, string? Root) given, Kernels kernels, Output output,
        string checkpoint, bool test) : IDisposable
    {
        private bool _said;

        public string Part => test ? "test" : "validation";

        public string Checkpoint => checkpoint;

        /// <summary>The name of the new data; null where the samples are the runs' own.</summary>
        public string? New => own is null ? given.Data : null;

        /// <summary>The data's name.</summary>
        public string Name => New ?? own!.Place.Data ?? own.Dataset.Name;

        public void Check(string folder) => CheckSame(first, folder);

        public SavedNetwork Network(string folder, bool untrained = false) =>
            own is not null ? SavedNetwork.Open(folder, own.Dataset, kernels, checkpoint, untrained)
            : RunFolder.HasNormalization(folder) ? SavedNetwork.Open(folder, kernels, checkpoint, untrained)
            // a run of before normalisations were kept
            : SavedNetwork.Open(folder, SavedData.Of(folder).Dataset, kernels, checkpoint, untrained);

        public Samples Samples(SavedNetwork network)
        {
            if (New is { } name)
            {
                var all = network.SamplesOf(name, given.Root);
                var whose = RunFolder.HasNormalization(network.Folder) ? "not the run's own"
                    : "treated as new, because it is not known whether they are the run's own";
                if (!_said)
                    output.Conclude($"new data: {Things.Of(all.Count, "sample")} of {name}, {whose}; "
                        + "normalised as the run's training samples were");
                _said = true;
                return all;
            }
            var samples = test ? network.Split!.Test : network.Split!.Validation;
            return samples.Count > 0 ? samples : throw new ConcordException($"The run in '{network.Folder}' has no validation samples. "
                + "Use --on test.");
        }

        /// <summary>What a listening program is told of the samples.</summary>
        public void Write(Utf8JsonWriter json) =>
            json.WritePart(new SamplesPart(Part, Name, New is not null));

        public void Dispose() => kernels.Dispose();
    }
}
