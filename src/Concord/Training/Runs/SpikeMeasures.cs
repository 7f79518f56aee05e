using Concord.Layers;
using Concord.Networks;
using Concord.Rules;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Training;

/// <summary>Measures the spikes of all layers with weights as samples are scored.</summary>
internal sealed class SpikeMeasures
{
    private readonly Plan _plan;
    private readonly Dictionary<Port, SpikingNeurons[]> _layers;
    private readonly Dictionary<SpikingNeurons, (SpikeStatistics Spikes, WalkCounts Counts)> _seen = [];

    /// <summary>Of networks that have no such layers it measures nothing.</summary>
    public SpikeMeasures(Plan plan)
    {
        _plan = plan;
        _layers = plan.Network.Ports.ToDictionary(port => port, port => port.Below.Layers.OfType<SpikingNeurons>().ToArray());
        foreach (var layer in _layers.Values.SelectMany(layers => layers)) _seen[layer] = (new(layer.Output.Length), default);
    }

    /// <summary>Forgets what it has seen.</summary>
    public void Begin()
    {
        foreach (var layer in _seen.Keys)
        {
            _seen[layer].Spikes.Clear();
            _seen[layer] = (_seen[layer].Spikes, default);
        }
    }

    /// <summary>Looks at what a block has just given.</summary>
    public void See(Pass pass, Port port)
    {
        foreach (var layer in _layers[port])
        {
            if (pass.SpikesOf(layer) is not { } spikes) continue;
            var (statistics, counts) = _seen[layer];
            statistics.Add(spikes);
            _seen[layer] = (statistics, counts + pass.CountsOf(layer));
        }
    }

    /// <summary>What came of it, lowest first; nothing where nothing was seen.</summary>
    public IReadOnlyList<LayerSpikes> Layers =>
    [
        .. from port in _plan.Network.Ports
           from layer in _layers[port]
           let seen = _seen[layer]
           where seen.Spikes.Samples > 0
           let samples = (double)seen.Spikes.Samples
           let operations = seen.Counts.Accumulates / samples
           let learns = _plan.RouteAt(port) != Route.None && !layer.Connection.Weight.Frozen
           select new LayerSpikes(layer.Name, port.IsOutput, layer.Output.Length, seen.Spikes.SpikesPerNeuron, seen.Spikes.SilentShare,
               seen.Spikes.SilentSamples / samples, seen.Spikes.MeanFirstSpike, operations, learns ? operations : 0,
               _plan.Crossed.Contains(layer.Connection) ? operations : 0)
           {
               Late = seen.Counts.Late / samples, CutOff = seen.Counts.CutOff / samples,
               ArrivingPerNeuron = seen.Counts.Arriving / (samples * layer.Input.Length),
           },
    ];
}
