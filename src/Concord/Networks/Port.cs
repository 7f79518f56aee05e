using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The cut between two blocks, where a teaching signal is delivered. The last port is the network's output; the input is none.
/// </summary>
public sealed class Port
{
    internal Port(Block below, Block? above) => (Below, Above) = (below, above);

    /// <summary>Its place, from 0; port i stands on block i.</summary>
    public int Index => Below.Index;

    /// <summary>The name of the block below.</summary>
    public string Name => Below.Name;

    /// <summary>One sample's shape here.</summary>
    public Shape Shape => Below.Output;

    /// <summary>
    /// Whether what passes here is spikes: then the activity is how often each neuron fires, and the signal dLoss/dt of each spike.
    /// </summary>
    public bool IsSpiking => Below.IsSpiking;

    /// <summary>The shape of a signal that a block passes on here: N x the port's, or a flat list with room for each spike.</summary>
    /// <param name="pass">The pass that was evaluated.</param>
    public Shape SignalShape(Pass pass) => pass.SignalShapeAt(this);

    /// <summary>The block whose output this is, and which learns from what is delivered here.</summary>
    public Block Below { get; }

    /// <summary>The block that reads it; null at the output.</summary>
    public Block? Above { get; }

    /// <summary>Whether this is the network's output.</summary>
    public bool IsOutput => Above is null;

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Shape}";
}
