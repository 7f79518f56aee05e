using Concord.Numerics;

namespace Concord.Spiking.Losses;

/// <summary>
/// A loss of the output's spikes: its value for a sample, and its derivative after the time of each spike. Sums are taken in double
/// precision, sample by sample, so no order of threads matters.
/// </summary>
public abstract class SpikingLoss
{
    /// <summary>The loss of a batch, summed over the samples.</summary>
    /// <param name="output">The output's spikes.</param>
    /// <param name="signal">Receives dLoss/dt for each event, 1/s: at least as many numbers as there are events.</param>
    /// <exception cref="ArgumentException">There are too few numbers for the events.</exception>
    public double Of(SpikeTrains output, Tensor signal)
    {
        if (signal.Length < output.Count)
            throw new ArgumentException($"{output.Count} events need as many numbers, but {signal} was given.");
        var sum = 0.0;
        for (var sample = 0; sample < output.Samples; sample++) sum += OfSample(output, sample, signal);
        return sum;
    }

    /// <summary>The loss of one sample, and the derivatives at its events.</summary>
    protected abstract double OfSample(SpikeTrains output, int sample, Tensor signal);

    /// <summary>Refuses labels that are not there.</summary>
    private protected static int Label(IReadOnlyList<int> labels, int sample, int neurons)
    {
        if (sample >= labels.Count)
            throw new ConcordException($"There are {labels.Count} labels, but sample {sample} was asked for. Give one for each sample.");
        return (uint)labels[sample] < (uint)neurons ? labels[sample]
            : throw new ConcordException($"The label of sample {sample} is {labels[sample]}, but the outputs are 0 to {neurons - 1}.");
    }
}
