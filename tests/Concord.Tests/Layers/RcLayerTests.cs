using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Layers;

/// <summary>Circuits as a layer: their own equations step by step, derivatives by central differences, and what is refused.</summary>
public sealed class RcLayerTests
{
    private const int Inputs = 4, Units = 3, Steps = 5, Samples = 2;
    private const double Step = 0.3, Ground = 0.2, Threshold = 0.25;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ItIsTheCircuitStepByStep(bool fires)
    {
        using var kernels = Kit.Double();
        var (layer, x) = Made(kernels, fires);
        var y = Forward(kernels, layer, x).ToArray();
        var (voltages, w) = (x.ToArray(), layer.Parameters[0].Value.ToArray());
        var neuron = new RcNeuron(1, Ground, Threshold);
        var spikes = 0;
        for (var n = 0; n < Samples; n++)
            for (var j = 0; j < Units; j++)
            {
                double[] g = [.. Enumerable.Range(0, Inputs).Select(i => w[i * Units + j])];
                var u = 0.0;
                for (var t = 0; t < Steps; t++)
                {
                    var drive = neuron.DriveOf(g, voltages.AsSpan((t * Samples + n) * Inputs, Inputs));
                    u = RcNeuron.Charge(u, drive.Target, neuron.ConstantOf(drive), Step);
                    var z = fires && u >= Threshold;
                    Assert.Equal(fires ? z ? 1 : 0 : u, y[(t * Samples + n) * Units + j], 1e-12);
                    if (z) (u, spikes) = (0, spikes + 1);
                }
            }
        if (fires) Assert.InRange(spikes, 1, Samples * Units * Steps - 1);
    }

    [Fact]
    public void ItsDerivativesAreThoseOfCentralDifferences()
    {
        using var kernels = Kit.Double();
        var (layer, x) = Made(kernels, fires: false);
        var w = layer.Parameters[0].Value;
        var tape = new Tape(kernels, new Workspace());
        var y = kernels.Allocate(new Shape(Units).WithSteps(Steps).Batch(Samples));
        layer.Forward(x, y, tape);
        Tensor s = Kit.Tensor(kernels, y.Shape, "s"), below = kernels.Allocate(x.Shape);
        var keeper = new GradientKeeper(kernels);
        layer.Backward(x, y, s, below, tape, new OneWalk(kernels, keeper));
        Kit.Close(Differences(w), keeper.Gradients[layer.Parameters[0]].ToArray(), 1e-7, "conductances");
        Kit.Close(Differences(x), below.ToArray(), 1e-7, "voltages");

        double[] Differences(Tensor of) => OneWalk.Differences(of, () =>
            Forward(kernels, layer, x).ToArray().Zip(s.ToArray(), (a, b) => a * b).Sum());
    }

    [Theory]
    [InlineData("layers: 6; rc units=4; dense units=3", "no steps")]
    [InlineData("layers: 6; repeat steps=3; rc units=4 step=0; mean; dense units=3", "step")]
    [InlineData("layers: 6; repeat steps=3; rc units=4 ground=-1; mean; dense units=3", "ground")]
    [InlineData("layers: 6; repeat steps=3; rc units=4 threshold=1; mean; dense units=3", "below the supply's 1")]
    [InlineData("rc:6-4-3,threshold=2", "below the supply's 1")]
    [InlineData("layers: 6; repeat steps=3; rc units=4 fires=false threshold=0.2; mean; dense units=3", "threshold")]
    public void WhatCannotBeIsNamed(string model, string message) =>
        Assert.Contains(message, Assert.Throws<ConcordException>(() => ModelDescription.Parse(model)).Message, StringComparison.Ordinal);

    private static (RcLayer Layer, Tensor X) Made(Kernels kernels, bool fires)
    {
        var layer = new RcLayer(Units, new(Threshold, SpikeReset.Hard, Fires: fires), Step, Ground);
        layer.Attach("rc1", new Shape(Inputs).WithSteps(Steps));
        foreach (var parameter in layer.Parameters) parameter.Initialize(kernels, RandomStream.FromSeed(3));
        var x = kernels.Allocate(new Shape(Inputs).WithSteps(Steps).Batch(Samples));
        kernels.FillUniform(RandomStream.FromSeed(4), 0, 1, x);
        return (layer, x);
    }

    private static Tensor Forward(Kernels kernels, RcLayer layer, Tensor x)
    {
        var y = kernels.Allocate(new Shape(Units).WithSteps(Steps).Batch(Samples));
        layer.Forward(x, y, new(kernels, new Workspace()));
        return y;
    }
}
