using System.Globalization;
using Concord.Spiking;
using PureHDF;

namespace Concord.Interchange;

/// <summary>What was seen at one node of a graph, for several samples: events, or numbers at each step.</summary>
/// <param name="Node">The node's name in the graph.</param>
/// <param name="Observable">What it is: <c>spikes</c>, <c>membrane</c>.</param>
public abstract record NirRecording(string Node, string Observable);

/// <summary>Spikes with their times.</summary>
/// <param name="Node">The node's name in the graph.</param>
/// <param name="Trains">The spikes.</param>
/// <param name="End">When the recording ends, in the unit of the times.</param>
/// <param name="PerSecond">The file's units of time in a second.</param>
public sealed record NirEvents(string Node, SpikeTrains Trains, double End, double PerSecond = 1) : NirRecording(Node, "spikes");

/// <summary>Numbers at each step.</summary>
/// <param name="Node">The node's name in the graph.</param>
/// <param name="Observable">What they are; spikes are 0 and 1.</param>
/// <param name="Values">All steps and neurons of a sample, then those of the next.</param>
/// <param name="Samples">How many samples.</param>
/// <param name="Steps">How many steps.</param>
/// <param name="Neurons">How many neurons.</param>
/// <param name="Step">How long a step is.</param>
public sealed record NirGrid(string Node, string Observable, float[] Values, int Samples, int Steps, int Neurons, double Step)
    : NirRecording(Node, Observable);

/// <summary>
/// Files of NIRData: HDF5 whose groups say by the attribute <c>__type__</c> what they are. <c>nodes</c> has a group for each node, this
/// <c>observables</c>, and this a group each with <c>data</c> (samples, steps, neurons) and the attribute dt, or with <c>idx</c> and
/// <c>time</c> (samples, events), where -1 and infinity stand for no event, and the attributes n_neurons and t_max.
/// </summary>
public static class NirData
{
    private const string Kind = "__type__", Graph = "NIRGraphData", Nodes = "nodes", Node = "NIRNodeData", Observables = "observables",
        Grid = "TimeGriddedData", Events = "EventData", Valued = "ValuedEventData", Data = "data", Step = "dt", Neurons = "idx",
        Times = "time", Count = "n_neurons", End = "t_max";

    // What others write for truth values: their readers tell spikes by it.
    private enum Truth : byte
    {
        FALSE,
        TRUE,
    }

    /// <summary>Writes recordings, or replaces the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="recordings">Of a node all one after the other.</param>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<NirRecording> recordings)
    {
        var nodes = new H5Group();
        foreach (var node in recordings.GroupBy(recording => recording.Node))
        {
            var observables = new H5Group();
            foreach (var recording in node) observables[recording.Observable] = recording is NirEvents events ? Of(events)
                : Of((NirGrid)recording);
            nodes[node.Key] = new H5Group { [Observables] = observables, Attributes = { [Kind] = Node } };
        }
        HdfFile.Write(path, new() { [Nodes] = nodes, Attributes = { [Kind] = Graph } });
    }

    /// <summary>Reads recordings.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConcordException">It cannot be read, is damaged, or holds something else.</exception>
    public static IReadOnlyList<NirRecording> Read(string path) => HdfFile.Read<IReadOnlyList<NirRecording>>(path, file =>
    {
        if (Text(file, Kind) != Graph || !file.LinkExists(Nodes))
            throw new ConcordException($"'{path}' is an HDF5 file, but none of NIRData: its attribute {Kind} is not {Graph}.");
        List<NirRecording> recordings = [];
        foreach (var node in file.Group(Nodes).Children().OfType<IH5Group>())
        {
            if (Text(node, Kind) != Node) throw Wrong(node.Name, $"it is {Text(node, Kind) ?? "of no type"}; {Node} is read");
            foreach (var group in node.Group(Observables).Children().OfType<IH5Group>())
                recordings.Add(Text(group, Kind) switch
                {
                    Grid => ReadGrid(node.Name, group),
                    Events or Valued => ReadEvents(node.Name, group),
                    var other => throw Wrong(node.Name, $"what was seen is {other ?? "of no type"}; {Grid} and {Events} are read"),
                });
        }
        return recordings;

        ConcordException Wrong(string node, string what) =>
            new($"The node {PlainText.Line(node)} in '{path}' cannot be read: {PlainText.Line(what)}.");
    });

