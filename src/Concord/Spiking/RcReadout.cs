using Concord.Numerics;

namespace Concord.Spiking;

/// <summary>
/// Resistor-capacitor neurons, one for each class, of which the first to fire answers. Inputs are voltages that stay as they are, and one
/// more of the supply's 1 V; each reaches neuron k through a conductance g_ik of at least 0.
/// <code>
/// t_k = tau_k ln((V_inf - V_reset) / (V_inf - theta))      the time of the first spike, in closed form (<see cref="RcNeuron"/>)
/// L = -ln p_c,  p_k = e^(-t_k/T) / sum e^(-t/T)            the loss of class c, T a time
/// dL/dt_k = ([k = c] - p_k) / T,  dL/dg_ik = dL/dt_k dt_k/dg_ik
/// </code>
/// A neuron that never fires counts as one that fires after the time of a target just above the threshold, and learns nothing from the
/// sample. Conductances below 0 are set to 0 after a step. Steps are those of Adam.
/// </summary>
public sealed class RcReadout
{
    private const double Margin = 1e-3, First = 0.9, Second = 0.999, Epsilon = 1e-8;
    private readonly RcNeuron _neuron;
    private readonly double _time;
    private readonly double[] _voltages, _times, _gradient, _first, _second;
    private readonly double[][] _byConductance;
    private readonly double[] _unused;
    private long _steps;

    /// <summary>Neurons with conductances drawn from 0.3 to 0.7.</summary>
    /// <param name="neuron">What they are.</param>
    /// <param name="inputs">How many voltages come in.</param>
    /// <param name="classes">How many neurons there are.</param>
    /// <param name="time">T, above 0.</param>
    /// <param name="start">Where conductances start.</param>
    public RcReadout(RcNeuron neuron, int inputs, int classes, double time, RandomStream start)
    {
        (_neuron, _time, Inputs, Classes) = (neuron, time, inputs, classes);
        Conductances = [.. Enumerable.Range(0, classes).Select(k => (double[])[.. Enumerable.Range(0, inputs + 1).Select(
            i => 0.3 + 0.4 * start.Uniform((ulong)(k * (inputs + 1) + i)))])];
        (_voltages, _times, _unused) = (new double[inputs + 1], new double[classes], new double[inputs + 1]);
        var count = classes * (inputs + 1);
        (_gradient, _first, _second) = (new double[count], new double[count], new double[count]);
        _byConductance = [.. Enumerable.Range(0, classes).Select(_ => new double[inputs + 1])];
    }

    /// <summary>Voltages that come in.</summary>
    public int Inputs { get; }

    /// <summary>Neurons.</summary>
    public int Classes { get; }

    /// <summary>g of each neuron: one for each input, and the supply's last.</summary>
    public IReadOnlyList<double[]> Conductances { get; }

    /// <summary>When each neuron fires; infinity for those that never do.</summary>
    /// <param name="voltages">V_i.</param>
    public IReadOnlyList<double> TimesOf(ReadOnlySpan<float> voltages)
    {
        Take(voltages);
        return [.. Conductances.Select(g => _neuron.TimeToThreshold(_neuron.DriveOf(g, _voltages), _neuron.Reset))];
    }

    /// <summary>The neuron that fires first; -1 where none does.</summary>
    /// <param name="voltages">V_i.</param>
    public int AnswerTo(ReadOnlySpan<float> voltages)
    {
        var times = TimesOf(voltages);
        var first = times.Index().MinBy(entry => entry.Item);
        return double.IsFinite(first.Item) ? first.Index : -1;
    }

    /// <summary>Learns from a batch: one step of Adam along the mean of the samples' gradients.</summary>
    /// <param name="batch">Voltages and class of each sample.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>The mean loss before the step.</returns>
    public double Learn(IReadOnlyCollection<(float[] Voltages, int Label)> batch, double rate)
    {
        Array.Clear(_gradient);
        var loss = 0.0;
        foreach (var (voltages, label) in batch) loss += Add(voltages, label) / batch.Count;
        _steps++;
        var at = 0;
        foreach (var conductances in Conductances)
            for (var i = 0; i < conductances.Length; i++, at++)
            {
                var gradient = _gradient[at] / batch.Count;
                _first[at] = First * _first[at] + (1 - First) * gradient;
                _second[at] = Second * _second[at] + (1 - Second) * gradient * gradient;
                var step = _first[at] / (1 - Math.Pow(First, _steps)) / (Math.Sqrt(_second[at] / (1 - Math.Pow(Second, _steps))) + Epsilon);
                conductances[i] = Math.Max(0, conductances[i] - rate * step);
            }
        return loss;
    }

    /// <summary>Adds a sample's dL/dg to the gradient, and gives its loss.</summary>
    internal double Add(ReadOnlySpan<float> voltages, int label)
    {
        Take(voltages);
        for (var k = 0; k < Classes; k++)
        {
            _times[k] = _neuron.Differentiate(Conductances[k], _voltages, _neuron.Reset, _byConductance[k], _unused);
            if (double.IsFinite(_times[k])) continue;
            var late = _neuron.DriveOf(Conductances[k], _voltages) with { Target = _neuron.Threshold + Margin };
            _times[k] = _neuron.TimeToThreshold(late, _neuron.Reset);
        }
        var earliest = _times.Min();
        var sum = _times.Sum(time => Math.Exp((earliest - time) / _time));
        for (var k = 0; k < Classes; k++)
        {
            var signal = ((k == label ? 1 : 0) - Math.Exp((earliest - _times[k]) / _time) / sum) / _time;
            for (var i = 0; i <= Inputs; i++) _gradient[k * (Inputs + 1) + i] += signal * _byConductance[k][i];
        }
        return Math.Log(sum) + (_times[label] - earliest) / _time;
    }

    /// <summary>The sum of what <see cref="Add"/> added since the last step began, neuron by neuron.</summary>
    internal ReadOnlySpan<double> Gradient => _gradient;

    private void Take(ReadOnlySpan<float> voltages)
    {
        if (voltages.Length != Inputs)
            throw new ConcordException(FormattableString.Invariant($"{voltages.Length} voltages were given to resistor-capacitor neurons ")
                + FormattableString.Invariant($"of {Inputs} inputs; give one for each."));
        for (var i = 0; i < Inputs; i++) _voltages[i] = voltages[i];
        _voltages[Inputs] = 1;
    }
}
