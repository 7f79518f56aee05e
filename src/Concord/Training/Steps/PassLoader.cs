using Concord.Data;
using Concord.Networks;

namespace Concord.Training;

/// <summary>
/// The way of samples into a pass: as data have them, numbers or spikes, or, where the run keeps features of its frozen blocks, by these.
/// </summary>
/// <param name="loader">The way into a batch.</param>
internal sealed class PassLoader(BatchLoader loader)
{
    private int[] _lengths = [];

    /// <summary>Features that stand for samples; null for none.</summary>
    public FeatureCache? Features { get; set; }

    /// <summary>Samples of a training step.</summary>
    public void LoadTraining(Pass pass, Samples samples, ReadOnlySpan<int> rows, long step)
    {
        pass.Begin(rows.Length);
        if (Features?.TryGive(pass, samples, rows) == true || TakeEvents(pass, samples, rows)) return;
        loader.LoadTraining(pass.Kernels, samples, rows, step, pass.Batch.Samples);
        pass.Batch.Arrange();
        TakeLengths(pass, samples, rows);
    }

    /// <summary>Samples to be looked at.</summary>
    public void LoadEvaluation(Pass pass, Samples samples, ReadOnlySpan<int> rows)
    {
        pass.Begin(rows.Length);
        if (Features?.TryGive(pass, samples, rows) == true || TakeEvents(pass, samples, rows)) return;
        loader.LoadEvaluation(pass.Kernels, samples, rows, pass.Batch.Samples);
        pass.Batch.Arrange();
        TakeLengths(pass, samples, rows);
    }

    /// <summary>Their targets: a code of one 1 for a class, or the real targets themselves.</summary>
    /// <param name="pass">A pass that was begun on them.</param>
    /// <param name="samples">The samples.</param>
    /// <param name="rows">Which of them.</param>
    /// <param name="labels">Receives the classes; left alone where there are none.</param>
    public static void LoadTargets(Pass pass, Samples samples, ReadOnlySpan<int> rows, Span<int> labels)
    {
        if (!samples.HasClasses)
        {
            samples.LoadTargets(pass.Kernels, rows, pass.Batch.FirstTargets);
            pass.Batch.RepeatTargets();
            return;
        }
        samples.LoadLabels(rows, labels);
        pass.Batch.SetClasses(labels);
    }

    private void TakeLengths(Pass pass, Samples samples, ReadOnlySpan<int> rows)
    {
        if (!samples.HasLengths) return;
        if (_lengths.Length < rows.Length) _lengths = new int[rows.Length];
        samples.LoadLengths(rows, _lengths.AsSpan(0, rows.Length));
        pass.Batch.SetLengths(_lengths.AsSpan(0, rows.Length));
    }

    /// <summary>Brings spikes into a batch; false where the samples are numbers.</summary>
    private static bool TakeEvents(Pass pass, Samples samples, ReadOnlySpan<int> rows)
    {
        if (!samples.AreEvents) return false;
        if (!pass.Network.ReadsSpikes)
            throw new ConcordException("The samples are spike trains, and the network takes numbers. Give it samples of numbers.");
        samples.LoadEvents(rows, pass.Batch.Spikes);
        return true;
    }
}
