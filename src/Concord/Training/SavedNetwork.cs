using Concord.Data;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// A run's network as a checkpoint holds it, or as it began: to be looked at, in evaluation mode. Ports stand at the ends of blocks whatever the
/// rule, so that those of two runs can be compared.
/// </summary>
public sealed class SavedNetwork
{
    private const int Most = 256, Activities = 1 << 25;   // samples, and elements of all their activities
    private readonly BatchLoader _loader;
    private readonly int[] _labels = new int[Most];

    private SavedNetwork(string folder, RunSettings settings, DataSplit split, Trainer trainer)
    {
        (Folder, Settings, Split, _loader) = (folder, settings, split, trainer.Loader);
        var network = trainer.Learner.Network.Recut(_ => Placement.BlockEnd);
        Pass = new(network, trainer.Learner.Kernels, default);
        BatchSize = Math.Clamp(Activities / Math.Max(1, network.Blocks.Sum(block => block.Elements)), 16, Most);
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>What decided the run.</summary>
    public RunSettings Settings { get; }

    /// <summary>The samples as the run had them.</summary>
    public DataSplit Split { get; }

    /// <summary>The pass that its samples go through.</summary>
    public Pass Pass { get; }

    /// <summary>The network.</summary>
    public Network Network => Pass.Network;

    /// <summary>Samples that go through at once.</summary>
    internal int BatchSize { get; }

    /// <summary>Makes the network of the run in a folder.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="data">The data set of its settings.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="best">The checkpoint of the best validation accuracy instead of the last.</param>
    /// <param name="untrained">The weights it began with instead of a checkpoint's.</param>
    /// <exception cref="ConcordException">There is no such run or checkpoint, or it does not fit the data.</exception>
    public static SavedNetwork Open(string folder, Dataset data, Kernels kernels, bool best = false, bool untrained = false)
    {
        var settings = (RunFolder.SettingsOf(folder) with { Activations = ActivationPolicy.Stored }).Split(data, out var split);
        SavedNetwork? network = null;
        kernels.Run(() =>
        {
            var trainer = new Trainer(settings, split, kernels, restores: !untrained);
            if (!untrained) Checkpoint.Read(RunFolder.CheckpointOf(folder, best), trainer.Learner);
            network = new(folder, settings, split, trainer);
        });
        return network!;
    }

    /// <summary>Brings samples and their targets into the pass.</summary>
    internal void Load(Samples samples, ReadOnlySpan<int> rows)
    {
        Pass.Begin(rows.Length);
        _loader.LoadEvaluation(Pass.Kernels, samples, rows, Pass.Samples);
        Pass.Arrange();
        samples.LoadLabels(rows, _labels.AsSpan(0, rows.Length));
        Pass.Kernels.OneHot(_labels.AsSpan(0, rows.Length), Pass.Targets);
    }

    /// <summary>The classes of the samples that were loaded last.</summary>
    internal ReadOnlySpan<int> Labels => _labels.AsSpan(0, Pass.Rows);
}
