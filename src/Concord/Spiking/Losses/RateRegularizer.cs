using Concord.Numerics;

namespace Concord.Spiking.Losses;

/// <summary>
/// Holds the rates of a hidden layer near a target: L = strength/2 N sum_n (r_n - target)^2 for the mean number r_n of spikes of neuron n
/// in the N samples of a batch. With the convention of <see cref="SpikeCountLoss"/>, dn/dt = -1, every spike of n gets
/// strength (target - r_n) more. A neuron that is silent has no spike for it to move (<see cref="WeightBump"/>).
/// </summary>
/// <param name="strength">How strong the pull is, 0 or more.</param>
/// <param name="target">Spikes of a neuron in a sample.</param>
public sealed class RateRegularizer(double strength, double target)
{
    private readonly double _strength = strength >= 0 ? strength
        : throw new ConcordException(FormattableString.Invariant(
            $"The strength of a rate regularizer is 0 or more, but {strength} was given."));

    private double[] _rates = [];

    /// <summary>Adds its derivative to that of a layer's events; returns its loss, summed over the samples.</summary>
    /// <param name="spikes">The layer's spikes.</param>
    /// <param name="signal">dLoss/dt of each event, 1/s, to which its own is added.</param>
    /// <exception cref="ArgumentException">There are too few numbers for the events.</exception>
    public double Add(SpikeTrains spikes, Tensor signal)
    {
        if (signal.Length < spikes.Count)
            throw new ArgumentException($"{spikes.Count} events need as many numbers, but {signal} was given.");
        if (_rates.Length < spikes.Neurons) _rates = new double[spikes.Neurons];
        Array.Clear(_rates);
        foreach (var neuron in spikes.NeuronsOfEvents) _rates[neuron] += 1.0 / spikes.Samples;
        for (var e = 0; e < spikes.Count; e++) signal[e] += _strength * (target - _rates[spikes.NeuronsOfEvents[e]]);
        var sum = 0.0;
        for (var n = 0; n < spikes.Neurons; n++) sum += (_rates[n] - target) * (_rates[n] - target);
        return 0.5 * _strength * spikes.Samples * sum;
    }
}
