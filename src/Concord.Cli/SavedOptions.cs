using System.CommandLine;
using Concord.Cli.Views;
using Concord.Data;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Cli;

/// <summary>The options of commands that look at finished runs of one data set: which checkpoint, which samples, where the data lie.</summary>
internal sealed class SavedOptions
{
    private static readonly Dictionary<string, bool> s_isBest = new() { ["last"] = false, ["best"] = true };
    private static readonly Dictionary<string, bool> s_isTest = new() { ["test"] = true, ["validation"] = false };
    private readonly Option<string> _checkpoint = new("--checkpoint") { HelpName = "NAME", Description = "last or best", DefaultValueFactory = _ => "last" };
    private readonly Option<string> _on = new("--on") { HelpName = "NAME", Description = "test or validation", DefaultValueFactory = _ => "test" };
    private readonly Option<string?> _dataRoot = new("--data-root") { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };

    public SavedOptions(Command command)
    {
        command.Add(_checkpoint);
        command.Add(_on);
        command.Add(_dataRoot);
    }

    /// <summary>Reads the runs' data set and starts the engine of the first.</summary>
    public Opened Open(ParseResult parsed, Output output, IReadOnlyList<string> folders)
    {
        var best = Nearest.Find("checkpoint", parsed.GetRequiredValue(_checkpoint), s_isBest);
        var test = Nearest.Find("part of the data", parsed.GetRequiredValue(_on), s_isTest);
        var settings = RunFolder.SettingsOf(folders[0]) with { DataRoot = parsed.GetValue(_dataRoot) };
        foreach (var folder in folders)
        {
            Same(folders[0], settings.Data, folder);
            RunFolder.CheckpointOf(folder, best);   // what is missing shows before the data are read
        }
        settings = settings.Load(out var data, out var split);
        var kernels = EngineStart.Start(ref settings, output);
        DataView.Show(output, data, split);
        return new(data, kernels, folders[0], settings.Data, best, test);
    }

    private static void Same(string first, string data, string folder)
    {
        var other = RunFolder.SettingsOf(folder).Data;
        if (other != data) throw new ConcordException($"The run in '{folder}' is of the data {other}, that in '{first}' of {data}. Give runs of one data set.");
    }

    /// <summary>A data set, an engine, and the networks of runs.</summary>
    internal sealed class Opened(Dataset data, Kernels kernels, string first, string name, bool best, bool test) : IDisposable
    {
        public string Part => test ? "test" : "validation";

        public void Check(string folder) => Same(first, name, folder);

        public SavedNetwork Network(string folder, bool untrained = false) => SavedNetwork.Open(folder, data, kernels, best, untrained);

        public Samples Samples(SavedNetwork network)
        {
            var samples = test ? network.Split.Test : network.Split.Validation;
            return samples.Count > 0 ? samples : throw new ConcordException($"The run in '{network.Folder}' has no validation samples. Use --on test.");
        }

        public void Dispose() => kernels.Dispose();
    }
}
