using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>A test that needs Python's standard library, or torchvision as well; skipped, and said so, where they are missing.</summary>
internal sealed class PythonTheoryAttribute : TheoryAttribute
{
    public const string Path = "/usr/bin/python3";
    private static readonly Lazy<bool> s_torch =
        new(() => Run(["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torchvision') is None)"]).ExitCode == 0);

    /// <summary>Skips the test where Python, or what it needs there, is missing.</summary>
    public PythonTheoryAttribute(bool torch = false) => Skip = !File.Exists(Path) ? $"needs {Path}" : torch && !s_torch.Value
        ? "needs torchvision (apt-get install python3-torchvision)" : null;

    public static (int ExitCode, string Output) Run(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        var output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        return (python.ExitCode, python.ExitCode == 0 ? output : errors.Result);
    }
}

/// <summary>
/// Saved models read by somebody who knows nothing but the format: twenty lines of Python compare every byte, and feed torchvision's
/// networks, whose logits must agree with ours in both directions.
/// </summary>
public sealed class TorchAgreementTests
{
    private const string Reader = """
        import hashlib, json, re, struct, sys

        def read(path):
            data = open(path, "rb").read()
            n = struct.unpack("<Q", data[:8])[0]
            header = json.loads(data[8:8 + n].decode("utf-8"))
            header.pop("__metadata__", None)
            tensors, end = {}, 0
            for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
                begin, stop = tensor["data_offsets"]
                assert begin == end, "gap or overlap"
                count = {"F32": 4, "F64": 8, "I32": 4, "I64": 8, "U8": 1}[tensor["dtype"]]
                for axis in tensor["shape"]:
                    count *= axis
                assert count == stop - begin, "length"
                tensors[name] = (tensor["dtype"], tensor["shape"], data[8 + n + begin:8 + n + stop])
                end = stop
            assert 8 + n + end == len(data), "trailing bytes"
            return tensors

        """;

    private const string Printer = Reader + """
        for name, (dtype, shape, values) in sorted(read(sys.argv[1]).items()):
            print(name, dtype, shape, hashlib.sha256(values).hexdigest())
        """;

    // Networks of torchvision with drawn weights, running moments included. "make" writes them with an input and its logits; "take" reads a
    // checkpoint of ours and the same input, in the order in which both count their layers, and says how far its logits are from ours.
    private const string Torch = Reader + """
        import numpy, torch, torchvision

        def write(path, tensors):
            header, at = {}, 0
            for name, values in tensors.items():
                size = values.numel() * values.element_size()
                kind = {torch.float32: "F32", torch.int64: "I64"}[values.dtype]
                header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [at, at + size]}
                at += size
            text = json.dumps(header).encode("utf-8")
            with open(path, "wb") as file:
                file.write(struct.pack("<Q", len(text)) + text)
                for values in tensors.values():
                    file.write(values.contiguous().numpy().tobytes())

        def floats(tensor):
            return torch.from_numpy(numpy.frombuffer(tensor[2], "<f4").reshape(tensor[1]).copy())

        def place(name):
            leaf = ["weight", "gain", "bias", "shift", "running_mean", "running_variance"].index(name.split(".")[-1])
            kind, number = re.match("([a-z]+)([0-9]+)", name).groups()
            within = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in name.split(".")[1:-1]]
            return ["conv", "unit", "fc"].index(kind), int(number), within, leaf

        what, model, folder, size = sys.argv[1:]
        torch.manual_seed(1)
        net = getattr(torchvision.models, model)(weights=None).eval()
        if what == "make":
            for name, tensor in net.state_dict().items():
                if name.endswith("running_mean"): tensor.normal_(0, 0.1)
                if name.endswith("running_var"): tensor.uniform_(0.5, 1.5)
            x = torch.randn(2, 3, int(size), int(size))
            with torch.no_grad(): logits = net(x)
            write(folder + "/theirs", net.state_dict())
            write(folder + "/io", {"x": x, "logits": logits})
        else:
            ours = read(folder + "/ours")
            names = sorted((name for name in ours if not name.startswith(("feedback.", "optimizer."))), key=place)
            keys = [key for key in net.state_dict() if not key.endswith("num_batches_tracked")]
            assert len(names) == len(keys), (names, keys)
            net.load_state_dict({key: floats(ours[name]) for key, name in zip(keys, names)}, strict=False)
            io = read(folder + "/io")
            with torch.no_grad(): logits = net(floats(io["x"]))
            print(float((logits - floats(read(folder + "/logits")["logits"])).abs().max()), float(logits.std()))
        """;

    [PythonTheory]
    [InlineData("mlp", "fa")]
    [InlineData("lenet", "dfa")]
    [InlineData("arch1", "wm")]
    [InlineData("launay-conv", "sparse-dfa")]
    [InlineData("resnet-20", "kolen-pollack")]
    public void EveryByteOfASavedModelAndItsFeedbackIsReadElsewhere(string model, string rule) => Compare(model, rule);

    [PythonTheory]
    [Trait("Category", "Long")]
    [InlineData("nokland-cifar", "dfa")]
    [InlineData("vgg-8", "sparse-dfa")]
    [InlineData("vgg-11", "fa")]
    [InlineData("resnet-18", "fa")]
    [InlineData("alexnet", "conv*=shallow,fc*=dfa")]
    [InlineData("vgg-16", "conv*=shallow,fc*=sparse-dfa")]
    public void EveryByteOfALargeModelAgrees(string model, string rule) => Compare(model, rule);

