using Concord.Numerics;

namespace Concord.Spiking.Losses;

/// <summary>
/// Cross-entropy of the first spikes: p = softmax(-t_o / tau), L = -ln p_label, and so dL/dt_o = ((o = label) - p_o) / tau for the first
/// spike of o, 0 for later ones (Bacho and Chu, BATS; Goltz et al., 2021). An output that is silent counts as one that fires at a given
/// time, by default never: then its p is 0, and where it is the label's the loss is infinite. Nothing pulls it, since it has no spike.
/// </summary>
/// <param name="labels">The label of each sample; the list may be filled anew from batch to batch.</param>
/// <param name="timeConstant">tau, seconds.</param>
/// <param name="silent">The time that stands for a spike of an output that has none, seconds: the end of the simulation, or never.</param>
public sealed class FirstSpikeLoss(IReadOnlyList<int> labels, double timeConstant = 0.005, double silent = double.PositiveInfinity)
    : SpikingLoss
{
    private double[] _first = [];
    private int[] _events = [];

    /// <inheritdoc/>
    public override bool HasErrorOfCounts => true;

    /// <summary>(p_o - (o = label)) / tau: minus the derivative after the first spike's time, of silent outputs as well.</summary>
    protected override void ErrorOfCounts(SpikeTrains output, int sample, Tensor error)
    {
        var label = Label(labels, sample, output.Neurons);
        var (earliest, sum) = Softmax(output, sample);
        for (var o = 0; o < output.Neurons; o++)
            error[sample * output.Neurons + o] = (Share(o, earliest, sum) - (o == label ? 1 : 0)) / timeConstant;
    }

    /// <inheritdoc/>
    protected override double OfSample(SpikeTrains output, int sample, Tensor signal)
    {
        var label = Label(labels, sample, output.Neurons);
        var (earliest, sum) = Softmax(output, sample);
        for (var e = output.Offsets[sample]; e < output.Offsets[sample + 1]; e++)
        {
            var o = output.NeuronsOfEvents[e];
            signal[e] = _events[o] == e ? ((o == label ? 1 : 0) - Share(o, earliest, sum)) / timeConstant : 0;
        }
        return double.IsPositiveInfinity(_first[label]) ? double.PositiveInfinity
            : (_first[label] - earliest) / timeConstant + Math.Log(sum);
    }

    /// <summary>Finds the first spikes of a sample; returns the earliest, and the sum of e^((earliest - t_o) / tau).</summary>
    private (double Earliest, double Sum) Softmax(SpikeTrains output, int sample)
    {
        if (_first.Length < output.Neurons) (_first, _events) = (new double[output.Neurons], new int[output.Neurons]);
        Array.Fill(_first, silent);
        for (var e = output.Offsets[sample + 1] - 1; e >= output.Offsets[sample]; e--)
            (_first[output.NeuronsOfEvents[e]], _events[output.NeuronsOfEvents[e]]) = (output.Times[e], e);
        var (earliest, sum) = (double.PositiveInfinity, 0.0);
        for (var o = 0; o < output.Neurons; o++) earliest = Math.Min(earliest, _first[o]);
        for (var o = 0; o < output.Neurons; o++) sum += Share(o, earliest, 1);
        return (earliest, sum);
    }

    private double Share(int o, double earliest, double sum) =>
        double.IsPositiveInfinity(_first[o]) ? 0 : Math.Exp((earliest - _first[o]) / timeConstant) / sum;
}
