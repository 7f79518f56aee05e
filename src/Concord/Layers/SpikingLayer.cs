using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// A layer of a spiking network: what comes in and what goes out are spikes (<see cref="Tape.SpikesOf"/>), and x and y, N x neurons, say
/// how often each neuron fires. A signal is dLoss/dt of each spike. There is no tangent, since numbers of spikes do not change by degrees.
/// </summary>
public abstract class SpikingLayer : Layer
{
    /// <inheritdoc/>
    public override bool ReadsSpikes => true;

    /// <inheritdoc/>
    public override bool EmitsSpikes => true;

    /// <inheritdoc/>
    public override bool HasTangent => false;

    /// <summary>There is none.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        throw new InvalidOperationException($"The layer {Name} gives spikes, and numbers of spikes have no derivative.");

    /// <summary>Spikes that a tensor of counts is taken to stand for where nothing is computed.</summary>
    private protected static long Assumed(Tensor counts, double spikesPerNeuron) => (long)Math.Ceiling(counts.Length * spikesPerNeuron);
}
