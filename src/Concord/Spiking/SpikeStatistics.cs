using System.Globalization;

namespace Concord.Spiking;

/// <summary>What the spikes of a layer come to over batches: how many, of which neurons, how soon.</summary>
/// <param name="neurons">Neurons of the layer.</param>
public sealed class SpikeStatistics(int neurons)
{
    private readonly bool[] _fired = new bool[neurons];
    private double _firstTimes;

    /// <summary>Samples that were counted.</summary>
    public long Samples { get; private set; }

    /// <summary>Spikes, over all samples and neurons.</summary>
    public long Spikes { get; private set; }

    /// <summary>Samples without any spike.</summary>
    public long SilentSamples { get; private set; }

    /// <summary>Mean number of spikes of a neuron in a sample.</summary>
    public double SpikesPerNeuron => Samples == 0 ? 0 : Spikes / ((double)Samples * _fired.Length);

    /// <summary>The share of neurons that fired in no sample.</summary>
    public double SilentShare => _fired.Count(fired => !fired) / (double)_fired.Length;

    /// <summary>
    /// The mean time of a sample's first spike, seconds, over samples that have one; not a number if none has. For an output layer whose
    /// first spike decides it is the latency of the decision.
    /// </summary>
    public double MeanFirstSpike => _firstTimes / (Samples - SilentSamples);

    /// <summary>Adds a batch.</summary>
    /// <exception cref="ArgumentException">The trains are of another number of neurons.</exception>
    public void Add(SpikeTrains trains)
    {
        if (trains.Neurons != _fired.Length)
            throw new ArgumentException($"The statistics are of {_fired.Length} neurons, but spike trains of {trains.Neurons} were given.");
        for (var sample = 0; sample < trains.Samples; sample++)
            if (trains.CountOf(sample) > 0) _firstTimes += trains.Times[trains.Offsets[sample]];
        foreach (var neuron in trains.NeuronsOfEvents) _fired[neuron] = true;
        (Samples, Spikes, SilentSamples) = (Samples + trains.Samples, Spikes + trains.Count, SilentSamples + trains.EmptySamples);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        Array.Clear(_fired);
        (Samples, Spikes, SilentSamples, _firstTimes) = (0, 0, 0, 0);
    }

    /// <summary>What is wrong with a layer that is silent, and what to change, in one line; null where all is well.</summary>
    /// <param name="layer">The layer's name.</param>
    public string? Complaint(string layer) => Samples == 0 || SilentSamples < Samples ? null
        : string.Create(CultureInfo.InvariantCulture, $"{layer} gave no spike in {Samples} samples, so nothing can be learned from it. ")
            + AgainstSilence;

    /// <summary>What to change about a layer that is silent.</summary>
    internal const string AgainstSilence = "Lower its threshold, raise its weights, or let the simulation last longer.";
}