    private static void Compare(string model, string rule)
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        var learner = Kit.Learner(model, rule, kernels, new());
        Checkpoint.Write(folder["w"], learner, State);
        var (code, output) = PythonTheoryAttribute.Run(["-c", Printer, folder["w"]]);
        Assert.True(code == 0, output);
        List<(string Name, Tensor Tensor)> expected = [.. StartingWeights.Weights(learner.Network)
            .Select(entry => (entry.Name, entry.Turned ? FileLayout.ToFile(entry.Tensor) : entry.Tensor)), .. learner.Plan.Feedback];
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("optimizer.", StringComparison.Ordinal));
        Assert.Equal(expected.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(Line), lines);
        Assert.NotEmpty(learner.Plan.Feedback);

        var other = new Learner(Kit.Made(ModelDescription.Parse(model), Kit.Rule(rule)), default, new(), kernels, Kit.Seed + 1);
        Checkpoint.Read(folder["w"], other);
        Assert.Equal(expected.Select(entry => Hash(entry.Tensor)),
            StartingWeights.Weights(other.Network).Select(entry => entry.Turned ? FileLayout.ToFile(entry.Tensor) : entry.Tensor)
                .Concat(other.Plan.Feedback.Select(entry => entry.Tensor)).Select(Hash));

        static string Line((string Name, Tensor Tensor) entry) =>
            $"{entry.Name} F32 [{string.Join(", ", new SafeTensorsEntry("x", entry.Tensor).Dimensions)}] {Hash(entry.Tensor)}";
        static string Hash(Tensor tensor) => Convert.ToHexStringLower(SHA256.HashData(tensor.AsBytes()));
    }

    private static CheckpointState State => new([], 0, 0, default, PlateauState.Start, double.NaN, 0, 0, 0, 0);

    [PythonTheory(torch: true)]
    [InlineData("cnn:3x64x64-c64k7s2p3-p3s2p1-r64x2-r128s2x2-r256s2x2-r512s2x2-gap-1000,batchnorm,no-bias", "resnet18")]
    public void LogitsAgreeWithTorchvisionInBothDirections(string model, string theirs) => Agree(model, theirs);

    [PythonTheory(torch: true)]
    [Trait("Category", "Long")]
    [InlineData("alexnet", "alexnet")]
    [InlineData("resnet-18", "resnet18")]
    [InlineData("vgg-16", "vgg16")]
    public void LogitsOfALargeModelAgreeAsWell(string model, string theirs) => Agree(model, theirs);

    private static void Agree(string model, string theirs)
    {
        using var folder = new TemporaryFolder();
        var size = ModelDescription.Parse(model).Input[0];
        Torchvision("make");
        using var kernels = Engines.Create();
        var learner = Learner(model, kernels,
            new StartingWeights(folder["theirs"], StartingWeights.HashOf(folder["theirs"]), BlockPatterns.None), seed: 0);
        using var io = SafeTensorsFile.Open(folder["io"]);
        var logits = Logits(learner, io);
        var expected = new Tensor(logits.Shape);
        io.Read("logits", expected);
        var (difference, spread) = (expected.ToArray().Zip(logits.ToArray()).Max(pair => Math.Abs(pair.First - pair.Second)),
            Math.Sqrt(expected.ToArray().Sum(x => x * x) / expected.Length));
        Assert.True(difference <= 1e-4 && difference <= 1e-3 * spread,
            FormattableString.Invariant($"The logits differ by {difference}, and are {spread} large."));

        var own = Learner(model, kernels, null, seed: 3);
        Checkpoint.Write(folder["ours"], own, State);
        SafeTensors.Write(folder["logits"], [new("logits", Logits(own, io))]);
        var words = Torchvision("take").Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToList();
        Assert.True(words[0] <= 1e-4 && words[0] <= 1e-3 * words[1],
            FormattableString.Invariant($"Torch's logits differ by {words[0]}, and are {words[1]} large."));

        string Torchvision(string what)
        {
            var (code, output) =
                PythonTheoryAttribute.Run(["-c", Torch, what, theirs, folder.Path, FormattableString.Invariant($"{size}")]);
            Assert.True(code == 0, output);
            return output;
        }
    }

    private static Learner Learner(string model, Kernels kernels, StartingWeights? weights, long seed)
    {
        Learner? learner = null;
        kernels.Run(() => learner = new(Kit.Made(ModelDescription.Parse(model), Kit.Rule("conv*=shallow,unit*=shallow,fc*=sparse-dfa")),
            default, new(Momentum: 0), kernels, seed, weights: weights));
        return learner!;
    }

    private static Tensor Logits(Learner learner, SafeTensorsFile io)
    {
        var pass = new Pass(learner.Network, learner.Kernels, default, ActivationPolicy.Recomputed);
        learner.Kernels.Run(() =>
        {
            pass.Begin(2);
            io.Read("x", pass.Batch.Samples.Reshape(new(2, 3, learner.Network.Input[0], learner.Network.Input[1])));
            pass.Batch.Arrange();
            pass.Forward(0, training: false);
        });
        return pass.Logits;
    }
}
