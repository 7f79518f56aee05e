using System.Globalization;
using Concord.Data;
using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Networks as NIR files: what is read back, and what one computes who knows the documentation alone, are the same.</summary>
public sealed class NirTests
{
    private const int Samples = 3, Steps = 6;

    public static TheoryData<string, string> Clocked { get; } = new()
    {
        { "layers: 6; dense units=5; repeat steps=6; lif leak=0.8 threshold=0.3 reset=hard; dense units=4; lif leak=0.5 threshold=0.2 "
            + "reset=none; dense units=3; leaky leak=0.9", "constant" },
        { "layers: 6; dense units=5; repeat steps=6; lif leak=0.8 threshold=0.3 reset=hard learned-leak=true recurrent=true; "
            + "dense units=3; leaky leak=1", "constant" },
        { "layers: 2x6x6; convolution filters=3 size=3 width=2 padding=1; repeat steps=6; lif leak=0.7 threshold=0.2 reset=hard "
            + "learned-leak=true; average-pool size=2 stride=2; flatten; dense units=4; lif leak=1 threshold=0.4 reset=hard; "
            + "dense units=3", "constant" },
        { "layers: 2x4x4; convolution filters=3 size=2; batchnorm; repeat steps=6; leaky leak=0.7; dropout rate=0.5; dense units=3",
            "constant" },
        { "layers: 1x6x5; rows; dense units=4; lif leak=0.6 threshold=0.2 reset=hard; dense units=3; leaky leak=0.5", "rows" },
    };

    public static TheoryData<string> EventDriven { get; } =
    [
        "snn:6-5-3,weights=0/1,threshold=0.02/0.02,duration=0.3,most-spikes=2147483647",
        "snn:2x6x6-c3k3-p2-4-3,threshold=0.02/0.05/0.05,reset=0.01/0.05/0.04,membrane=equal,duration=0.3,most-spikes=2147483647,"
            + "delays=0/0.02",
    ];

    [Theory]
    [MemberData(nameof(Clocked))]
    public void AClockedNetworkComesBack(string model, string input)
    {
        foreach (var time in (NirTime[])[new(0.002), new(1, NirScheme.Euler)])
        {
            using var folder = new TemporaryFolder();
            using var kernels = Kit.Single();
            var network = Made(model, kernels);
            var export = NirExport.Of(network, time);
            Assert.Empty(export.Losses);
            NirFile.Write(folder["n.nir"], export.Graph);
            var import = NirImport.Read(folder["n.nir"], new(time, Steps, input, "each"));
            Kit.Close(Outputs(network, kernels), Outputs(Loaded(import, folder, kernels), kernels), 2e-5, import.Model);
            // time constants of each neuron's own cannot be perturbed alone: what a filter's weights would have to hold then differs
            Assert.NotEqual(Outputs(network, kernels), Outputs(Perturbed(folder, export.Graph, model.Contains("learned-leak",
                StringComparison.Ordinal) ? "r" : "tau", new(time, Steps, input, "each"), kernels, 1.3), kernels));
        }
    }

    [Theory]
    [MemberData(nameof(Clocked))]
    public void AReaderOfTheDocumentationComputesTheSame(string model, string input)
    {
        Assert.NotEmpty(input);
        const double Step = 0.002;
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        var network = Made(model, kernels);
        NirFile.Write(folder["n.nir"], NirExport.Of(network, new(Step)).Graph);
        var ours = Outputs(network, kernels);
        var (count, image) = (network.Output.Length, network.Input);
        var x = Inputs(network);
        for (var n = 0; n < Samples; n++)
        {
            var sample = x[(n * image.Length)..((n + 1) * image.Length)];
            // channels first, as others have images
            if (image.Rank == 3)
                sample = [.. from c in Enumerable.Range(0, image[2]) from place in Enumerable.Range(0, image[0] * image[1])
                    select sample[place * image[2] + c]];
            var theirs = NirSimulator.Run(folder["n.nir"], t => input == "rows" ? sample[(t * 5)..(t * 5 + 5)] : sample, Steps, Step);
            for (var t = 0; t < Steps; t++)
                Kit.Close(ours[((t * Samples + n) * count)..((t * Samples + n + 1) * count)], theirs[t], 2e-5,
                    $"{model} sample {n} step {t}");
        }
    }

