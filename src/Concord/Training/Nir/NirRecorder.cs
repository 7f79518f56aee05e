using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;

namespace Concord.Training;

/// <summary>What the neurons of a network did on some samples, by the nodes of its graph (<see cref="NirExport"/>).</summary>
internal static class NirRecorder
{
    /// <summary>Of the samples that a pass has evaluated.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="time">What time is in the file.</param>
    public static IEnumerable<NirRecording> Of(Pass pass, NirTime time)
    {
        foreach (var port in pass.Network.Ports)
            switch (port.Below.Layers[^1])
            {
                case ClockedNeurons neurons:
                    yield return Grid(neurons, pass.At(port).ToArray(), pass.Rows, neurons.Output.Steps, time);
                    break;
                case SpikingLayer:
                    foreach (var layer in port.Below.Layers.OfType<SpikingNeurons>())
                        yield return new NirEvents($"{layer.Name}.neurons", pass.SpikesOf(layer)!, layer.Duration, time.PerSecond);
                    break;
            }
    }

    // Here all samples of a step stand together, and there all steps of a sample; images stand channels first there.
    private static NirGrid Grid(ClockedNeurons layer, double[] values, int samples, int steps, NirTime time)
    {
        var count = layer.Output.Length;
        var order = layer.Output.Rank == 3 ? NirChainWriter.ChannelsFirst(layer.Output) : [.. Enumerable.Range(0, count)];
        var turned = new float[values.Length];
        for (var sample = 0; sample < samples; sample++)
            for (var step = 0; step < steps; step++)
                for (var i = 0; i < count; i++)
                    turned[(sample * steps + step) * count + i] = (float)values[(step * samples + sample) * count + order[i]];
        return new(layer.Name, layer.Neuron.Fires ? "spikes" : "membrane", turned, samples, steps, count, time.Step);
    }
}
