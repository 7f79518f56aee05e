using Concord.Data;
using Concord.Networks;

namespace Concord.Training;

/// <summary>The way of samples into a pass: as data have them, or, where the run keeps features of its frozen blocks, by these.</summary>
/// <param name="loader">The way into a batch.</param>
internal sealed class PassLoader(BatchLoader loader)
{
    /// <summary>Features that stand for samples; null for none.</summary>
    public FeatureCache? Features { get; set; }

    /// <summary>Samples of a training step.</summary>
    public void LoadTraining(Pass pass, Samples samples, ReadOnlySpan<int> rows, long step)
    {
        pass.Begin(rows.Length);
        if (Features?.TryGive(pass, samples, rows) == true) return;
        loader.LoadTraining(pass.Kernels, samples, rows, step, pass.Batch.Samples);
        pass.Batch.Arrange();
    }

    /// <summary>Samples to be looked at.</summary>
    public void LoadEvaluation(Pass pass, Samples samples, ReadOnlySpan<int> rows)
    {
        pass.Begin(rows.Length);
        if (Features?.TryGive(pass, samples, rows) == true) return;
        loader.LoadEvaluation(pass.Kernels, samples, rows, pass.Batch.Samples);
        pass.Batch.Arrange();
    }
}