    [Theory]
    [MemberData(nameof(EventDriven))]
    public void ANetworkOfSpikeTimesComesBack(string model)
    {
        foreach (var unit in (double[])[1, 1000])
        {
            using var folder = new TemporaryFolder();
            using var kernels = Kit.Single();
            var (network, time) = (Made(model, kernels), new NirTime(PerSecond: unit));
            var export = NirExport.Of(network, time);
            Assert.Empty(export.Losses);
            NirFile.Write(folder["n.nir"], export.Graph);
            var reading = new NirReading(time, More: ["duration=0.3", "most-spikes=2147483647"]);
            var (ours, theirs) = (Outputs(network, kernels), Outputs(Loaded(NirImport.Read(folder["n.nir"], reading), folder, kernels),
                kernels));
            Assert.True(ours.Sum() > 0);
            Assert.Equal(ours, theirs);
            Assert.NotEqual(ours, Outputs(Perturbed(folder, export.Graph, "r", reading, kernels, 0.5), kernels));
        }
    }

    [Fact]
    public void WhatNirCannotSayIsNamed()
    {
        using var kernels = Kit.Single();
        NirExport Export(string model) => NirExport.Of(Made(model, kernels), new());
        Assert.Contains("fc1.lif: a spike takes the threshold off (reset=soft)", Assert.Single(Export("lif:6-4-3,steps=3").Losses),
            StringComparison.Ordinal);
        Assert.Contains("2 refractory steps", Assert.Single(Export("lif:6-4-3,steps=3,reset=hard,refractory=2").Losses),
            StringComparison.Ordinal);
        Assert.Equal(2, Export("snn:6-4-3").Losses.Count(loss => loss.Contains("most-spikes", StringComparison.Ordinal)));
        foreach (var (model, layer) in ((string, string)[])[("mlp:6-4-3", "fc1.activation (relu)"), ("rnn:2x3-4-3", "rnn1 ("),
            ("cnn:1x6x6-c2k3-p2-3", "conv1.activation"), ("mlp:6-4-3,layernorm", "fc1.norm"),
            ("snn:6-4-3,membrane=non-leaky", "fc1 ("), ("layers: 6; dense units=4; repeat steps=3; lif leak=0 reset=hard; dense units=3",
                "fc1.lif"), ("lif:6-4-3,steps=3,reset=hard,adaptation=0.5", "fc1.lif"),
            ("layers: 6; dense units=4; repeat steps=3; lif reset=hard; sum; dense units=3", "fc2 (")])
        {
            var error = Assert.Throws<ConcordException>(() => Export(model));
            Assert.Contains($"The layer {layer}", error.Message, StringComparison.Ordinal);
            Assert.Contains("has no node in NIR", error.Message, StringComparison.Ordinal);
        }
    }

    internal static Network Made(string model, Kernels kernels)
    {
        var network = ModelDescription.Parse(model);
        network.Initialize(kernels, RandomStream.FromSeed(3));
        var stream = RandomStream.FromSeed(4);
        foreach (var parameter in network.Parameters.Where(parameter => parameter.Name.EndsWith(".leak", StringComparison.Ordinal)))
            parameter.Value.CopyFrom(Kit.Normals(stream, parameter.Shape.Length));
        foreach (var (name, tensor) in network.Buffers)
            tensor.CopyFrom([.. Enumerable.Range(0, tensor.Length).Select(i => 0.5 + stream.Split(name).Uniform((ulong)i))]);
        return network;
    }

    private static double[] Inputs(Network network) => [.. Enumerable.Range(0, Samples * network.Input.Length).Select(
        i => RandomStream.FromSeed(5).Uniform((ulong)i))];

    private static double[] Outputs(Network network, Kernels kernels)
    {
        var pass = new Pass(network, kernels, default);
        pass.Begin(Samples);
        pass.Input.CopyFrom(Inputs(network));
        pass.Forward(0, training: false);
        return pass.Logits.ToArray();
    }

    private static Network Loaded(NirImport import, TemporaryFolder folder, Kernels kernels)
    {
        var (model, weights) = import.Write(folder["imported"]);
        Assert.Contains(import.Model, File.ReadAllText(model), StringComparison.Ordinal);
        var network = ModelDescription.Parse(import.Model);
        network.Initialize(kernels, RandomStream.FromSeed(9));
        new StartingWeights(weights, StartingWeights.HashOf(weights), BlockPatterns.None).Load(network);
        return network;
    }

    // The same with a parameter changed: a reader that does not look at it shows here.
    private static Network Perturbed(TemporaryFolder folder, NirGraph graph, string field, NirReading reading, Kernels kernels,
        double factor)
    {
        var nodes = graph.Nodes.Select(node => !node.Fields.TryGetValue(field, out var old) ? node : node with
        {
            Fields = node.Fields.ToDictionary(pair => pair.Key, pair => pair.Key == field
                ? NirField.Of([.. old.Values.Select(value => value * factor)], [.. old.Shape]) : pair.Value),
        }).ToList();
        return Loaded(NirImport.Of(graph with { Nodes = nodes }, "perturbed", reading), folder, kernels);
    }
}
