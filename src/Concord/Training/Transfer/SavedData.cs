using Concord.Data;

namespace Concord.Training;

/// <summary>The data of a run, read again: from where they lay when it began, or from where they lie now.</summary>
public sealed class SavedData
{
    private readonly DataSplit? _split;

    private SavedData(string folder, RunSettings settings, Dataset dataset, DataSplit? split, string? change, bool isChecked) =>
        (Folder, Settings, Dataset, _split, Change, IsChecked) = (folder, settings, dataset, split, change, isChecked);

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>What decided the run.</summary>
    public RunSettings Settings { get; }

    /// <summary>The data set.</summary>
    public Dataset Dataset { get; }

    /// <summary>The parts, drawn as they were for the run.</summary>
    /// <exception cref="ConcordException">The data are not those of the run.</exception>
    public DataSplit Split => Change is null ? _split! : throw new ConcordException($"{Changed} Put them back as they were, or name "
        + "where they lie now (--data, --data-root).");

    /// <summary>
    /// How they are read again from any folder, in the words of <c>--data</c> and <c>--data-root</c>; null for what was made in code or
    /// needs no root.
    /// </summary>
    public (string? Data, string? DataRoot) Place => (Dataset.Reference?.Data, Dataset.Reference?.Root);

    /// <summary>What is different from the data that the run was begun with, for people; null if nothing is, or nothing is known.</summary>
    public string? Change { get; }

    /// <summary>Whether they were compared; else the run is from before its data were recorded.</summary>
    public bool IsChecked { get; }

    /// <summary>A line for people where they were not compared; else null.</summary>
    public string? Notice => IsChecked ? null : Unchecked;

    /// <summary>A line about a change, without what to do.</summary>
    public string Changed =>
        $"The data of the run in '{Folder}' are not those that it was begun with: {Change} (read from {Dataset.Origin}).";

    /// <summary>What people should know of a run whose data cannot be compared.</summary>
    internal const string Unchecked = "The run is older than the record of a run's data (data.json): "
        + "that they are the same is not checked.";

    /// <summary>Reads them, and compares.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="data">The name of a data set or <c>csv:PATH</c>, where they lie elsewhere now; null for where they lay.</param>
    /// <param name="dataRoot">A folder to look for data sets in first.</param>
    /// <param name="epochs">The epochs that the run is about to be extended to (<see cref="Trainer.Extend"/>); null where it is
    /// not.</param>
    /// <exception cref="ConcordException">There is no run in the folder, its data were made in code, or they are not found.</exception>
    public static SavedData Of(string folder, string? data = null, string? dataRoot = null, int? epochs = null)
    {
        var settings = RunFolder.SettingsOf(folder, epochs) with { DataRoot = dataRoot };
        var record = RunData.Read(folder);
        var dataset = Load(folder, settings, record, data, dataRoot);
        try
        {
            settings = settings.Split(dataset, out var split);
            return new(folder, settings, dataset, split, record?.Fingerprint.ChangeTo(DataFingerprint.Of(split)), record is not null);
        }
        catch (ConcordException error) when (record is not null)
        {
            // so few samples that the parts cannot be taken from them
            return new(folder, settings, dataset, null, error.Message.TrimEnd('.'), true);
        }
    }

    /// <summary>The data of that name, if they are the run's own at another place; else null, and null where nothing tells.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="data">The name of a data set or <c>csv:PATH</c>.</param>
    /// <param name="dataRoot">A folder to look for data sets in first.</param>
    public static SavedData? Own(string folder, string data, string? dataRoot = null)
    {
        try
        {
            return RunData.Read(folder) is not null && Of(folder, data, dataRoot) is { Change: null } own ? own : null;
        }
        catch (ConcordException)
        {
            return null;   // new samples need not make a data set that could be trained on
        }
    }

    private static Dataset Load(string folder, RunSettings settings, RunData? record, string? data, string? dataRoot)
    {
        if (data is not null) return Dataset.Load(DataReference.Moved(data, record?.Reference?.Data ?? settings.Data), dataRoot);
        if (record is null) return Dataset.Load(settings.Data, dataRoot);
        if (record.Reference is not { } reference)
            throw new ConcordException($"The data of the run in '{folder}' ('{record.Name}') were made in code, so there is nothing to "
                + "read them from. Go on in the program that made them, or name a file with the same samples (--data csv:PATH).");
        if (!DataReference.IsCsv(reference.Data)) return Named(reference, dataRoot);
        var (path, _) = DataReference.CsvParts(reference.Data);
        if (File.Exists(path)) return Dataset.Load(reference.Data);
        // a run that was moved together with its table
        if (DataReference.IsCsv(settings.Data) && File.Exists(DataReference.CsvParts(settings.Data).Path))
            return Dataset.Load(settings.Data);
        throw new ConcordException($"The table '{path}' of the run in '{folder}' is not there. "
            + "If it was moved, name it: --data csv:NEWPATH.");
    }

    private static Dataset Named(DataReference reference, string? dataRoot)
    {
        try
        {
            return Dataset.Load(reference.Data, dataRoot ?? (Directory.Exists(reference.Root) ? reference.Root : null));
        }
        catch (ConcordException error) when (ForeignData.PrefixOf(reference.Data) is { } prefix
            && !Path.Exists(reference.Data[prefix.Length..].Split('#')[0]))
        {
            throw new ConcordException($"The data of the run, {reference.Data}, are not there. If they were moved, name them: --data "
                + $"{prefix}NEWPATH.", error);
        }
        catch (ConcordException error) when (reference.Root is not null && dataRoot is null)
        {
            throw new ConcordException($"{error.Message} When the run was begun, they lay in '{reference.Root}'.", error);
        }
    }
}
