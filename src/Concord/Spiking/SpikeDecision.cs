namespace Concord.Spiking;

/// <summary>Which output a sample's spikes speak for.</summary>
public static class SpikeDecision
{
    /// <summary>The output with the most spikes, the lowest of several, -1 for a sample without spikes.</summary>
    /// <param name="output">The output's spikes.</param>
    /// <param name="decisions">Receives one for each sample.</param>
    /// <param name="counts">Scratch, as long as there are outputs.</param>
    public static void ByCount(SpikeTrains output, Span<int> decisions, Span<int> counts)
    {
        for (var sample = 0; sample < output.Samples; sample++)
        {
            counts.Clear();
            var best = -1;
            foreach (var neuron in Of(output, sample)) counts[neuron]++;
            for (var o = 0; o < output.Neurons; o++)
                if (counts[o] > 0 && (best < 0 || counts[o] > counts[best])) best = o;
            decisions[sample] = best;
        }
    }

    /// <summary>The output that fires first, -1 for a sample without spikes.</summary>
    /// <param name="output">The output's spikes.</param>
    /// <param name="decisions">Receives one for each sample.</param>
    public static void ByFirstSpike(SpikeTrains output, Span<int> decisions)
    {
        for (var sample = 0; sample < output.Samples; sample++)
        {
            var neurons = Of(output, sample);
            decisions[sample] = neurons.IsEmpty ? -1 : neurons[0];
        }
    }

    private static ReadOnlySpan<int> Of(SpikeTrains trains, int sample) =>
        trains.NeuronsOfEvents[trains.Offsets[sample]..trains.Offsets[sample + 1]];
}
