using Concord.Data;

namespace Concord.Training;

/// <summary>A run of a comparison that lies in its folder already.</summary>
internal static class KeptRun
{
    /// <summary>What it came to; null where it was begun and is not finished.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="settings">Its settings, with every default.</param>
    /// <param name="data">Its samples.</param>
    /// <exception cref="ConcordException">Another run lies there, or one of other data.</exception>
    /// <exception cref="RunFailure">It diverged.</exception>
    public static RunResult? ResultOf(string folder, RunSettings settings, DataSplit data)
    {
        var (found, wanted) = (SettingsTable.Identity(RunFolder.SettingsOf(folder)),
            SettingsTable.Identity(settings.WithWeightsHash()));
        var difference = found.Except(wanted).Select(pair => $"{pair.Key}={pair.Value}").FirstOrDefault()
            ?? wanted.Except(found).Select(pair => $"no {pair.Key}={pair.Value}").FirstOrDefault();
        if (difference is not null)
            throw new ConcordException($"The folder '{folder}' holds a run with other settings than are asked for now: it has "
                + $"{difference}. Give the settings that it was begun with, or choose another --out.");
        if (RunData.Read(folder)?.Fingerprint.ChangeTo(DataFingerprint.Of(data)) is { } change)
            throw new ConcordException($"The data of the run in '{folder}' are not those that it was begun with: {change}. "
                + "Put them back as they were, or choose another --out.");
        return RunFolder.FailureOf(folder) is { } failure ? throw new RunFailure(failure) : RunFolder.ResultOf(folder);
    }
}
