using System.Numerics;
using Concord.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>What a walk does, whatever its precision and its neuron.</summary>
internal abstract class DenseWalk
{
    /// <summary>Events of the inputs after the end.</summary>
    public abstract long Late { get; }

    /// <summary>Neurons, over all samples, that would have fired once more than they may.</summary>
    public abstract long CutOff { get; }

    /// <summary>Spikes whose slope was clipped on the last walk down.</summary>
    public abstract long Clipped { get; }

    /// <summary>The walk upward: from inputs to spikes.</summary>
    public abstract void Forward(Tensor weight, SpikeTrains input, SpikeTrains output);

    /// <summary>The walk down.</summary>
    public abstract void Backward(Tensor? carrier, Tensor signal, Tensor? arriving, Accumulator? gradient);

    /// <summary>A walk of the engine's precision for a neuron.</summary>
    public static DenseWalk Of(Kernels kernels, int inputs, int outputs, SpikingNeuron neuron, double duration, int rowsPerSample) =>
        kernels.ElementType == ElementType.Single
            ? Of<float>(kernels, inputs, outputs, neuron, duration, rowsPerSample)
            : Of<double>(kernels, inputs, outputs, neuron, duration, rowsPerSample);

    private static DenseWalk Of<T>(Kernels kernels, int inputs, int outputs, SpikingNeuron neuron, double duration, int rowsPerSample)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => neuron.Membrane switch
        {
            Membrane.TwiceSynaptic => new DenseWalk<T, QuadraticDynamics<T>>(kernels, inputs, outputs, neuron, new(neuron), duration,
                rowsPerSample),
            Membrane.EqualToSynaptic => new DenseWalk<T, LambertDynamics<T>>(kernels, inputs, outputs, neuron, new(neuron), duration,
                rowsPerSample),
            _ => new DenseWalk<T, NonLeakyDynamics<T>>(kernels, inputs, outputs, neuron, new(neuron), duration, rowsPerSample),
        };
}
