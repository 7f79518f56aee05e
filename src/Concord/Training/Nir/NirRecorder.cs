using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;

namespace Concord.Training;

/// <summary>
/// What the neurons of a network do as samples are evaluated, by the nodes of its graph (<see cref="NirExport"/>): those of all layers,
/// also where others stand behind them in their block, whose activities are gone after the block's turn.
/// </summary>
/// <param name="time">What time is in the file.</param>
internal sealed class NirRecorder(NirTime time)
{
    /// <summary>What was recorded, lowest layer first.</summary>
    public List<NirRecording> Recordings { get; } = [];

    /// <summary>Looks at what a block has just given.</summary>
    public void See(Pass pass, Port port)
    {
        foreach (var layer in port.Below.Layers)
            switch (layer)
            {
                case ClockedNeurons neurons:
                    Recordings.Add(Grid(neurons, pass.OutputOf(port.Below, neurons).ToArray(), pass.Rows));
                    break;
                case SpikingNeurons neurons:
                    Recordings.Add(new NirEvents($"{neurons.Name}.neurons", pass.SpikesOf(neurons)!, neurons.Duration, time.PerSecond));
                    break;
            }
    }

    // Here all samples of a step stand together, and there all steps of a sample; images stand channels first there.
    private NirGrid Grid(ClockedNeurons layer, double[] values, int samples)
    {
        var (count, steps) = (layer.Output.Length, layer.Output.Steps);
        var order = layer.Output.Rank == 3 ? NirChainWriter.ChannelsFirst(layer.Output) : [.. Enumerable.Range(0, count)];
        var turned = new float[values.Length];
        for (var sample = 0; sample < samples; sample++)
            for (var step = 0; step < steps; step++)
                for (var i = 0; i < count; i++)
                    turned[(sample * steps + step) * count + i] = (float)values[(step * samples + sample) * count + order[i]];
        return new(layer.Name, layer.Neuron.Fires ? "spikes" : "membrane", turned, samples, steps, count, time.Step);
    }
}
