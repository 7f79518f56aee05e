using System.Diagnostics;
using Concord.Interchange;
using Concord.Spiking;
using Concord.Tests.Training;
using Concord.Training;

namespace Concord.Tests.Interchange;

/// <summary>Files of NIR as others read and write them, by h5py where it is there.</summary>
public sealed class NirDataTests
{
    // The fields of each node, and nothing else: other readers fail over one that they do not know.
    private const string Reader = """
        import h5py, json, sys
        fields = {"Input": {"shape"}, "Output": {"shape"}, "Affine": {"weight", "bias"}, "Linear": {"weight"},
            "LIF": {"tau", "r", "v_leak", "v_threshold", "v_reset"}, "LI": {"tau", "r", "v_leak"},
            "Conv2d": {"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"},
            "Flatten": {"start_dim", "end_dim", "input_type"}, "AvgPool2d": {"kernel_size", "stride", "padding"}}
        with h5py.File(sys.argv[1]) as f:
            assert f["version"][()].decode("utf8")
            assert f["node"]["type"][()] == b"NIRGraph"
            names = {k: n["type"][()].decode("utf8") for k, n in f["node"]["nodes"].items()}
            for k, n in f["node"]["nodes"].items():
                assert set(n.keys()) == fields[names[k]] | {"type"}, (k, set(n.keys()))
            edges = [(a.decode("utf8"), b.decode("utf8")) for a, b in f["node"]["edges"][()]]
            assert all(a in names and b in names for a, b in edges)
            conv = f["node"]["nodes"]["conv1"]
            print(json.dumps(sorted(names.values())))
            print(json.dumps([edges[0], conv["weight"].shape, str(conv["weight"].dtype),
                [int(x) for x in conv["stride"][()]], int(conv["groups"][()]), float(f["node"]["metadata"]["dt"][()])]))
        with h5py.File(sys.argv[2]) as f:
            assert f.attrs["__type__"] == "NIRGraphData"
            grid = f["nodes"]["lif"]["observables"]["spikes"]
            assert f["nodes"]["lif"].attrs["__type__"] == "NIRNodeData" and grid.attrs["__type__"] == "TimeGriddedData"
            events = f["nodes"]["fc1.neurons"]["observables"]["spikes"]
            print(json.dumps([str(grid["data"].dtype), grid["data"][()].tolist(), float(grid.attrs["dt"])]))
            print(json.dumps([events["idx"][()].tolist(), [[str(t) for t in row] for row in events["time"][()]],
                int(events.attrs["n_neurons"]), float(events.attrs["t_max"])]))
        """;

    // A file as the reference writes it: arrays in chunks that are compressed.
    private const string Writer = """
        import h5py, numpy as np, sys
        with h5py.File(sys.argv[1], "w") as f:
            text = h5py.string_dtype()
            f.create_dataset("version", data="1.0.7", dtype=text)
            node = f.create_group("node")
            node.create_dataset("type", data="NIRGraph", dtype=text)
            node.create_dataset("edges", data=[["input", "a"], ["a", "b"], ["b", "output"]], dtype=text)
            nodes = node.create_group("nodes")
            def add(name, kind, **fields):
                g = nodes.create_group(name)
                g.create_dataset("type", data=kind, dtype=text)
                for k, v in fields.items():
                    v = np.asarray(v)
                    g.create_dataset(k, data=v, **({"compression": "gzip"} if v.ndim else {}))
            add("input", "Input", shape=np.array([3]))
            add("a", "Affine", weight=np.arange(6, dtype=np.float64).reshape(2, 3), bias=np.array([1, 2], dtype=np.float16))
            add("b", "LIF", tau=np.full(2, 0.02, np.float32), r=np.full(2, 1 / (1 - np.exp(-0.05)), np.float32), v_leak=np.zeros(2),
                v_threshold=np.ones(2, np.int32))
            add("output", "Output", shape=np.array([2], dtype=np.int32))
        """;

    [H5PyFact]
    public void OthersReadWhatIsWrittenAndTheOtherWayRound()
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        var network = NirTests.Made("layers: 2x6x6; convolution filters=3 size=3; repeat steps=4; lif leak=0.7 reset=hard; average-pool "
            + "size=2 stride=2; dense units=4; leaky leak=0.8", kernels);
        NirFile.Write(folder["n.nir"], NirExport.Of(network, new(0.25)).Graph);
        NirData.Write(folder["d.nir"], Recordings());
        var (code, said) = PythonTheoryAttribute.Run(["-c", Reader, folder["n.nir"], folder["d.nir"]]);
        Assert.True(code == 0, said);
        Assert.Equal("""
            ["Affine", "AvgPool2d", "Conv2d", "Flatten", "Input", "LI", "LIF", "Output"]
            [["input", "conv1"], [3, 2, 3, 3], "float32", [1, 1], 1, 0.25]
            ["bool", [[[true, false], [false, false]], [[false, true], [true, true]]], 0.5]
            [[[1, 0], [2, -1]], [["0.25", "1.5"], ["0.5", "inf"]], 3, 2.0]
            """.ReplaceLineEndings("\n"), said.Trim().ReplaceLineEndings("\n"));

        (code, said) = PythonTheoryAttribute.Run(["-c", Writer, folder["theirs.nir"]]);
        Assert.True(code == 0, said);
        Assert.Equal("layers: 3; dense units=2; repeat steps=25; lif leak=0.95122945 threshold=1 reset=hard; mean",
            NirImport.Read(folder["theirs.nir"], new(new())).Model);
        var weights = NirFile.Read(folder["theirs.nir"]).Nodes.Single(node => node.Name == "a").Fields;
        Assert.Equal([0, 1, 2, 3, 4, 5], weights["weight"].Values);
        Assert.Equal([1, 2], weights["bias"].Values);
    }

    [Fact]
    public void RecordingsComeBack()
    {
        using var folder = new TemporaryFolder();
        NirData.Write(folder["d.nir"], Recordings());
        var read = NirData.Read(folder["d.nir"]);
        var grid = Assert.IsType<NirGrid>(read.Single(recording => recording.Node == "lif"));
        Assert.Equal([1, 0, 0, 0, 0, 1, 1, 1], grid.Values);
        Assert.Equal((2, 2, 2, 0.5), (grid.Samples, grid.Steps, grid.Neurons, grid.Step));
        var events = Assert.IsType<NirEvents>(read.Single(recording => recording.Node == "fc1.neurons"));
        Assert.Equal([0, 2, 3], events.Trains.Offsets.ToArray());
        Assert.Equal([1, 0, 2], events.Trains.NeuronsOfEvents.ToArray());
        Assert.Equal([0.25, 1.5, 0.5], events.Trains.Times.ToArray()[..3]);
        Assert.Equal((3, 2.0), (events.Trains.Neurons, events.End));
    }

    private static NirRecording[] Recordings()
    {
        var trains = new SpikeTrains(neurons: 3);
        trains.Append(times: [0.25, 1.5], neurons: [1, 0]);
        trains.Append(times: [0.5], neurons: [2]);
        return [new NirGrid("lif", "spikes", [1, 0, 0, 0, 0, 1, 1, 1], 2, 2, 2, 0.5), new NirEvents("fc1.neurons", trains, 2)];
    }

    private sealed class H5PyFact : FactAttribute
    {
        public H5PyFact() => Skip = File.Exists(PythonTheoryAttribute.Path)
            && PythonTheoryAttribute.Run(["-c", "import h5py"]).ExitCode == 0 ? null : "needs h5py (apt-get install python3-h5py)";
    }
}
