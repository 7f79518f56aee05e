using Concord.Data;

namespace Concord.Training;

/// <summary>Whether a run that lies in a folder is the one that is asked for, which comparisons and sweeps ask before they go on.</summary>
internal static class KeptRun
{
    /// <summary>What a comparison's run came to; null where it was begun and is not finished.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="settings">Its settings, with every default.</param>
    /// <param name="data">Its samples.</param>
    /// <exception cref="ConcordException">Another run lies there, or one of other data.</exception>
    /// <exception cref="RunFailure">It diverged.</exception>
    public static RunResult? ResultOf(string folder, RunSettings settings, DataSplit data)
    {
        if (DifferenceOf(RunFolder.SettingsOf(folder), settings.WithWeightsHash()) is { } difference)
            throw new ConcordException($"The folder '{folder}' holds a run with other settings than are asked for now: it has "
                + $"{difference}. Give the settings that it was begun with, or choose another --out.");
        CheckData(folder, RunData.Read(folder), data);
        return RunFolder.FailureOf(folder) is { } failure ? throw new RunFailure(failure) : RunFolder.ResultOf(folder);
    }

    /// <summary>The first setting in which a run is another one than is asked for; null where it is that one.</summary>
    public static string? DifferenceOf(RunSettings kept, RunSettings asked)
    {
        var (found, wanted) = (SettingsTable.Sameness(kept), SettingsTable.Sameness(asked));
        return found.Except(wanted).Select(pair => $"{pair.Key}={pair.Value}").FirstOrDefault()
            ?? wanted.Except(found).Select(pair => $"no {pair.Key}={pair.Value}").FirstOrDefault();
    }

    /// <summary>Refuses a run of other data, since those of one table of results are of the same.</summary>
    /// <exception cref="ConcordException">It is one.</exception>
    public static void CheckData(string folder, RunData? kept, DataSplit data)
    {
        if (kept?.Fingerprint.ChangeTo(DataFingerprint.Of(data)) is { } change)
            throw new ConcordException($"The data of the run in '{folder}' are not those that it was begun with: {change}. "
                + "Put them back as they were, or choose another --out.");
    }
}
