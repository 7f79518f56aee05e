using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Training;

/// <summary>
/// Wakes silent neurons of dense layers after a step (<see cref="WeightBump"/>), and remembers what a checkpoint keeps of it.
/// </summary>
internal sealed class SilenceBreaker
{
    private readonly WeightBump _bump;
    private readonly SpikingLinear[] _layers;
    private readonly Tensor[] _weights;
    private readonly SpikeTrains[] _spikes;
    private readonly bool[] _wanted;   // outputs whose class is in the batch; empty where the output does not learn
    private readonly Counter _layer = new() { Value = -1 }, _inARow = new();

    /// <summary>A breaker of silence.</summary>
    /// <param name="network">A spiking network, initialised.</param>
    /// <param name="mostSilent">The share of a layer's neurons that may be silent.</param>
    /// <exception cref="ConcordException">The network has no hidden layer whose neurons could be woken.</exception>
    public SilenceBreaker(Network network, double mostSilent)
    {
        _layers = [.. network.Blocks.SelectMany(block => block.Layers).OfType<SpikingLinear>()
            .Where(layer => !layer.Connection.Weight.Frozen)];
        if (_layers.Length == 0)
            throw new ConcordException("The setting weightBump (--weight-bump) wakes neurons of dense spiking layers that learn, "
                + "and the network has none. Leave it out.");
        _bump = new(mostSilent);
        (_weights, _spikes) = ([.. _layers.Select(layer => layer.Connection.Weight.Value)], new SpikeTrains[_layers.Length]);
        _wanted = new bool[network.Blocks[^1].Layers.Contains(_layers[^1]) ? network.Output.Length : 0];
    }

    /// <summary>What it remembers, by the names that a checkpoint gives it.</summary>
    public IEnumerable<(string Name, Counter Counter)> Counters => [("weightBump.layer", _layer), ("weightBump.inARow", _inARow)];

    /// <summary>Looks at the spikes of a training pass, whose step has been taken, and raises weights.</summary>
    public void After(Pass pass)
    {
        for (var i = 0; i < _layers.Length; i++) _spikes[i] = pass.SpikesOf(_layers[i])!;
        _bump.State = ((int)_layer.Value, (int)_inARow.Value);
        Array.Clear(_wanted);
        for (var i = 0; i < pass.Targets.Length && _wanted.Length > 0; i++) _wanted[i % _wanted.Length] |= pass.Targets[i] > 0.5;
        _bump.Apply(_weights, _spikes, _wanted);
        (_layer.Value, _inARow.Value) = (_bump.State.Layer, _bump.State.InARow);
    }
}
