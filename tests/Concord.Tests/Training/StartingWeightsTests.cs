using Concord.Data;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Weights from files: our own names and PyTorch's, another head, everything that does not fit at once.</summary>
public sealed class StartingWeightsTests
{
    private const string Images = "cnn:2x6x6-c3k3p1-p2-c4k2-6-5,batchnorm";
    private const string Units = "cnn:3x8x8-c4k3p1-r4x2-r8s2x2-gap-5,batchnorm,no-bias";

    // As torchvision lays out such networks: activations and pools count as modules and have no tensors.
    private static readonly Dictionary<string, string> s_sequence = new()
    {
        ["conv1"] = "features.0", ["conv1.norm"] = "features.1", ["conv2"] = "features.4", ["conv2.norm"] = "features.10",
        ["fc1"] = "classifier.0", ["fc1.norm"] = "classifier.1", ["fc2"] = "classifier.3",
    };

    private static readonly Dictionary<string, string> s_units = new()
    {
        ["conv1"] = "conv1", ["conv1.norm"] = "bn1", ["unit1.1"] = "layer1.0.conv1", ["unit1.2"] = "layer1.0.bn1",
        ["unit1.4"] = "layer1.0.conv2", ["unit1.5"] = "layer1.0.bn2", ["unit2.1"] = "layer1.1.conv1", ["unit2.2"] = "layer1.1.bn1",
        ["unit2.4"] = "layer1.1.conv2", ["unit2.5"] = "layer1.1.bn2", ["unit3.1"] = "layer2.0.conv1", ["unit3.2"] = "layer2.0.bn1",
        ["unit3.4"] = "layer2.0.conv2", ["unit3.5"] = "layer2.0.bn2", ["unit3.shortcut.1"] = "layer2.0.downsample.0",
        ["unit3.shortcut.2"] = "layer2.0.downsample.1", ["unit4.1"] = "layer2.1.conv1", ["unit4.2"] = "layer2.1.bn1",
        ["unit4.4"] = "layer2.1.conv2", ["unit4.5"] = "layer2.1.bn2", ["fc1"] = "fc",
    };

    private static string Torch(string name, Dictionary<string, string> modules)
    {
        var (module, leaf) = (name[..name.LastIndexOf('.')], name[(name.LastIndexOf('.') + 1)..]);
        return $"{modules[module]}.{leaf switch { "gain" => "weight", "shift" => "bias", "running_variance" => "running_var", _ => leaf }}";
    }

    private static Network Made(string model, Kernels kernels, long seed)
    {
        var network = ModelDescription.Parse(model);
        network.Initialize(kernels, RandomStream.FromSeed(seed));
        foreach (var (name, tensor) in network.Buffers) kernels.FillUniform(RandomStream.FromSeed(seed).Split(name), 0.5, 1, tensor);
        return network;
    }

    private static void Write(string path, Network network, Func<string, string> rename, params IEnumerable<SafeTensorsEntry> besides) =>
        SafeTensors.Write(path,
        [.. StartingWeights.Weights(network).Select(
            entry => new SafeTensorsEntry(rename(entry.Name), entry.Turned ? FileLayout.ToFile(entry.Tensor) : entry.Tensor)), .. besides]);

    private static void Load(string path, Network network, string fresh = "none") =>
        new StartingWeights(path, StartingWeights.HashOf(path), BlockPatterns.Parse(fresh)).Load(network);

