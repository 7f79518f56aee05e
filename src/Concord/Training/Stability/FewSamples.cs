using Concord.Data;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>The first training samples of a run's settings, for what is measured on one small batch: normalised as the run's are.</summary>
internal sealed class FewSamples
{
    private readonly BatchLoader _loader;
    private readonly Samples _samples;
    private readonly int[] _rows, _labels;

    /// <summary>Finds out how they are normalised.</summary>
    /// <exception cref="ConcordException">The model does not fit the data, or there are fewer samples.</exception>
    public FewSamples(RunSettings settings, DataSplit data, int samples, Kernels kernels, CancellationToken cancellation)
    {
        if (samples < 1 || samples > data.Train.Count)
            throw new ConcordException($"{Things.Of(samples, "sample was", "samples were")} asked for, and {settings.Data} has "
                + FormattableString.Invariant($"{data.Train.Count} training samples. Give a number from 1 to that (--samples)."));
        RunFit.CheckTargets(settings, data.Train);
        var normalization = FittedNormalization.Fit(data, settings.Normalization, settings.ZcaEpsilon);
        normalization.Prepare(data, kernels.Threads, cancellation);
        _loader = new(normalization, settings.Augment, default);
        var network = settings.Blueprint.MakeNetwork();
        if (network.Input.Length != _loader.Shape.Length || network.Output.Length != data.Train.Classes)
            throw new ConcordException($"The model {settings.Model} takes {network.Input.Length} inputs and gives {network.Output.Length} "
                + $"outputs, but the data {settings.Data} has samples of {_loader.Shape.Length} elements {data.Train.Answers}. "
                + "Give a model that fits (--model), or other data (--data).");
        _samples = data.Train;
        _rows = Samples.Ascending(samples);
        _labels = new int[samples];
    }

    /// <summary>Puts them and their targets into a pass.</summary>
    public void Fill(Pass pass) => Fill(pass, _rows);

    /// <summary>Puts some of them and their targets into a pass.</summary>
    public void Fill(Pass pass, ReadOnlySpan<int> rows)
    {
        var labels = _labels.AsSpan(0, rows.Length);
        new PassLoader(_loader).LoadEvaluation(pass, _samples, rows);
        PassLoader.LoadTargets(pass, _samples, rows, labels);
    }
}
