using Concord.Numerics;

namespace Concord.Spiking.Losses;

/// <summary>
/// The distance between spike trains of van Rossum (2001): each train is filtered with a kernel e^(-t/tau) for t >= 0, and
/// L = 1/(2 tau) integral of (f - g)^2, for each output. In closed form, with signs s = 1 for spikes and -1 for wanted ones,
/// <code>
/// L = 1/4 sum_ij s_i s_j e^(-|t_i - t_j|/tau),
/// dL/dt_i = s_i/(2 tau) (sum_(t_j > t_i) s_j e^(-(t_j - t_i)/tau) - sum_(t_j &lt; t_i) s_j e^(-(t_i - t_j)/tau)).
/// </code>
/// Both sums are carried along from event to event, so the time it takes is linear. It sees missing and superfluous spikes, too.
/// </summary>
/// <param name="wanted">The spikes wanted: as many samples and neurons as the output.</param>
/// <param name="timeConstant">tau, seconds: the smaller, the nearer two spikes must be to count as one.</param>
public sealed class SpikeTrainDistance(SpikeTrains wanted, double timeConstant = 0.01) : SpikingLoss
{
    private double[] _sums = [], _last = [];

    /// <inheritdoc/>
    protected override double OfSample(SpikeTrains output, int sample, Tensor signal)
    {
        Fits(output, wanted, sample);
        if (_sums.Length < output.Neurons) (_sums, _last) = (new double[output.Neurons], new double[output.Neurons]);
        for (var e = output.Offsets[sample]; e < output.Offsets[sample + 1]; e++) signal[e] = 0;
        return 0.5 * (Sweep(output, sample, signal, 1) + Sweep(output, sample, signal, -1)) / 2;
    }

    /// <summary>Refuses trains that do not belong to the output.</summary>
    internal static void Fits(SpikeTrains output, SpikeTrains wanted, int sample)
    {
        if (wanted.Neurons != output.Neurons || sample >= wanted.Samples)
            throw new ConcordException($"The wanted spikes are {wanted.Samples} samples of {wanted.Neurons} neurons, but sample {sample} "
                + $"of an output of {output.Neurons} neurons was asked for. Give as many.");
    }

    /// <summary>
    /// Goes through both trains in one direction of time; adds each event's part of the derivative, and returns
    /// sum_ij s_i s_j e^(-|t_i - t_j|/tau) over the pairs in which i comes no earlier in this direction, an event with itself halved.
    /// </summary>
    private double Sweep(SpikeTrains output, int sample, Tensor signal, int direction)
    {
        Array.Clear(_sums);
        Array.Fill(_last, double.NaN);
        var forward = direction > 0;
        var (i, iEnd) = (forward ? output.Offsets[sample] : output.Offsets[sample + 1] - 1,
            forward ? output.Offsets[sample + 1] : output.Offsets[sample] - 1);
        var (j, jEnd) = (forward ? wanted.Offsets[sample] : wanted.Offsets[sample + 1] - 1,
            forward ? wanted.Offsets[sample + 1] : wanted.Offsets[sample] - 1);
        var total = 0.0;
        while (i != iEnd || j != jEnd)
        {
            var isOutput = j == jEnd || (i != iEnd && direction * (wanted.Times[j] - output.Times[i]) > 0);
            var (time, neuron, sign) = isOutput ? (output.Times[i], output.NeuronsOfEvents[i], 1.0)
                : (wanted.Times[j], wanted.NeuronsOfEvents[j], -1.0);
            ref var sum = ref _sums[neuron];
            if (!double.IsNaN(_last[neuron])) sum *= Math.Exp(-Math.Abs(time - _last[neuron]) / timeConstant);
            if (isOutput && signal is not null) signal[i] = signal[i] - direction * sum / (2 * timeConstant);
            total += sign * sum + 0.5;
            sum += sign;
            _last[neuron] = time;
            if (isOutput) i += direction;
            else j += direction;
        }
        return total;
    }
}
