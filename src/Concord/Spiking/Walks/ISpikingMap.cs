using Concord.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>What takes spikes through a weight onto spiking neurons and back, for one batch at a time.</summary>
internal interface ISpikingMap
{
    /// <summary>How often an event of the input is kept at most: in as many windows as see it.</summary>
    int Copies { get; }

    /// <summary>Input events of the last batch that came after the end.</summary>
    long Late { get; }

    /// <summary>Neurons, over the samples of the last batch, that would have fired once more than they may.</summary>
    long CutOff { get; }

    /// <summary>Spikes whose slope was clipped on the last walk down.</summary>
    long Clipped { get; }

    /// <summary>The accumulates that the last batch's way up took.</summary>
    long SynapticOperations { get; }

    /// <summary>The walk upward.</summary>
    void Forward(Tensor weight, SpikeTrains input, SpikeTrains output);

    /// <summary>The walk down.</summary>
    void Backward(Tensor signal, Tensor? arriving, Tensor? carrier, Accumulator? gradient);
}
