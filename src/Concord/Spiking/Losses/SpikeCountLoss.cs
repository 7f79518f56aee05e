using Concord.Numerics;

namespace Concord.Spiking.Losses;

/// <summary>
/// L = 1/2 sum_o (target_o - n_o)^2 for the number n_o of spikes of output o; the target is one number for the label and a smaller one for
/// the others. A count has no derivative after a time; by convention dn/dt = -1 for each spike, since earlier spikes leave room for more,
/// so that every spike of o gets dL/dt = target_o - n_o (Bacho and Chu, BATS).
/// </summary>
/// <param name="labels">The label of each sample; the list may be filled anew from batch to batch.</param>
/// <param name="ofLabel">The target of the label's output, spikes.</param>
/// <param name="ofOthers">The target of the others.</param>
public sealed class SpikeCountLoss(IReadOnlyList<int> labels, double ofLabel = 15, double ofOthers = 3) : SpikingLoss
{
    private int[] _counts = [];

    /// <inheritdoc/>
    public override bool HasErrorOfCounts => true;

    /// <summary>dL/dn_o = n_o - target_o.</summary>
    protected override void ErrorOfCounts(SpikeTrains output, int sample, Tensor error)
    {
        var label = Label(labels, sample, output.Neurons);
        for (var o = 0; o < output.Neurons; o++) error[sample * output.Neurons + o] = -(o == label ? ofLabel : ofOthers);
        for (var e = output.Offsets[sample]; e < output.Offsets[sample + 1]; e++)
            error[sample * output.Neurons + output.NeuronsOfEvents[e]] += 1;
    }

    /// <inheritdoc/>
    protected override double OfSample(SpikeTrains output, int sample, Tensor signal)
    {
        var label = Label(labels, sample, output.Neurons);
        if (_counts.Length < output.Neurons) _counts = new int[output.Neurons];
        Array.Clear(_counts);
        var (start, end) = (output.Offsets[sample], output.Offsets[sample + 1]);
        for (var e = start; e < end; e++) _counts[output.NeuronsOfEvents[e]]++;
        for (var e = start; e < end; e++) signal[e] = Missing(output.NeuronsOfEvents[e]);
        var sum = 0.0;
        for (var o = 0; o < output.Neurons; o++) sum += 0.5 * Missing(o) * Missing(o);
        return sum;

        double Missing(int o) => (o == label ? ofLabel : ofOthers) - _counts[o];
    }
}
