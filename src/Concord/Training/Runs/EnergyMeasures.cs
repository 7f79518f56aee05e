using Concord.Layers;
using Concord.Networks;
using Concord.Rules;

namespace Concord.Training;

/// <summary>Adds up the energy that circuits take for their spikes as samples are scored.</summary>
/// <param name="plan">Whose network it is; of one without such layers nothing is measured.</param>
internal sealed class EnergyMeasures(Plan plan)
{
    private readonly Layer[] _layers =
        [.. plan.Network.Blocks.SelectMany(block => block.Layers).Where(layer => layer.EnergyPerSpike is not null)];

    private readonly double[] _spikes = new double[plan.Network.Blocks.Sum(block => block.Layers.Count)];
    private long _samples;

    /// <summary>Forgets what it has seen.</summary>
    public void Begin()
    {
        _samples = 0;
        Array.Clear(_spikes);
    }

    /// <summary>Looks at what a block has just given.</summary>
    public void See(Pass pass, Port port)
    {
        if (port.IsOutput) _samples += pass.Rows;
        for (var i = 0; i < _layers.Length; i++)
            if (port.Below.Layers.Contains(_layers[i])) _spikes[i] += pass.SpikesOfCircuits(port.Below, _layers[i]);
    }

    /// <summary>What came of it, lowest first; nothing where nothing was seen.</summary>
    public IReadOnlyList<LayerEnergy> Layers => _samples == 0 ? [] : [.. _layers.Select((layer, i) =>
        new LayerEnergy(layer.Name, _spikes[i] / (_samples * layer.Output.Length), _spikes[i] / _samples * layer.EnergyPerSpike!.Value))];
}
