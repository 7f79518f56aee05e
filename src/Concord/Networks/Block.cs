using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The layers between two ports. What happens inside a block is exact and local, unless a carrier says otherwise.
/// </summary>
public sealed class Block
{
    internal Block(int index, string name, IReadOnlyList<Layer> layers)
    {
        Index = index;
        Name = name;
        Layers = layers;
        Sequence = new(layers);
        Sequence.Adopt();
        Parameters = [.. layers.SelectMany(layer => layer.Parameters)];
    }

    /// <summary>Its place in the network, from 0.</summary>
    public int Index { get; }

    /// <summary>Its name, as <c>fc1</c>: what rule maps are keyed by. It does not depend on where the network is cut.</summary>
    public string Name { get; }

    /// <summary>The layers, in the order of the pass.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>What learns.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>One sample's shape at the input.</summary>
    public Shape Input => Sequence.Shapes[0];

    /// <summary>One sample's shape at the output: the port's.</summary>
    public Shape Output => Sequence.Output;

    /// <summary>Elements of all activities of one sample, those included that are not kept.</summary>
    internal int Elements => (int)Math.Min(int.MaxValue, Sequence.Shapes.Skip(1).Sum(shape => shape.Elements));

    /// <summary>Whether the block's output is spikes.</summary>
    public bool IsSpiking => Sequence.EmitsSpikes;

    internal Sequence Sequence { get; }

    /// <summary>What learns where the block learns by correlation: its one weight and bias.</summary>
    internal IReadOnlyList<Parameter> Correlated => Sequence.Layers[Sequence.Correlated].Parameters;

    /// <summary>Refuses a block whose weights cannot learn from a signal at its port as it is, with no derivative in between.</summary>
    /// <exception cref="ConcordException">It has not one dense layer or convolution whose output is as large as the block's.</exception>
    public void CheckCorrelation()
    {
        if (Sequence.Correlated < 0)
            throw new ConcordException($"The block {Name} cannot learn from a signal at its port without a derivative: that takes one "
                + $"dense layer or convolution with an output of the port's shape, {Output}, and the block is {string.Join(", ", Layers)}. "
                + $"Give it a rule that takes derivatives, as in the map '{Name}=dfa,*=RULE', or place its port after the activation.");
    }

    /// <summary>Name and layers.</summary>
    public override string ToString() => $"{Name}: {string.Join(", ", Layers)}";
}
