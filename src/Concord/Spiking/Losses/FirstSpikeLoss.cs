using Concord.Numerics;

namespace Concord.Spiking.Losses;

/// <summary>
/// Cross-entropy of the first spikes: p = softmax(-t_o / tau) over the outputs that fire, L = -ln p_label, and so
/// dL/dt_o = ((o = label) - p_o) / tau for the first spike of o, 0 for later ones. An output that is silent has p = 0; where it is the
/// label's, the loss is infinite and nothing pulls that output, since it has no spike (Bacho and Chu, BATS; Goltz et al., 2021).
/// </summary>
/// <param name="labels">The label of each sample; the list may be filled anew from batch to batch.</param>
/// <param name="timeConstant">tau, seconds.</param>
public sealed class FirstSpikeLoss(IReadOnlyList<int> labels, double timeConstant = 0.005) : SpikingLoss
{
    private double[] _first = [];

    /// <inheritdoc/>
    protected override double OfSample(SpikeTrains output, int sample, Tensor signal)
    {
        var label = Label(labels, sample, output.Neurons);
        if (_first.Length < output.Neurons) _first = new double[output.Neurons];
        Array.Fill(_first, double.PositiveInfinity);
        var (start, end) = (output.Offsets[sample], output.Offsets[sample + 1]);
        if (start == end) return double.PositiveInfinity;
        for (var e = start; e < end; e++)
        {
            ref var first = ref _first[output.NeuronsOfEvents[e]];
            var isFirst = double.IsPositiveInfinity(first);
            if (isFirst) first = output.Times[e];
            signal[e] = isFirst ? 1 : 0;
        }
        var (earliest, sum) = (output.Times[start], 0.0);
        for (var o = 0; o < output.Neurons; o++) sum += Math.Exp((earliest - _first[o]) / timeConstant);
        for (var e = start; e < end; e++)
            if (signal[e] != 0)
            {
                var o = output.NeuronsOfEvents[e];
                signal[e] = ((o == label ? 1 : 0) - Math.Exp((earliest - _first[o]) / timeConstant) / sum) / timeConstant;
            }
        return (_first[label] - earliest) / timeConstant + Math.Log(sum);
    }
}
