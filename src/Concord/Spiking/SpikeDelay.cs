using System.Globalization;
using System.Numerics;
using Concord.Numerics;

namespace Concord.Spiking;

/// <summary>
/// A delay for each neuron, between the neurons that fire and the layer that receives: a spike of neuron j at t arrives at
/// <code>
/// t' = t + d_j,
/// </code>
/// and what arrives is put in the order of time again. All synapses of a neuron share its delay, as along an axon. The derivatives are
/// <code>
/// dLoss/dt = dLoss/dt',    dLoss/dd_j = sum of dLoss/dt' over the spikes of j,
/// </code>
/// where dLoss/dt' is what <see cref="SpikingDense.Backward"/> gives for its inputs. Delays are learned beside weights in this way by the
/// later versions of Fast and Deep (Göltz, Kriener et al.) and, with one for each synapse, by EventProp with delays, whose gradient after a
/// delay is this one's part of that synapse. No weight is transported beyond what the layer's carrier transports.
/// </summary>
public sealed class SpikeDelay
{
    private readonly int _neurons;
    private int[] _sources = [];   // of each event that arrives: which of the input it was
    private int[] _order = [], _otherOrder = [];
    private ulong[] _keys = [], _otherKeys = [];
    private int[] _sizes = [];
    private SpikeTrains? _input, _output;

    /// <summary>Delays of neurons.</summary>
    /// <param name="neurons">How many.</param>
    /// <exception cref="ConcordException">There is none.</exception>
    public SpikeDelay(int neurons)
    {
        if (neurons < 1) throw new ConcordException($"Delays are of at least one neuron, but {neurons} were given.");
        _neurons = neurons;
    }

    /// <summary>Sets delays below 0, where a step of an optimizer may take them, to 0.</summary>
    /// <param name="delay">The delays, seconds.</param>
    public static void Project(Tensor delay)
    {
        for (var j = 0; j < delay.Length; j++)
            if (delay[j] < 0) delay[j] = 0;
    }

    /// <summary>Delays a batch.</summary>
    /// <param name="delay">d, one for each neuron, seconds, 0 or more.</param>
    /// <param name="input">Spikes as they are sent; they must stay as they are until the walk down.</param>
    /// <param name="output">Receives them as they arrive.</param>
    /// <exception cref="ArgumentException">Neurons or precisions do not fit.</exception>
    /// <exception cref="ConcordException">A delay is negative or not finite.</exception>
    public void Forward(Tensor delay, SpikeTrains input, SpikeTrains output)
    {
        Fits(delay, "delay");
        if (input.Neurons != _neurons || output.Neurons != _neurons || input.ElementType != output.ElementType
            || input.ElementType != delay.ElementType || ReferenceEquals(input, output))
            throw new ArgumentException($"Delays of {_neurons} neurons take spikes of as many to others, all in the delays' precision, but "
                + $"trains of {input.Neurons} and {output.Neurons} neurons in {input.ElementType} and {output.ElementType} were given.");
        for (var j = 0; j < _neurons; j++)
            if (!(delay[j] >= 0 && double.IsFinite(delay[j])))
                throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The delay of neuron {j} is {delay[j]} s, but "
                    + $"delays are finite and not below 0. Lower the learning rate of the delays, or project them."));
        (_input, _output) = (input, output);
        if (_sizes.Length < input.Samples) _sizes = new int[input.Samples];
        for (var sample = 0; sample < input.Samples; sample++) _sizes[sample] = input.CountOf(sample);
        output.Lay(_sizes.AsSpan(0, input.Samples));
        if (_sources.Length < input.Count)
        {
            var length = checked((int)(input.Count * 5L / 4));
            (_sources, _order, _otherOrder) = (new int[length], new int[length], new int[length]);
            (_keys, _otherKeys) = (new ulong[length], new ulong[length]);
        }
        if (input.ElementType == ElementType.Single) Send<float>(delay.Singles);
        else Send<double>(delay.Doubles);
    }

    /// <summary>The walk down.</summary>
    /// <param name="signal">dLoss/dt' for each event that arrived, 1/s.</param>
    /// <param name="arriving">Receives dLoss/dt for each event that was sent, 1/s; null if it is not wanted.</param>
    /// <param name="gradient">Receives dLoss/dd, one for each neuron, summed over samples, 1/s; null if it is not wanted.</param>
    /// <exception cref="InvalidOperationException">There was no walk upward.</exception>
    /// <exception cref="ArgumentException">Shapes or precisions do not fit.</exception>
    public void Backward(Tensor signal, Tensor? arriving, Accumulator? gradient)
    {
        if (_input is null || _output is null) throw new InvalidOperationException("The walk down needs a walk upward before it.");
        foreach (var values in (ReadOnlySpan<Tensor?>)[signal, arriving])
            if (values is not null && (values.Length < _input.Count || values.ElementType != _input.ElementType))
                throw new ArgumentException($"The signals are {_input.ElementType} numbers for {_input.Count} events, but {values} was "
                    + "given.");
        if (gradient is { } sink) Fits(sink.Target, "gradient");
        if (_input.ElementType == ElementType.Single) Back<float>(signal.Singles, arriving is null ? [] : arriving.Singles, gradient);
        else Back<double>(signal.Doubles, arriving is null ? [] : arriving.Doubles, gradient);
    }

    private void Send<T>(ReadOnlySpan<T> delay) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (input, output) = (_input!, _output!);
        ReadOnlySpan<T> sent = input.Times.Elements<T>();
        var arrived = output.Times.Elements<T>();
        for (var sample = 0; sample < input.Samples; sample++)
        {
            var (start, count) = (input.Offsets[sample], input.CountOf(sample));
            Span<ulong> keys = _keys.AsSpan(start, count), otherKeys = _otherKeys.AsSpan(start, count);
            var order = _order.AsSpan(start, count);
            for (var e = start; e < start + count; e++) arrived[e] = sent[e] + delay[input.NeuronsOfEvents[e]];
            EventSort.Order<T>(arrived.Slice(start, count), order, keys, _otherOrder.AsSpan(start, count), otherKeys);
            for (var i = 0; i < count; i++)
            {
                var source = _sources[start + i] = start + order[i];
                var neuron = output.LaidNeurons[start + i] = input.NeuronsOfEvents[source];
                arrived[start + i] = sent[source] + delay[neuron];
            }
        }
    }

    private void Back<T>(ReadOnlySpan<T> signal, Span<T> arriving, Accumulator? gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sources = _sources.AsSpan(0, _output!.Count);
        if (arriving.Length > 0)
            for (var e = 0; e < sources.Length; e++) arriving[sources[e]] = signal[e];
        if (gradient is not { } sink) return;
        var target = sink.Target.Elements<T>();
        var (alpha, beta) = (T.CreateTruncating(sink.Alpha), T.CreateTruncating(sink.Beta));
        for (var j = 0; j < target.Length; j++) target[j] = sink.Beta == 0 ? T.Zero : beta * target[j];
        for (var e = 0; e < sources.Length; e++) target[_output.NeuronsOfEvents[e]] += alpha * signal[e];
    }

    private void Fits(Tensor values, string what)
    {
        if (values.Length != _neurons || _input is not null && values.ElementType != _input.ElementType)
            throw new ArgumentException($"The {what} has one number for each of {_neurons} neurons, but {values} was given.");
    }
}
