using System.Security.Cryptography;
using System.Text;
using Concord.Cost;
using Concord.Data;
using Concord.Networks;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>A cell of a grid with the folder of its run.</summary>
public sealed class SweepCell
{
    private const int IdLength = 10, LongestName = 80;

    private const int ComparedAtMost = 2048;
    private readonly Dictionary<(string Id, ComparedSamples Which, Placement At), Similarity> _similarities = [];

    internal SweepCell(ExperimentCell cell, RunSettings settings, DataSplit data, string root, Func<string, string?> folderOf)
    {
        (Cell, Data) = (cell, data);
        var options = RuleCatalogue.Resolve(settings.Rule, settings.RuleOptions);
        settings = settings with { RuleOptions = options.Resolved, Model = ModelCatalogue.Resolve(settings.Model,
            settings.Augment.ViewOf(data.Train.Shape), data.Train.Classes) };
        // a run that was begun when the same path was written in another way goes on, and keeps that way
        Settings = DataReference.Spellings(settings.Data).Select(spelling => settings with { Data = spelling })
            .FirstOrDefault(same => folderOf(IdOf(same)) is not null, settings);
        Id = IdOf(Settings);
        Folder = folderOf(Id) ?? Path.Combine(root, $"{NameOf(cell.ToString())}_{Id}");
        Work = (double)Settings.Epochs * data.Train.Count
            * ModelDescription.Parse(Settings.Model).Owners.Keys.Sum(connection => (double)CallCost.Apply(connection).MultiplyAccumulates);
        Look();
    }

    /// <summary>Whether a run lies in a folder that has the name of a cell of a sweep with its settings.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="settings">Its settings.</param>
    public static bool IsCell(string folder, RunSettings settings) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)).EndsWith($"_{IdOf(settings)}", StringComparison.Ordinal);

    /// <summary>Its place in the grid.</summary>
    public ExperimentCell Cell { get; }

    /// <summary>Its settings with every default, engine and threads included.</summary>
    public RunSettings Settings { get; }

    /// <summary>
    /// Its identity: a hash of all settings but those that change no bit of the result (minutes between checkpoints, where weights lie). It
    /// ends the folder's name, so that a cell is known again whatever else the grid holds.
    /// </summary>
    public string Id { get; }

    /// <summary>The folder of its run.</summary>
    public string Folder { get; }

    /// <summary>How far it is.</summary>
    public CellState State { get; private set; }

    /// <summary>What it came to, once finished.</summary>
    public RunResult? Result { get; private set; }

    /// <summary>Why it failed, or is not run, if so.</summary>
    public string? Failure { get; private set; }

    /// <summary>The share of its epochs that is done, 0 to 1.</summary>
    public double Done { get; private set; }

    internal DataSplit Data { get; }

    /// <summary>What it takes in all, in multiply-accumulates of the pass upward.</summary>
    internal double Work { get; }

    /// <summary>Reads from its folder where it stands.</summary>
    /// <exception cref="ConcordException">What lies there cannot be read, or is another run.</exception>
    internal void Look()
    {
        Result = null;
        (State, Done) = Failure is null ? (CellState.Waiting, 0) : (CellState.Failed, 1);
        if (Failure is not null || !Directory.Exists(Folder)) return;
        var isBegun = RunFolder.IsBegun(Folder);
        RunData? data;
        RunResult? result;
        var epochs = 0;
        try
        {
            var failure = RunFolder.FailureOf(Folder);
            result = failure is null ? RunFolder.ResultOf(Folder) : null;
            if (failure is null && result is null && !isBegun) return;
            data = RunData.Read(Folder);
            if (isBegun) epochs = RunFolder.EpochsDone(Folder);
            if (failure is not null) Fail(failure);
        }
        catch (ConcordException error)
        {
            Fail(error.Message);
            return;
        }
        KeptRun.CheckData(Folder, data, Data);
        if (Failure is not null) return;
        if (isBegun) Known(RunFolder.SettingsOf(Folder));   // which refuses an edited experiment.yaml, as it would have no effect
        if (result is not null) Known(result.Settings);
        Result = result;
        (State, Done) = result is not null ? (CellState.Finished, 1)
            : (CellState.Begun, Settings.Epochs == 0 ? 0 : (double)epochs / Settings.Epochs);
    }

    /// <summary>
    /// How this finished run represents test samples, compared with another finished run of the sweep, which is the first of the two;
    /// both with their last weights. Computed once.
    /// </summary>
    /// <exception cref="ConcordException">A folder holds no weights any more.</exception>
    internal Similarity SimilarityTo(SweepCell other, ComparedSamples which, Placement at)
    {
        if (_similarities.TryGetValue((other.Id, which, at), out var known)) return known;
        using var kernels = Settings.StartEngine();
        var dataset = Dataset.Load(Settings.Data, Settings.DataRoot);
        SavedNetwork first = SavedNetwork.Open(other.Folder, dataset, kernels, at: at),
            second = SavedNetwork.Open(Folder, dataset, kernels, at: at);
        return _similarities[(other.Id, which, at)] = Similarity.Between(first, second, Data.Test, ComparedAtMost, which: which);
    }

    /// <summary>Takes it for failed from now on.</summary>
    internal void Fail(string message) => (State, Failure, Result, Done) = (CellState.Failed, message, null, 1);

    private void Known(RunSettings found)
    {
        if (KeptRun.DifferenceOf(found, Settings) is { } difference)
            throw new ConcordException($"The folder '{Folder}' holds a run with other settings than its name says, perhaps by another "
                + $"version of Concord: it has {difference}. Move it away, or choose another --out.");
    }

    private static string IdOf(RunSettings settings) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', SettingsTable.Identity(settings).Select(pair => $"{pair.Key}={pair.Value}")))))[..IdLength];

    private static string NameOf(string label)
    {
        var plain = string.Concat(label.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '=' or '+' ? c : '_'))
            .TrimStart('.', '-', '_');
        return plain.Length <= LongestName ? plain : plain[..LongestName];
    }
}
