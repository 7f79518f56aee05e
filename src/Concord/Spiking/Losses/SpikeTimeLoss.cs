using Concord.Numerics;

namespace Concord.Spiking.Losses;

/// <summary>
/// Squared error of spike times: L = 1/2 sum_k (t_k - wanted_k)^2, where spike k of an output is compared with the k-th time wanted of it.
/// Spikes and wanted times beyond the shorter of the two lists are counted in <see cref="Unmatched"/> and have no derivative.
/// </summary>
/// <param name="wanted">The times wanted, seconds: as many samples and neurons as the output.</param>
public sealed class SpikeTimeLoss(SpikeTrains wanted) : SpikingLoss
{
    private int[] _next = [];

    /// <summary>Spikes without a wanted time, and wanted times without a spike, since the last reset to 0.</summary>
    public long Unmatched { get; set; }

    /// <inheritdoc/>
    protected override double OfSample(SpikeTrains output, int sample, Tensor signal)
    {
        SpikeTrainDistance.Fits(output, wanted, sample);
        if (_next.Length < output.Neurons) _next = new int[output.Neurons];
        var (start, end) = (output.Offsets[sample], output.Offsets[sample + 1]);
        var (from, to) = (wanted.Offsets[sample], wanted.Offsets[sample + 1]);
        Array.Fill(_next, from);
        var (sum, matched) = (0.0, 0);
        for (var e = start; e < end; e++)
        {
            ref var next = ref _next[output.NeuronsOfEvents[e]];
            while (next < to && wanted.NeuronsOfEvents[next] != output.NeuronsOfEvents[e]) next++;
            if (next == to)
            {
                signal[e] = 0;
                continue;
            }
            var error = output.Times[e] - wanted.Times[next++];
            (signal[e], sum, matched) = (error, sum + 0.5 * error * error, matched + 1);
        }
        Unmatched += end - start + to - from - 2 * matched;
        return sum;
    }
}
