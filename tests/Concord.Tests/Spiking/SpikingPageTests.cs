using System.Runtime.CompilerServices;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Spiking;
using Concord.Spiking.Losses;

namespace Concord.Tests.Spiking;

/// <summary>What the page shows is compiled, run and equal to what is compiled and run.</summary>
public sealed class SpikingPageTests
{
    [Fact]
    public void TheExampleLearns()
    {
        // page: begin
        using var kernels = Engines.Create("managed", threads: 1);
        var input = new SpikeTrains(neurons: 4);
        input.Append(times: [0, 0, 1, 2], neurons: [0, 1, 2, 3]);
        input.Append(times: [0, 0, 1, 2], neurons: [0, 1, 3, 2]);

        var neuron = new SpikingNeuron(SynapticTime: 1, Threshold: 1, MostSpikes: 10);
        var layer = new SpikingDense(kernels, inputs: 4, outputs: 2, neuron, duration: 10);
        var loss = new SpikeCountLoss(labels: [0, 1], ofLabel: 10, ofOthers: 0);
        Tensor weight = kernels.Allocate(new(4, 2)), gradient = kernels.Allocate(new(4, 2));
        kernels.FillUniform(RandomStream.FromSeed(0), 0, 2, weight);

        var output = new SpikeTrains(neurons: 2);
        Tensor? signal = null;
        for (var step = 0; step < 50; step++)
        {
            layer.Forward(weight, input, output);
            signal = output.ValuesOf(signal);
            loss.Of(output, signal);
            layer.Backward(signal, arriving: null, carrier: null, new Accumulator(gradient));
            kernels.Combine(-0.1 / 2, gradient, 1, weight);
        }

        var answers = new int[2];
        SpikeDecision.ByCount(output, answers, counts: new int[2]);   // 0 and 1
        // page: end
        Assert.Equal([0, 1], answers);
    }

    [Fact]
    public void ThePageShowsIt()
    {
        var lines = File.ReadAllLines(Here());
        var shown = lines.SkipWhile(line => !line.EndsWith("// page: begin", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.EndsWith("// page: end", StringComparison.Ordinal)).Select(line => line.Length > 8 ? line[8..] : "");
        Assert.Contains(string.Join('\n', shown), File.ReadAllText(Path.Combine(Repository.Root, "docs", "spiking.md")),
            StringComparison.Ordinal);
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
