namespace Concord.Tests.Spiking;

/// <summary>
/// Spiking neurons of any two time constants, by another way than the library's: the state (u, v) is carried from event to event by the
/// exact propagator of du/dt = -alpha u + v, dv/dt = -beta v, a spike is found by bisection up to the one peak that u has between two
/// events, and derivatives come from the adjoint state, carried backward in time (the idea of EventProp: Wunderlich and Pehle, 2021).
/// For a refractory time after a spike u stays where the reset left it, while v goes on.
/// </summary>
internal sealed class EventReference(double alpha, double beta, double threshold, double reset, double duration, double refractory = 0)
{
    /// <summary>An event and, for a spike, the slope of u just before.</summary>
    public readonly record struct Event(double Time, int Neuron, double Slope = 0);

    /// <summary>The slope of u after the release that follows a spike, by neuron and the spike's time; until the end.</summary>
    private readonly Dictionary<(int Neuron, double Time), double> _releases = [];

    /// <summary>The spikes of all neurons, in the order of time.</summary>
    public List<Event> Forward(IReadOnlyList<Event> input, double[,] weight)
    {
        List<Event> spikes = [];
        for (var n = 0; n < weight.GetLength(1); n++)
        {
            double u = 0, v = 0, now = 0, held = -1;
            for (var i = 0; i <= input.Count; i++)
            {
                var next = i < input.Count ? Math.Min(input[i].Time, duration) : duration;
                while (true)
                {
                    if (held >= 0)
                    {
                        var release = held + refractory;
                        (v, now) = (V(v, Math.Min(release, next) - now), Math.Min(release, next));
                        if (release > next) break;
                        _releases[(n, held)] = -alpha * u + v;
                        held = -1;
                    }
                    if (FindSpike(u, v, next - now) is not { } wait) break;
                    (u, v, now) = (U(u, v, wait), V(v, wait), now + wait);
                    spikes.Add(new(now, n, -alpha * u + v));
                    u -= reset;
                    if (refractory > 0) held = now;
                }
                (u, v, now) = (held >= 0 ? u : U(u, v, next - now), V(v, next - now), next);
                if (i < input.Count && input[i].Time <= duration) v += weight[input[i].Neuron, n];
            }
        }
        return [.. spikes.OrderBy(spike => spike.Time)];
    }

    /// <summary>dLoss/dw, and dLoss/dt of each input event, from dLoss/dt of each spike.</summary>
    public (double[,] Weight, double[] Input) Backward(IReadOnlyList<Event> input, double[,] weight, IReadOnlyList<Event> spikes,
        double[] signal)
    {
        var (gradient, arriving) = (new double[weight.GetLength(0), weight.GetLength(1)], new double[input.Count]);
        for (var n = 0; n < weight.GetLength(1); n++)
        {
            // Going back from the end; of an input and a spike at one time, the spike came after.
            var moments = input.Select((e, i) => (e.Time, IsSpike: 0, Index: i))
                .Concat(spikes.Select((e, i) => (e.Time, IsSpike: 1, Index: i)).Where(moment => spikes[moment.Index].Neuron == n))
                .Concat(spikes.Select((e, i) => (Time: e.Time + refractory, IsSpike: 2, Index: i))
                    .Where(moment => _releases.ContainsKey((n, spikes[moment.Index].Time))))
                .Where(moment => moment.Time <= duration).OrderByDescending(moment => (moment.Time, moment.IsSpike));
            double lambdaU = 0, lambdaV = 0, now = duration, carried = 0;
            foreach (var (time, isSpike, i) in moments)
            {
                var wait = now - time;
                (lambdaU, lambdaV, now) = (lambdaU * Math.Exp(-alpha * wait), lambdaV * Math.Exp(-beta * wait) + lambdaU * K(wait), time);
                if (isSpike == 2)
                {
                    (carried, lambdaU) = (-lambdaU * _releases[(n, spikes[i].Time)], 0);
                    continue;
                }
                if (isSpike == 1)
                {
                    lambdaU -= (signal[i] + carried - alpha * reset * lambdaU) / spikes[i].Slope;
                    carried = 0;
                    continue;
                }
                gradient[input[i].Neuron, n] += lambdaV;
                arriving[i] += weight[input[i].Neuron, n] * (beta * lambdaV - lambdaU);
            }
        }
        return (gradient, arriving);
    }

    /// <summary>The spikes of one neuron found by small steps: the exact propagator, looked at after each.</summary>
    public List<double> Step(IReadOnlyList<Event> input, Func<int, double> weight, double step)
    {
        List<double> spikes = [];
        double u = 0, v = 0;
        var next = 0;
        for (var n = 0; n * step < duration; n++)
        {
            for (; next < input.Count && input[next].Time < n * step; next++) v += weight(input[next].Neuron);
            (u, v) = (U(u, v, step), V(v, step));
            if (u < threshold) continue;
            spikes.Add((n + 1) * step);
            u -= reset;
        }
        return spikes;
    }

    private double U(double u, double v, double wait) => u * Math.Exp(-alpha * wait) + v * K(wait);

    private double V(double v, double wait) => v * Math.Exp(-beta * wait);

    private double K(double wait) => alpha == beta ? wait * Math.Exp(-alpha * wait)
        : (Math.Exp(-alpha * wait) - Math.Exp(-beta * wait)) / (beta - alpha);

    private double? FindSpike(double u, double v, double window)
    {
        if (window <= 0 || v <= 0 || -alpha * u + v <= 0) return null;   // it falls, or rises to 0 from below
        double low = 0, high = Math.Min(window, Peak(u, v));
        if (U(u, v, high) < threshold) return null;
        for (var i = 0; i < 200 && low < high; i++)
        {
            var middle = low + (high - low) / 2;
            if (middle == low || middle == high) break;
            if (U(u, v, middle) < threshold) low = middle;
            else high = middle;
        }
        return high;
    }

    /// <summary>When u, which rises now, stops rising.</summary>
    private double Peak(double u, double v)
    {
        if (alpha == 0) return double.PositiveInfinity;
        if (alpha == beta) return (v - alpha * u) / (alpha * v);
        var second = v / (beta - alpha);
        var ratio = beta * second / (alpha * (u + second));
        return ratio > 1 ? Math.Log(ratio) / (beta - alpha) : double.PositiveInfinity;
    }
}