    [Theory]
    [InlineData(Images, "ours")]
    [InlineData(Images, "torch")]
    [InlineData(Images, "sequential")]
    [InlineData(Units, "ours")]
    [InlineData(Units, "torch")]
    public void EveryTensorFindsItsPlace(string model, string names)
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        Network given = Made(model, kernels, 1), loaded = Made(model, kernels, 2);
        var path = folder["w"];
        var modules = model == Images ? s_sequence : s_units;
        if (names == "sequential") modules = modules.Select((module, i) => (module.Key, $"{2 * i}")).ToDictionary();
        Write(path, given, name => names == "ours" ? name : Torch(name, modules), names == "ours"
            ? [new("feedback.fc1", new Tensor(new Shape(2, 2))), new("optimizer.conv1.weight.first", new Tensor(new Shape(2)))]
            : [new($"{modules["conv1.norm"]}.num_batches_tracked", new long[] { 7 })]);
        Assert.NotEqual(Kit.Bytes(given), Kit.Bytes(loaded));
        Load(path, loaded);
        Assert.Equal(Kit.Bytes(given), Kit.Bytes(loaded));
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("_orig_mod.")]
    [InlineData("net.")]
    [InlineData("model.module._orig_mod.")]
    public void WhatWrapsANetworkIsLeftOutOfTheNames(string prefix)
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        var path = folder["w"];
        foreach (var model in (string[])[Images, Units])
        {
            Network given = Made(model, kernels, 1);
            var modules = model == Images ? s_sequence : s_units;
            foreach (var rename in (Func<string, string>[])[name => name,
                name => Torch(name, modules), .. model == Images ? (Func<string, string>[])[
                    name => Torch(name, modules.Keys.Index().ToDictionary(module => module.Item, module => $"{2 * module.Index}"))] : []])
            {
                var loaded = Made(model, kernels, 2);
                Write(path, given, name => prefix + rename(name));
                Load(path, loaded);
                Assert.Equal(Kit.Bytes(given), Kit.Bytes(loaded));
                Assert.EndsWith($", names without '{prefix}'", StartingWeights.Describe(path), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("n_averaged")]
    [InlineData("epoch")]
    [InlineData("module.conv1.norm.num_batches_tracked")]
    public void CountsAreNoWeights(string count)
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        var path = folder["w"];
        Network given = Made(Images, kernels, 1), loaded = Made(Images, kernels, 2);
        Write(path, given, name => $"module.{name}", new SafeTensorsEntry(count, new long[] { 3 }));
        Load(path, loaded);
        Assert.Equal(Kit.Bytes(given), Kit.Bytes(loaded));
        Assert.EndsWith(", names without 'module.', without 1 count", StartingWeights.Describe(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fc1.weight fc1.bias", "")]
    [InlineData("conv1.weight conv1.norm.gain conv1.norm.shift", "")]
    [InlineData("features.0.weight features.0.bias", "")]
    [InlineData("layer1.0.conv1.weight layer1.0.bn1.weight", "")]
    [InlineData("net.weight net.bias", "")]
    [InlineData("net.0.weight other.0.weight", "")]
    [InlineData("layers.0.weight layers.2.weight", "layers.")]
    [InlineData("net.fc1.weight net.fc1.bias", "net.")]
    [InlineData("", "")]
    public void OnlyWhatAllNamesShareWrapsThem(string names, string prefix) => Assert.Equal(prefix, TorchNames.Wrapping(names.Split(' ')));

    [Theory]
    [InlineData(SafeTensorsType.F16)]
    [InlineData(SafeTensorsType.BF16)]
    [InlineData(SafeTensorsType.F64)]
    public void NumbersOfOtherWidthsAreConverted(SafeTensorsType type)
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        Network given = Made(Images, kernels, 1), loaded = Made(Images, kernels, 2);
        var path = folder["w"];
        SafeTensors.Write(path, StartingWeights.Weights(given).Select(entry =>
        {
            var stored = entry.Turned ? FileLayout.ToFile(entry.Tensor) : entry.Tensor;
            var dimensions = Enumerable.Range(0, stored.Shape.Rank).Select(axis => (long)stored.Shape[axis]).ToArray();
            var values = stored.Singles.ToArray();
            return SafeTensorsEntry.Streamed(entry.Name, type, dimensions, stream => stream.Write([.. values.SelectMany(value => type switch
            {
                SafeTensorsType.F16 => BitConverter.GetBytes((Half)value),
                SafeTensorsType.BF16 => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)),
                _ => BitConverter.GetBytes((double)value),
            })]));
        }));
        Load(path, loaded);
        foreach (var ((name, expected, _), (_, actual, _)) in StartingWeights.Weights(given).Zip(StartingWeights.Weights(loaded)))
            Assert.Equal(expected.Singles.ToArray().Select(value => type switch
            {
                SafeTensorsType.F16 => (float)(Half)value,
                SafeTensorsType.BF16 => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000),
                _ => value,
            }), actual.Singles.ToArray());
        Assert.Contains($" tensors, {type} ({(type == SafeTensorsType.F64 ? "narrowed" : "widened")} to single precision)",
            StartingWeights.Describe(path), StringComparison.Ordinal);
        using var file = SafeTensorsFile.Open(path);
        // a checkpoint is not converted
        Assert.Contains("is needed", Assert.Throws<ConcordException>(() => file.Read("fc1.bias", new Tensor(new Shape(6)))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherHeadStartsFromItsOwnDraw()
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        var (path, model) = (folder["w"], Images.Replace("-5,", "-3,", StringComparison.Ordinal));
        Write(path, Made(Images, kernels, 1), name => Torch(name, s_sequence));
        Network own = Made(model, kernels, 2), loaded = Made(model, kernels, 2);
        Load(path, loaded, "fc2");
        foreach (var parameter in loaded.Parameters.Where(parameter => parameter.Name.EndsWith(".weight", StringComparison.Ordinal)))
            Assert.Equal(parameter.Name == "fc2.weight",
                parameter.Value.ToArray().SequenceEqual(Kit.Parameter(own, parameter.Name).Value.ToArray()));

        var shorter = Made("cnn:2x6x6-c3k3p1-p2-c4k2-5,batchnorm", kernels, 2);   // the file's fc2 is of no use, and 'fc*' says so
        Load(path, shorter, "fc*");
        Assert.Contains("'unit*'", Assert.Throws<ConcordException>(() => Load(path, shorter, "fc*,unit*")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AllThatDoesNotFitIsListed()
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        var path = folder["w"];
        Write(path, Made(Images, kernels, 1), name => Torch(name, s_sequence),
            new SafeTensorsEntry("classifier.9.weight", new Tensor(new Shape(2, 3))));
        var message = Assert.Throws<ConcordException>(() => Load(path, Made("cnn:2x6x6-c3k3p1-p2-c5k2-6-3", kernels, 2))).Message;
        Assert.Contains("conv2.weight is 'features.4.weight' F32 [4, 3, 2, 2] in the file, needed is F32 [5, 3, 2, 2];", message,
            StringComparison.Ordinal);
        Assert.Contains("fc2.bias is 'classifier.3.bias' F32 [5] in the file, needed is F32 [3];", message, StringComparison.Ordinal);
        Assert.Contains("conv1.norm.running_mean is 'features.1.running_mean' F32 [3] in the file, the network has none", message,
            StringComparison.Ordinal);
        Assert.Contains("fc3.weight is 'classifier.9.weight' F32 [2, 3] in the file, the network has none", message,
            StringComparison.Ordinal);
        Assert.Contains("--fresh fc2", message, StringComparison.Ordinal);

        message = Assert.Throws<ConcordException>(
            () => Load(path, Made(Images.Replace("-5,", "-4-3-2,", StringComparison.Ordinal), kernels, 2))).Message;
        Assert.Contains("fc4.bias is not in the file, needed is F32 [2]", message, StringComparison.Ordinal);

        Write(path, Made(Images, kernels, 1), name => Torch(name, s_sequence),
            new SafeTensorsEntry("aux.weight", new Tensor(new Shape(2, 3))));
        message = Assert.Throws<ConcordException>(() => Load(path, Made(Images, kernels, 2))).Message;
        // one stranger is no reason to know none of the others
        Assert.Contains("network: aux.weight is F32 [2, 3] in the file, the network has none. ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnotherFileOrOneWithNumbersThatAreNoneIsRefused()
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        var (path, network) = (folder["w"], Made(Images, kernels, 1));
        Write(path, network, name => name);
        var hash = StartingWeights.HashOf(path);
        Kit.Parameter(network, "fc1.bias").Value.Singles[3] = float.NaN;
        Write(path, network, name => name);
        Assert.Contains("another file",
            Assert.Throws<ConcordException>(() => new StartingWeights(path, hash, BlockPatterns.None).Load(network)).Message,
            StringComparison.Ordinal);
        Assert.Contains("'fc1.bias'", Assert.Throws<ConcordException>(() => Load(path, network)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^4]);
        Assert.Contains("damaged", Assert.Throws<ConcordException>(() => Load(path, network)).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<ConcordException>(() => StartingWeights.HashOf(folder["none"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ARunStartsFromThemAndGoesOnWithoutTheFile()
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        var settings = new RunSettings
        {
            Data = "glyphs", Train = 128, Validation = 32, Test = 32, Model = "mlp:784-8-6-10", Rule = "frsf", Batch = 32, Epochs = 2,
            Engine = "managed", Threads = 1, Weights = folder["w"], Freeze = BlockPatterns.Parse("fc1"), CacheFeatures = FeatureCaching.Off,
        };
        Write(folder["w"], Made(settings.Model, kernels, 5), name => name);
        settings = settings.Load(out _, out var data);
        Assert.Equal(StartingWeights.HashOf(folder["w"]), settings.WeightsHash);
        var whole = new Trainer(settings, data, kernels);
        Assert.Equal(Kit.Bytes(Made(settings.Model, kernels, 5)), Kit.Bytes(whole.Learner.Network));
        whole.Run();

        using (var hold = RunFolder.Create(folder["run"]))
        {
            using var stop = new CancellationTokenSource();
            var first = new Trainer(settings, data, kernels, hold);
            Assert.Throws<OperationCanceledException>(() => first.Run(new Stop(stop), cancellation: stop.Token));
        }
        File.Delete(folder["w"]);
        using (var hold = RunFolder.Open(folder["run"]))
        {
            var rest = new Trainer(RunFolder.SettingsOf(folder["run"]).Load(out _, out _), data, kernels, hold, restores: true);
            rest.Restore();
            Assert.Equal(settings.WeightsHash, rest.Run().Settings.WeightsHash);
            Assert.Equal(Kit.Bytes(whole.Learner.Network), Kit.Bytes(rest.Learner.Network));
        }
        Assert.Contains("no such file", Assert.Throws<ConcordException>(() => new Trainer(settings, data, kernels)).Message,
            StringComparison.Ordinal);
        Assert.Contains("--weights", Assert.Throws<ConcordException>(() =>
            new Trainer(settings with { Weights = RunSettings.NoWeights, Fresh = BlockPatterns.Parse("fc1") }, data, kernels)).Message,
            StringComparison.Ordinal);
    }

    private sealed class Stop(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Finished is not null) source.Cancel();
        }
    }
}
