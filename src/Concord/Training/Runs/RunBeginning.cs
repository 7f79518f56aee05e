using System.Diagnostics;
using Concord.Interchange;
using Concord.Numerics.Engines;
using Concord.Rules;

namespace Concord.Training;

/// <summary>What a run does before its first step, or before it goes on.</summary>
internal sealed class RunBeginning(RunState run, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
{
    private static readonly Lock s_choosing = new();

    /// <summary>Prepares data, files and feedback. From here on there is a checkpoint.</summary>
    /// <param name="batch">Makes a batch for what learns before the first step.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    /// <exception cref="ConcordException">A file cannot be written.</exception>
    public void Prepare(Func<Networks.Pass> batch, string command)
    {
        var (settings, learner, folder) = (run.Settings, run.Learner, run.Folder);
        folder?.WriteFailure(null);
        run.Loader.Normalization.Prepare(run.Data, learner.Kernels.Threads, cancellation);
        ChooseProducts();   // before anything multiplies, and before the first checkpoint, which has the choices beside it
        if (folder is not null)
        {
            run.Log = RunLog.Open(folder, settings, run.Kept.Extensions ?? []);
            KeepData(folder);
        }
        if (run.Kept.Epoch == 0 && run.Here.Cursor == 0)
        {
            if (!run.IsRestored) Begin(batch, command);   // the checkpoint below has it
            run.Save();   // a run that is interrupted in its first epoch can continue as well
        }
        learner.Prepare(new Share(Telling("moving the feedback before the first step")), batch, cancellation);
    }

    /// <summary>The kept features of frozen blocks; null for none. Where the disk refuses, a run that was not told to keep them goes on
    /// without: only time is lost.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    /// <exception cref="ConcordException">They were asked for, and cannot be kept.</exception>
    public FeatureCache? OpenFeatures()
    {
        if (!FeatureCache.IsFor(run.Settings, run.Learner)) return null;
        var tell = Telling("features of the frozen blocks");
        try
        {
            return FeatureCache.Open(new(run.Learner, run.Loader, run.Data, run.Settings, run.Evaluator.Batch), (share, notice) =>
            {
                if (share is { } done) tell(done);
                if (notice is not null) Notice(notice);
            }, cancellation);
        }
        catch (ConcordException error) when (run.Settings.CacheFeatures == FeatureCaching.Auto)
        {
            Notice($"Training continues without keeping the features of frozen blocks. {error.Message}");
            return null;
        }
    }

    // Runs of one process wait for each other, so that they do not disturb the times, and find what another has chosen meanwhile.
    private void ChooseProducts()
    {
        var kernels = run.Learner.Kernels;
        if (kernels.Choices is not { About: not null } choices) return;
        var shapes = ForeseenProducts.Of(run).SelectMany(kernels.ChoicesOf).Distinct().ToList();
        lock (s_choosing)
        {
            choices.Refresh();
            var open = shapes.Where(shape => choices.IsOpen(shape)).ToList();
            if (open.Count > 0)
            {
                var seconds = Math.Max(0.1, open.Sum(shape => ProductChoices.SecondsOf(shape, kernels.Threads)));
                var what = open.Count == 1 ? "way of one product is" : FormattableString.Invariant($"ways of {open.Count} products are");
                Notice(FormattableString.Invariant($"The fastest {what} measured before the first step, once for this machine; ")
                    + FormattableString.Invariant($"that takes about {seconds:0.0} s."));
            }
            var (tell, done) = (Telling("measuring products"), 0);
            foreach (var shape in shapes)
            {
                var measures = choices.IsOpen(shape);
                kernels.Choose(shape, cancellation);
                if (!measures) continue;
                FaultInjection.Reach(FaultInjection.ProductMeasured);
                tell((double)++done / open.Count);
            }
        }
    }

    private void Begin(Func<Networks.Pass> batch, string command)
    {
        if (run.Settings.PreAlign) PreAlignment.Apply(run.Learner.Plan, run.Settings.Objective, batch(), cancellation);
        if (run.Folder is not { } folder) return;
        folder.WriteSettings(run.Kept.Settings, [command]);
        if (RunPlugins.Strange(run.Settings) is { } notice) Notice(notice);
    }

    // Before the first checkpoint, so that there is none without them. A run that continues has them, unless it is older than these files.
    private void KeepData(RunFolder folder)
    {
        if (!run.IsRestored || !File.Exists(folder.Normalization))
            run.Loader.Normalization.Write(folder.Normalization, run.Learner.Kernels.Threads);
        var (now, kept) = (RunData.Of(run.Data), run.IsRestored ? RunData.Read(folder.Path) : null);
        if (kept is null || (now.Reference is not null && now.Reference != kept.Reference)) folder.Record(run.Data);
        if (!run.IsRestored) return;
        if (kept is null) Notice($"{SavedData.Unchecked} From now on it is.");
        var settings = run.Kept.Settings;
        if (run.Kept.Extensions is null || SettingsFile.Edits(folder.Settings, settings).Count == 0) return;
        folder.WriteSettings(settings, SettingsFile.Commands(folder.Settings));   // it was interrupted while it was extended
        Notice(FormattableString.Invariant($"{SettingsFile.Name} describes the run as it was before it was extended; ")
            + FormattableString.Invariant($"from now on it has {run.Settings.Epochs} epochs."));
    }

    private void Notice(string notice) => progress?.Report(run.Standing with { Notice = notice });

    // Ten times a second at most.
    private Action<double> Telling(string what)
    {
        var (watch, told) = (Stopwatch.StartNew(), TimeSpan.Zero);
        return share =>
        {
            if (progress is null || watch.Elapsed - told < TimeSpan.FromMilliseconds(100)) return;
            told = watch.Elapsed;
            progress.Report(run.Standing with { Preparing = new(what, share) });
        };
    }

    private sealed class Share(Action<double> tell) : IProgress<double>
    {
        public void Report(double value) => tell(value);
    }
}
