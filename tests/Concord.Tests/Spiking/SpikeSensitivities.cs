using Concord.Spiking;

namespace Concord.Tests.Spiking;

/// <summary>
/// How the spikes of a layer move with its weights and the times of its inputs, straight from the potential's formula
/// <code>
/// u(t) = sum_j w_j K(t - t_j) - reset sum_m e^(-(t - t_m)/tau),        v(t) = sum_j w_j e^(-(t - t_j)/tau_s)
/// </code>
/// and dt_k/dp = -(du/dp) / (du/dt) at t_k, every pair of events by itself, with what <see cref="Grazing"/> makes of du/dt.
/// </summary>
internal sealed class SpikeSensitivities(SpikingNeuron neuron, IReadOnlyList<EventReference.Event> input, double[,] weight,
    IReadOnlyList<EventReference.Event> spikes)
{
    private readonly double _beta = 1 / neuron.SynapticTime, _alpha = neuron.Membrane switch
    {
        Membrane.TwiceSynaptic => 0.5 / neuron.SynapticTime,
        Membrane.EqualToSynaptic => 1 / neuron.SynapticTime,
        _ => 0,
    };

    /// <summary>dLoss/dw and dLoss/dt of each input, from dLoss/dt of each spike; and how many slopes lie below the limit.</summary>
    public (double[,] Weight, double[] Input, int Small) Backward(double[] signal)
    {
        var (gradient, arriving, small) = (new double[weight.GetLength(0), weight.GetLength(1)], new double[input.Count], 0);
        double[] delta = [.. signal];
        for (var k = spikes.Count - 1; k >= 0; k--)
        {
            var (time, n) = (spikes[k].Time, spikes[k].Neuron);
            var before = Enumerable.Range(0, input.Count).Where(j => input[j].Time < time).ToArray();
            var current = before.Sum(j => weight[input[j].Neuron, n] * Math.Exp(-_beta * (time - input[j].Time)));
            var (slope, least) = (current - _alpha * neuron.Threshold, neuron.SlopeLimit * neuron.Threshold / neuron.TimeConstant);
            if (slope < least) small++;
            slope = neuron.Grazing switch
            {
                Grazing.Bounded => current,
                Grazing.Clipped => Math.Max(slope, least),
                _ => slope,
            };
            foreach (var j in before)
            {
                var (kernel, rise) = Kernel(time - input[j].Time);
                gradient[input[j].Neuron, n] -= delta[k] * kernel / slope;
                arriving[j] += delta[k] * weight[input[j].Neuron, n] * rise / slope;
            }
            for (var m = 0; m < k; m++)
                if (spikes[m].Neuron == n)
                    delta[m] += delta[k] * neuron.ResetBy * _alpha * Math.Exp(-_alpha * (time - spikes[m].Time)) / slope;
        }
        return (gradient, arriving, small);
    }

    /// <summary>What a spike of weight 1 has made of the potential after a time, and that by time.</summary>
    private (double K, double ByTime) Kernel(double wait)
    {
        var (leak, decay) = (Math.Exp(-_alpha * wait), Math.Exp(-_beta * wait));
        return _alpha == _beta ? (wait * leak, (1 - _alpha * wait) * leak)
            : ((leak - decay) / (_beta - _alpha), (_beta * decay - _alpha * leak) / (_beta - _alpha));
    }
}
