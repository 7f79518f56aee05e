using Concord.Numerics;

namespace Concord.Spiking;

/// <summary>
/// Wakes neurons that no derivative can, since they have no spikes: where more than a share of a layer's neurons fire in no sample of a
/// batch, something is added to all weights that enter these neurons, twice as much with each batch in a row. Only the first such layer is
/// changed, since those above may be silent because of it. Fast and Deep (Goltz, Kriener et al., 2021) has such bumps. Of a network's
/// outputs none may be silent whose class is in the batch; the others may, and are left alone.
/// </summary>
/// <param name="mostSilent">The share of a layer's neurons that may be silent, from 0 to 1.</param>
/// <param name="step">What is added the first time, above 0.</param>
public sealed class WeightBump(double mostSilent = 0.1, double step = 0.0005)
{
    private readonly double _mostSilent = mostSilent is >= 0 and <= 1 ? mostSilent
        : throw new ConcordException(FormattableString.Invariant(
            $"The share of silent neurons is from 0 to 1, but {mostSilent} was given."));

    private readonly double _step = step > 0 ? step
        : throw new ConcordException(FormattableString.Invariant(
            $"What is added to the weights of silent neurons is above 0, but {step} was given."));

    private bool[] _fired = [];
    private int _layer = -1, _inARow;

    /// <summary>Which layer was changed last, -1 for none, and in how many batches in a row before: what it remembers.</summary>
    internal (int Layer, int InARow) State
    {
        get => (_layer, _inARow);
        set => (_layer, _inARow) = value;
    }

    /// <summary>Looks at the layers of a batch, from the lowest, and raises weights of the first that is too silent.</summary>
    /// <param name="weights">[inputs, neurons] of each layer.</param>
    /// <param name="spikes">The spikes of each.</param>
    /// <returns>Which layer was changed, from 0; -1 for none.</returns>
    /// <exception cref="ArgumentException">A weight does not fit its layer's spikes.</exception>
    public int Apply(ReadOnlySpan<Tensor> weights, ReadOnlySpan<SpikeTrains> spikes) => Apply(weights, spikes, []);

    /// <summary>The same where the last layer is the output.</summary>
    /// <param name="weights">[inputs, neurons] of each layer.</param>
    /// <param name="spikes">The spikes of each.</param>
    /// <param name="wanted">Which outputs have samples of their class in the batch; empty where the last layer is not the output.</param>
    internal int Apply(ReadOnlySpan<Tensor> weights, ReadOnlySpan<SpikeTrains> spikes, ReadOnlySpan<bool> wanted)
    {
        for (var layer = 0; layer < weights.Length; layer++)
        {
            var neurons = spikes[layer].Neurons;
            if (weights[layer].Shape.RowLength != neurons)
                throw new ArgumentException($"Layer {layer} has {neurons} neurons, but a weight {weights[layer]}.");
            if (_fired.Length < neurons) _fired = new bool[neurons];
            Array.Clear(_fired);
            foreach (var neuron in spikes[layer].NeuronsOfEvents) _fired[neuron] = true;
            var isOutput = layer == weights.Length - 1 && wanted.Length > 0;
            for (var neuron = 0; isOutput && neuron < neurons; neuron++) _fired[neuron] |= !wanted[neuron];
            if (_fired.AsSpan(0, neurons).Count(false) <= (isOutput ? 0 : _mostSilent * neurons)) continue;
            _inARow = layer == _layer ? _inARow + 1 : 0;
            _layer = layer;
            Raise(weights[layer], neurons, _step * Math.Pow(2, _inARow));
            return layer;
        }
        return _layer = -1;
    }

    private void Raise(Tensor weight, int neurons, double by)
    {
        for (var i = 0; i < weight.Length; i++)
            if (!_fired[i % neurons]) weight[i] += by;
    }
}
