using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// A connection's layer apart from its network, on an input that is given: y = phi(w x + b), with phi the activation that follows it, the
/// identity where none does. Norms and dropout in between are left out. It has buffers of its own and touches no pass.
/// </summary>
public sealed class IsolatedLayer
{
    private readonly Layer _layer;
    private readonly ActivationLayer? _activation;
    private readonly Tape _tape;
    private readonly Tensor _input, _sum;

    /// <summary>Prepares the evaluation of one connection.</summary>
    /// <param name="network">The network.</param>
    /// <param name="connection">A connection of an elementary layer in it, or in a branch of one of its layers.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="input">x, samples by what the layer takes; read whenever it is evaluated.</param>
    /// <param name="output">phi of the network's last layer, where no activation follows it.</param>
    public IsolatedLayer(Network network, Connection connection, Kernels kernels, Tensor input, Activation output)
    {
        (_layer, var after) = Find(network, connection);
        if (_layer.ReadsSpikes)
            throw new ConcordException($"The layer {_layer.Name} ({_layer}) takes spikes, and cannot be asked by itself what it makes of "
                + "noise, as a weight mirror does. Use another rule for it, such as kolen-pollack or usf.");
        _activation = after.TakeWhile(layer => !layer.IsWeighted).OfType<ActivationLayer>().FirstOrDefault();
        if (_activation is null && network.Blocks[^1].Layers.Contains(_layer) && output.Kind != ActivationKind.Identity)
        {
            _activation = new(output);
            _activation.Attach($"{_layer.Name}.response", _layer.Output);
        }
        _tape = new(kernels, new());
        _input = input;
        var rows = input.Shape.Rows / _layer.Input.Steps;
        _sum = kernels.Allocate(_layer.Output.Batch(rows), Role.Activation);
        Output = _activation is null ? _sum : kernels.Allocate(_layer.Output.Batch(rows), Role.Activation);
    }

    /// <summary>The elementary layer that a connection belongs to.</summary>
    internal static Layer LayerOf(Network network, Connection connection) => Find(network, connection).Layer;

    /// <summary>y, after <see cref="Evaluate"/>: samples by what the layer gives.</summary>
    public Tensor Output { get; }

    /// <summary>Words of its buffers.</summary>
    public long Words => _sum.Length + (Output == _sum ? 0 : Output.Length);

    /// <summary>Computes y.</summary>
    public void Evaluate()
    {
        _layer.Forward(_input, _sum, _tape);
        _activation?.Forward(_sum, Output, _tape);
    }

    private static (Layer Layer, IReadOnlyList<Layer> After) Find(Network network, Connection connection) =>
        Find([.. network.Blocks.SelectMany(block => block.Layers)], connection)
            ?? throw new InvalidOperationException($"No layer of the network has the connection {connection.Weight.Name}.");

    private static (Layer Layer, IReadOnlyList<Layer> After)? Find(IReadOnlyList<Layer> layers, Connection connection)
    {
        for (var i = 0; i < layers.Count; i++)
        {
            if (layers[i].Branches.Count == 0 && layers[i].EnteringConnections.Concat(layers[i].InnerConnections).Contains(connection))
                return (layers[i], [.. layers.Skip(i + 1)]);
            foreach (var branch in layers[i].Branches)
                if (Find(branch, connection) is { } found) return found;
        }
        return null;
    }
}
