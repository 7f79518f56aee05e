using System.Text.Json;
using System.Text.Json.Serialization;
using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Training;

/// <summary>
/// One sample on its way through a spiking network: the spikes of each layer, and the potential of the output neurons that speak for the
/// right class and for the answer. A run leaves that of its first test sample in <c>spikes.json</c>; <c>concord raster</c> puts another in
/// its place.
/// </summary>
/// <param name="Part">The part of the data that the sample is of.</param>
/// <param name="Sample">Its number there.</param>
/// <param name="Label">Its class.</param>
/// <param name="Answer">What the network answered.</param>
/// <param name="Duration">When the simulation ends, seconds.</param>
/// <param name="Threshold">At which the output neurons fire.</param>
/// <param name="Layers">From the input up.</param>
/// <param name="Traces">Of output neurons.</param>
public sealed record SpikeRecord(string Part, int Sample, int Label, int Answer, double Duration, double Threshold,
    IReadOnlyList<SpikeRecord.Layer> Layers, IReadOnlyList<SpikeRecord.Trace> Traces)
{
    /// <summary>The file in a run folder.</summary>
    public const string FileName = "spikes.json";

    private const int MostBytes = 1 << 28;

    /// <summary>A layer's spikes, in the order of time.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Neurons">How many neurons it has.</param>
    /// <param name="Times">When each spike is, seconds.</param>
    /// <param name="NeuronsOfSpikes">Which neuron fires.</param>
    public sealed record Layer(string Name, int Neurons, IReadOnlyList<double> Times, IReadOnlyList<int> NeuronsOfSpikes)
    {
        /// <summary>How often each neuron fires.</summary>
        public int[] Counts()
        {
            var counts = new int[Neurons];
            foreach (var neuron in NeuronsOfSpikes) counts[neuron]++;
            return counts;
        }
    }

    /// <summary>The potential of a neuron of the output over time.</summary>
    /// <param name="Neuron">Which.</param>
    /// <param name="Times">Seconds.</param>
    /// <param name="Potentials">The potential at each.</param>
    public sealed record Trace(int Neuron, IReadOnlyList<double> Times, IReadOnlyList<double> Potentials);

    /// <summary>Reads what a run folder has; null if it has none.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="ConcordException">The file is damaged, or cannot be read.</exception>
    public static SpikeRecord? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var json = CheckedJson.Parse(SmallFile.Bytes(path, MostBytes, "such a file is shorter"), path,
            $"Remove it, and have it again with {NextCommand.Command("raster", Path.GetFullPath(folder))}.");
        return new(json.Text("part"), json.Count("sample"), json.Count("label"), json.Count("answer", least: -1),
            json.Number("duration", least: 0), json.Number("threshold", least: 0),
            [.. json.Objects("layers").Select(LayerOf)], [.. json.Objects("traces").Select(TraceOf)]);
    }

    /// <summary>Puts it into a run folder, in place of what is there.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName),
        stream => JsonSerializer.Serialize(stream, this, SpikeRecordJson.Default.SpikeRecord));

    /// <summary>Of the one sample that a pass has evaluated; null if its network has no spikes.</summary>
    internal static SpikeRecord? Of(Pass pass, string part, int sample, int label, int answer)
    {
        if (!pass.Network.OutputPort.IsSpiking) return null;
        List<Layer> layers = [];
        SpikeTrains? former = null, arriving = null;
        SpikingNeurons? output = null;
        var end = pass.Network.Blocks[^1].Layers.OfType<SpikingNeurons>().Last().Duration;
        if (pass.Network.ReadsSpikes) Add("input", pass.Batch.Spikes);
        foreach (var block in pass.Network.Blocks)
            foreach (var layer in block.Layers)
                if (pass.SpikesOf(layer) is { } trains)
                {
                    if (layer is SpikingNeurons neurons) (output, arriving) = (neurons, former);
                    Add(layer switch
                    {
                        SpikeEncoding => "input", SpikePoolLayer => $"{block.Name} pooled", SpikeDelayLayer => $"{block.Name} delayed",
                        _ => block.Name,
                    }, trains);
                }
        return new(part, sample, label, answer, output!.Duration, output.Neuron.Threshold, layers,
            [.. new[] { label, answer }.Where(neuron => neuron >= 0).Distinct()
                .Select(neuron => TraceOf(output, arriving!, former!, neuron))]);

        void Add(string name, SpikeTrains trains)
        {
            former = trains;
            var neurons = trains.NeuronsOfEvents.ToArray();
            int[] inTime = [.. Enumerable.Range(0, trains.Count).Where(e => trains.Times[e] <= end)];   // later ones have no effect
            layers.Add(new(name, trains.Neurons, [.. inTime.Select(e => trains.Times[e])], [.. inTime.Select(e => neurons[e])]));
        }
    }

    private static Trace TraceOf(SpikingNeurons output, SpikeTrains arriving, SpikeTrains fired, int neuron)
    {
        var (weight, width) = (output.Connection.Weight.Value, fired.Neurons);
        double[] times = [.. Times(arriving)], weights = [.. arriving.NeuronsOfEvents.ToArray().Select(i => weight[i * width + neuron])],
            spikes = [.. Times(fired).Where((_, e) => fired.NeuronsOfEvents[e] == neuron)];
        var trace = MembraneTrace.Of(output.Neuron, times, weights, spikes, output.Duration);
        return new(neuron, [.. trace.Select(point => point.Time)], [.. trace.Select(point => point.Potential)]);
    }

    private static IEnumerable<double> Times(SpikeTrains trains)
    {
        for (var e = 0; e < trains.Count; e++) yield return trains.Times[e];
    }

    private static Layer LayerOf(CheckedJson json)
    {
        var layer = new Layer(json.Text("name"), json.Count("neurons", least: 1), json.Numbers("times", least: 0),
            json.Counts("neuronsOfSpikes"));
        return layer.Times.Count == layer.NeuronsOfSpikes.Count && layer.NeuronsOfSpikes.All(neuron => neuron < layer.Neurons) ? layer
            : throw json.Refusal("neuronsOfSpikes", "a neuron of the layer for each time");
    }

    private static Trace TraceOf(CheckedJson json)
    {
        var trace = new Trace(json.Count("neuron"), json.Numbers("times", least: 0), json.Numbers("potentials"));
        return trace.Times.Count == trace.Potentials.Count ? trace : throw json.Refusal("potentials", "a potential for each time");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SpikeRecord))]
internal sealed partial class SpikeRecordJson : JsonSerializerContext;