    private static H5Group Of(NirGrid grid)
    {
        ulong[] dimensions = [(ulong)grid.Samples, (ulong)grid.Steps, (ulong)grid.Neurons];
        object data = grid.Observable == "spikes"
            ? new H5Dataset<Truth[]>(Array.ConvertAll(grid.Values, value => value == 0 ? Truth.FALSE : Truth.TRUE), fileDims: dimensions)
            : new H5Dataset<float[]>(grid.Values, fileDims: dimensions);
        return new() { [Data] = data, Attributes = { [Kind] = Grid, [Step] = grid.Step } };
    }

    private static H5Group Of(NirEvents events)
    {
        var trains = events.Trains;
        var most = Math.Max(1, Enumerable.Range(0, trains.Samples).Select(trains.CountOf).DefaultIfEmpty().Max());
        var (neurons, times) = (new long[trains.Samples * most], new double[trains.Samples * most]);
        Array.Fill(neurons, -1);
        Array.Fill(times, double.PositiveInfinity);
        for (var sample = 0; sample < trains.Samples; sample++)
            for (var i = 0; i < trains.CountOf(sample); i++)
            {
                var at = trains.Offsets[sample] + i;
                neurons[sample * most + i] = trains.NeuronsOfEvents[at];
                times[sample * most + i] = trains.Times[at] * events.PerSecond;
            }
        ulong[] dimensions = [(ulong)trains.Samples, (ulong)most];
        return new()
        {
            [Neurons] = new H5Dataset<long[]>(neurons, fileDims: dimensions),
            [Times] = new H5Dataset<double[]>(times, fileDims: dimensions),
            Attributes = { [Kind] = Events, [Count] = (long)trains.Neurons, [End] = events.End * events.PerSecond },
        };
    }

    private static NirGrid ReadGrid(string node, IH5Group group)
    {
        var (shape, values, _) = HdfFile.Numbers(group.Dataset(Data));
        if (shape.Length != 3) throw new InvalidDataException($"'{Data}' of {node} has {shape.Length} axes, and not 3");
        return new(node, group.Name, Array.ConvertAll(values, value => (float)value), shape[0], shape[1], shape[2], Number(group, Step));
    }

    private static NirEvents ReadEvents(string node, IH5Group group)
    {
        var (shape, neurons, _) = HdfFile.Numbers(group.Dataset(Neurons));
        var (same, times, _) = HdfFile.Numbers(group.Dataset(Times));
        if (shape.Length != 2 || !shape.SequenceEqual(same))
            throw new InvalidDataException($"'{Neurons}' and '{Times}' of {node} are not of one shape (samples, events)");
        var trains = new SpikeTrains((int)Number(group, Count));
        List<double> at = [];
        List<int> which = [];
        for (var sample = 0; sample < shape[0]; sample++)
        {
            at.Clear();
            which.Clear();
            for (var i = sample * shape[1]; i < (sample + 1) * shape[1]; i++)
                if (neurons[i] >= 0)
                {
                    at.Add(times[i]);
                    which.Add((int)neurons[i]);
                }
            trains.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(at),
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(which));
        }
        return new(node, trains, Number(group, End));
    }

    private static string? Text(IH5Object item, string name) => item.AttributeExists(name) ? item.Attribute(name).Read<string>() : null;

    private static double Number(IH5Object item, string name)
    {
        var attribute = item.Attribute(name);
        return attribute.Type.Class == H5DataTypeClass.FloatingPoint
            ? attribute.Type.Size == 4 ? attribute.Read<float>() : attribute.Read<double>()
            : Convert.ToDouble(attribute.Type.Size == 4 ? attribute.Read<int>() : attribute.Read<long>(), CultureInfo.InvariantCulture);
    }
}
