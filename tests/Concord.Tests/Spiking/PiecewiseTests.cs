using Concord.Networks;
using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Tests.Spiking;

/// <summary>Walks in pieces of a batch: the same spikes and gradients, and no more memory than a piece takes.</summary>
public sealed class PiecewiseTests
{
    private const double Duration = 3;

    private static readonly SpikingNeuron s_neuron = new(SynapticTime: 1, Threshold: 0.5, MostSpikes: 3, Grazing: Grazing.Clipped,
        SlopeLimit: 20);

    /// <summary>Maps, and their inputs, outputs and weights.</summary>
    private static (ISpikingMap Map, int Inputs, int Outputs, Shape Weight) Map(Kernels kernels, bool isImage) => isImage
        ? (new SpikingConvolution(kernels, new(6, 5, 2), 3, 2, s_neuron, Duration), 60, 5 * 4 * 3, new(8, 3))
        : (new SpikingDense(kernels, 9, 50, s_neuron, Duration), 9, 50, new(9, 50));

    [Theory, InlineData(false), InlineData(true)]
    public void SpikesGradientsAndCountsAreThoseOfOneWalk(bool isImage)
    {
        using var kernels = Kit.Double();
        var (_, inputs, _, _) = Map(kernels, isImage);
        var input = SpikingKit.Trains(kernels, inputs,
            Enumerable.Range(0, 7).Select(i => i == 3 ? [] : SpikingKit.Events(RandomStream.FromSeed(i), inputs, 40, Duration + 0.3)));
        var (whole, pieces) = (Walk(long.MaxValue), Walk(90 * (isImage ? 4 : 1)));
        Assert.Equal((1, true), (whole.Pieces, pieces.Pieces is > 2 and < 7));
        Assert.True(whole.Output.Count > 200 && whole.Counts is { Late: > 0, CutOff: > 0, Clipped: > 0, Accumulates: > 0 },
            $"{whole.Output.Count} spikes, {whole.Counts}");
        Assert.Equal(whole.Counts, pieces.Counts);
        Assert.Equal(whole.Output.Offsets.ToArray(), pieces.Output.Offsets.ToArray());
        Assert.Equal(whole.Output.NeuronsOfEvents.ToArray(), pieces.Output.NeuronsOfEvents.ToArray());
        Assert.Equal(whole.Times, pieces.Times);
        Assert.Equal(whole.Arriving, pieces.Arriving);
        Kit.Close(whole.Gradient, pieces.Gradient, 1e-12);

        Walked Walk(long most)
        {
            var (inner, _, outputs, shape) = Map(kernels, isImage);
            var weight = SpikingKit.Tensor(kernels, SpikingKit.Weights(RandomStream.FromSeed(9), shape[0], shape[1], -0.5, 1.4));
            var output = new SpikeTrains(outputs, ElementType.Double);
            var map = new PiecewiseMap(inner, 0, most) { MayCut = true };
            map.Forward(weight, input, output);
            Tensor signal = output.ValuesOf(null), arriving = input.ValuesOf(null), gradient = kernels.Allocate(weight.Shape);
            for (var i = 0; i < output.Count; i++) signal[i] = Math.Sin(i);
            kernels.Fill(gradient, 3);
            map.Backward(signal, arriving, weight, new Accumulator(gradient, 0.5, 2));
            return new(map.Pieces, output, output.Times.ToArray()[..output.Count], arriving.ToArray()[..input.Count], gradient.ToArray(),
                map.Counts);
        }
    }

    /// <summary>A training step's batch is as large as was asked for.</summary>
    [Fact]
    public void ABatchIsCutOnlyWhereItMayBe()
    {
        using var kernels = Kit.Double();
        var (inner, inputs, outputs, shape) = Map(kernels, isImage: false);
        var input = SpikingKit.Trains(kernels, inputs,
            Enumerable.Range(0, 5).Select(i => SpikingKit.Events(RandomStream.FromSeed(i), inputs, 40, Duration)));
        var map = new PiecewiseMap(inner, outputs, 90);
        foreach (var mayCut in (bool[])[false, true, false])
        {
            map.MayCut = mayCut;
            map.Forward(kernels.Allocate(shape), input, new SpikeTrains(outputs, ElementType.Double));
            Assert.Equal(mayCut ? 5 : 1, map.Pieces);
        }
    }

    /// <summary>300 images of 784 pixels, each seen by up to 25 windows: 5 million events of windows, 84 bytes each.</summary>
    [Fact]
    public void ScoringAConvolutionKeepsTheWindowsOfFewSamples()
    {
        const int samples = 300;
        using var kernels = Kit.Single();
        var learner = Kit.Learner("snn:1x28x28-c4k5-3,most-spikes=2", "backprop", kernels,
            objective: new(LossKind.SpikeCount));
        var pass = new Pass(learner.Network, kernels, default);
        pass.Begin(samples);
        var stream = RandomStream.FromSeed(3);
        pass.Input.CopyFrom([.. Enumerable.Range(0, samples * 784).Select(i => 0.1 + 0.9 * stream.Uniform((ulong)i))]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        pass.Forward(0, training: false);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(bytes, 1 << 20, 200 << 20);
    }

    private sealed record Walked(int Pieces, SpikeTrains Output, double[] Times, double[] Arriving, double[] Gradient, WalkCounts Counts);
}
