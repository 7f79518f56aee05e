using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

/// <summary>Random spikes and small networks of spiking layers that tests share.</summary>
internal static class SpikingKit
{
    /// <summary>Random events, in seconds up to the duration, in the order of time.</summary>
    public static List<EventReference.Event> Events(RandomStream stream, int neurons, int count, double duration) =>
        [.. Enumerable.Range(0, count)
            .Select(i => new EventReference.Event(duration * stream.Uniform((ulong)(2 * i)), stream.Below((ulong)(2 * i + 1), neurons)))
            .OrderBy(e => e.Time)];

    public static double[,] Weights(RandomStream stream, int inputs, int outputs, double low, double high)
    {
        var weight = new double[inputs, outputs];
        for (var i = 0; i < weight.Length; i++) weight[i / outputs, i % outputs] = low + (high - low) * stream.Uniform((ulong)i);
        return weight;
    }

    public static Tensor Tensor(Kernels kernels, double[,] values)
    {
        var tensor = kernels.Allocate(new(values.GetLength(0), values.GetLength(1)));
        tensor.CopyFrom([.. values.Cast<double>()]);
        return tensor;
    }

    public static SpikeTrains Trains(Kernels kernels, int neurons, params IEnumerable<IReadOnlyList<EventReference.Event>> samples)
    {
        var trains = new SpikeTrains(neurons, kernels.ElementType);
        foreach (var sample in samples)
            trains.Append([.. sample.Select(e => e.Time)], [.. sample.Select(e => e.Neuron)], allowEmpty: true);
        return trains;
    }

    /// <summary>What the library's neuron is to the reference.</summary>
    public static EventReference Reference(SpikingNeuron neuron, double duration) => new(
        neuron.Membrane switch
        {
            Membrane.TwiceSynaptic => 0.5 / neuron.SynapticTime,
            Membrane.EqualToSynaptic => 1 / neuron.SynapticTime,
            _ => 0,
        }, 1 / neuron.SynapticTime, neuron.Threshold, neuron.ResetBy, duration, neuron.RefractoryTime);

    public static List<EventReference.Event> Sample(SpikeTrains trains, int sample) =>
        [.. Enumerable.Range(trains.Offsets[sample], trains.CountOf(sample))
            .Select(i => new EventReference.Event(trains.Times[i], trains.NeuronsOfEvents[i]))];
}

/// <summary>Dense spiking layers one above the other, with the exact walk down.</summary>
internal sealed class SpikingStack
{
    public SpikingStack(Kernels kernels, double duration, SpikingNeuron[] neurons, double[][,] weights)
    {
        Kernels = kernels;
        Weights = [.. weights.Select(weight => SpikingKit.Tensor(kernels, weight))];
        Gradients = [.. Weights.Select(weight => kernels.Allocate(weight.Shape))];
        Layers = [.. weights.Select((weight, l) =>
            new SpikingDense(kernels, weight.GetLength(0), weight.GetLength(1), neurons[l], duration))];
        Trains = [new(weights[0].GetLength(0), kernels.ElementType), .. weights.Select(weight => new SpikeTrains(weight.GetLength(1),
            kernels.ElementType))];
        Signals = new Tensor?[Trains.Length];
    }

    public Kernels Kernels { get; }

    public Tensor[] Weights { get; }

    public Tensor[] Gradients { get; }

    public SpikingDense[] Layers { get; }

    /// <summary>The input's spikes, and those of each layer.</summary>
    public SpikeTrains[] Trains { get; }

    /// <summary>dLoss/dt of the events, as trains.</summary>
    public Tensor?[] Signals { get; }

    public SpikeTrains Output => Trains[^1];

    public void Forward()
    {
        for (var l = 0; l < Layers.Length; l++) Layers[l].Forward(Weights[l], Trains[l], Trains[l + 1]);
    }

    /// <summary>From <see cref="Signals"/> of the output down to the inputs.</summary>
    public void Backward()
    {
        for (var l = Layers.Length - 1; l >= 0; l--)
        {
            Signals[l] = Trains[l].ValuesOf(Signals[l]);
            Layers[l].Backward(Signals[l + 1]!, Signals[l], Weights[l], new Accumulator(Gradients[l]));
        }
    }
}
