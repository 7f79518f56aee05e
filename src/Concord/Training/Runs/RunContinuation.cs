using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>A run that goes on: from its last checkpoint, and beyond the end that it was to have.</summary>
internal static class RunContinuation
{
    /// <summary>Goes back to the last checkpoint in the folder.</summary>
    /// <exception cref="ConcordException">See <see cref="Trainer.Restore"/>.</exception>
    public static void Restore(RunState run, bool otherBits)
    {
        var folder = run.Folder ?? throw new InvalidOperationException("A run without a folder cannot be restored.");
        if (RunData.Read(folder.Path)?.Fingerprint.ChangeTo(DataFingerprint.Of(run.Data)) is { } change)
            throw new ConcordException($"The data are not those that the run in '{folder.Path}' was begun with: {change}. "
                + "Give it the same data, or begin a new run.");
        var kept = Checkpoint.Read(folder.LastCheckpoint, run.Learner);
        var arithmetic = run.Learner.Kernels.Arithmetic;
        if (!otherBits && kept.Arithmetic is { } before && before != arithmetic)
            throw new ConcordException($"The run in '{folder.Path}' was computed with {before}; here it would go on with {arithmetic}, and "
                + "so to other bits. Go on where it was begun, or take other bits: "
                + $"{NextCommand.Command("resume", Path.GetFullPath(folder.Path), "--other-bits")}");
        (run.Kept, run.Here) = (kept with { Arithmetic = arithmetic }, kept.Here);
        var data = kept.Settings.FirstOrDefault(setting => setting.Key == "data").Value;
        if (DataReference.AreSame(data, run.Settings.Data)) run.Settings = run.Settings with { Data = data };   // as it was written
        if (run.Here.Clipped?.Length != run.Clipping.Length) run.Here.Clipped = null;
        var (count, cursor, epochs) = (run.SamplesAnEpoch, run.Here.Cursor, run.Settings.Epochs);
        if (cursor > count || cursor % run.Settings.Batch != 0 && cursor != count || kept.Epoch > epochs
            || kept.Step != kept.Epoch * run.StepsOf(count) + run.StepsOf(cursor))
            throw new ConcordException(FormattableString.Invariant($"'{folder.LastCheckpoint}' is damaged, or of other data: ")
                + FormattableString.Invariant($"by its state it has taken {kept.Step} steps, {kept.Epoch} of {epochs} ")
                + FormattableString.Invariant($"epochs, and {cursor} samples of the next, which do not belong together with ")
                + FormattableString.Invariant($"{count} samples in batches of {run.Settings.Batch}. Use another copy of it."));
        run.IsRestored = true;
        using var metrics = JsonLinesFile.Open(folder.Metrics);
        metrics.TruncateTo(kept.MetricsBytes);
        run.Epochs.AddRange(MetricsReader.Epochs(folder.Metrics));
        if (run.Epochs.Count != kept.Epoch || run.Epochs.Where((epoch, i) => epoch.Epoch != i + 1).Any())
            throw new ConcordException(FormattableString.Invariant($"'{folder.Metrics}' is damaged: it should have a line for each ")
                + FormattableString.Invariant($"of the {kept.Epoch} epochs that the checkpoint counts as done, one after the other. ")
                + "Use another copy of it, or start a new run.");
    }

    /// <summary>Gives a restored run more epochs.</summary>
    /// <exception cref="ConcordException">See <see cref="Trainer.Extend"/>.</exception>
    public static void Extend(RunState run, int epochs, string command)
    {
        if (run is not { Folder: { } folder, IsRestored: true })
            throw new InvalidOperationException("A run is restored from its folder before it is extended.");
        Extension.Check(run.Settings, epochs);
        if (run.StopsEarly)
            throw new ConcordException(FormattableString.Invariant($"The run stopped early (--early-stop {run.Settings.EarlyStop}): the ")
                + FormattableString.Invariant($"score on validation samples was best after epoch {run.Kept.BestEpoch}. One of {epochs} ")
                + "epochs would stop there as well. Begin a new one with a higher --early-stop.");
        var end = RunFolder.ResultOf(folder.Path);
        if (run.Kept.Epoch == run.Settings.Epochs) folder.KeepEnd(run.Settings.Epochs);
        run.Kept = run.Kept.ExtendedTo(epochs, end?.Test.Score);
        run.Settings = run.Settings with { Epochs = epochs };
        Checkpoint.Write(folder.LastCheckpoint, run.Learner, run.Kept);
        folder.WriteSettings(run.Kept.Settings, [.. SettingsFile.Commands(folder.Settings), command]);
    }
}
