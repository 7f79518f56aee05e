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

    /// <summary>The block whose output this is, and which learns from what is delivered here.</summary>
    public Block Below { get; }

    /// <summary>The block that reads it; null at the output.</summary>
    public Block? Above { get; }

    /// <summary>Whether this is the network's output.</summary>
    public bool IsOutput => Above is null;

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Shape}";
}
