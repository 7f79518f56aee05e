namespace Concord.Spiking;

/// <summary>The potential of a neuron over time, worked out from what arrived and when it fired, for people to look at.</summary>
public static class MembraneTrace
{
    /// <summary>
    /// u at even distances, at each spike twice: as it met the threshold, and after its reset. Between two events the state is carried by
    /// <code>
    /// u(t + s) = u e^(-s/tau) + v k(s),   v(t + s) = v e^(-s/tau_s),   k(s) = (e^(-s/tau) - e^(-s/tau_s)) / (1/tau_s - 1/tau)
    /// </code>
    /// (s e^(-s/tau) where the two time constants are one), the solution of the equations of <see cref="SpikingNeuron"/>.
    /// </summary>
    /// <param name="neuron">What the neuron is.</param>
    /// <param name="arrivals">When input spikes arrived, seconds, in order.</param>
    /// <param name="weights">The weight of each.</param>
    /// <param name="spikes">When the neuron fired, seconds, in order.</param>
    /// <param name="duration">Until when, seconds.</param>
    /// <param name="points">How many points at even distances, at least 2.</param>
    /// <returns>Times, seconds, that do not fall, and potentials.</returns>
    /// <exception cref="ArgumentException">There are not as many weights as arrivals, or fewer than two points.</exception>
    public static IReadOnlyList<(double Time, double Potential)> Of(SpikingNeuron neuron, ReadOnlySpan<double> arrivals,
        ReadOnlySpan<double> weights, ReadOnlySpan<double> spikes, double duration, int points = 150)
    {
        neuron.Check();
        if (arrivals.Length != weights.Length || points < 2)
            throw new ArgumentException($"A trace takes a weight for each arrival and at least 2 points, but {arrivals.Length} arrivals, "
                + $"{weights.Length} weights and {points} points were given.");
        var leak = neuron.Membrane == Membrane.NonLeaky ? 0 : 1 / neuron.TimeConstant;
        var decay = 1 / neuron.SynapticTime;
        List<(double, double)> trace = [];
        double u = 0, v = 0, now = 0, release = 0;
        for (int i = 0, k = 0, p = 0; p < points;)
        {
            var point = duration * p / (points - 1);
            var (arrival, spike) = (i < arrivals.Length ? arrivals[i] : double.PositiveInfinity,
                k < spikes.Length ? spikes[k] : double.PositiveInfinity);
            if (arrival <= spike && arrival <= point)   // of an arrival and a spike at one time, the spike came after
            {
                MoveTo(arrival);
                v += weights[i++];
            }
            else if (spike <= point)
            {
                MoveTo(spike);
                trace.Add((spike, neuron.Threshold));
                trace.Add((spike, u = neuron.Threshold - neuron.ResetBy));
                release = spike + neuron.RefractoryTime;
                k++;
            }
            else
            {
                MoveTo(point);
                trace.Add((point, u));
                p++;
            }
        }
        return trace;

        void MoveTo(double time)
        {
            if (now < release)   // held
            {
                var end = Math.Min(release, time);
                v *= Math.Exp(-decay * (end - now));
                now = end;
            }
            var wait = time - now;
            var fast = Math.Exp(-decay * wait);
            var slow = Math.Exp(-leak * wait);
            u = u * slow + v * (leak == decay ? wait * slow : (slow - fast) / (decay - leak));
            v *= fast;
            now = time;
        }
    }
}
