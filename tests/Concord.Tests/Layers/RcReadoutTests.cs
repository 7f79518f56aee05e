using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Layers;

/// <summary>Circuits whose first spike answers: the neuron's own times, and derivatives by central differences.</summary>
public sealed class RcReadoutTests
{
    private const int Inputs = 3, Units = 4, Samples = 5;
    private const double Threshold = 0.2, Ground = 0.2, Time = 0.5;

    [Fact]
    public void ItsTimesAreThoseOfTheNeuron()
    {
        using var kernels = Kit.Double();
        var (layer, x) = Made(kernels, high: 1);
        var y = Forward(kernels, layer, x).ToArray();
        double[] voltages = x.ToArray(), w = layer.Parameters[0].Value.ToArray(), b = layer.Parameters[1].Value.ToArray();
        var neuron = new RcNeuron(1, Ground, Threshold);
        for (var n = 0; n < Samples; n++)
            for (var j = 0; j < Units; j++)
            {
                double[] g = [.. Enumerable.Range(0, Inputs).Select(i => w[i * Units + j]), b[j]];
                double[] v = [.. voltages.AsSpan(n * Inputs, Inputs), 1];
                Assert.Equal(neuron.TimeToThreshold(neuron.DriveOf(g, v), 0), -Time * y[n * Units + j], 1e-12);
            }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.3)]   // some never fire
    public void ItsDerivativesAreThoseOfCentralDifferences(double high)
    {
        using var kernels = Kit.Double();
        var (layer, x) = Made(kernels, high);
        if (high < 1) kernels.Combine(0.2, layer.Parameters[1].Value, 0, layer.Parameters[1].Value);
        var tape = new Tape(kernels, new Workspace());
        var y = kernels.Allocate(new Shape(Units).Batch(Samples));
        layer.Forward(x, y, tape);
        var fired = layer.SpikesOn(y, tape);
        if (high < 1) Assert.InRange(fired, 1, Samples * Units - 1);
        else Assert.Equal(Samples * Units, fired);
        Tensor s = Kit.Tensor(kernels, y.Shape, "s"), below = kernels.Allocate(x.Shape);
        // what never fires counts at a fixed drive, whose own change with the conductance is none of the sample's
        var fires = tape.Keep(layer, "slope", y.Shape).ToArray();
        s.CopyFrom([.. s.ToArray().Select((value, i) => fires[i] < 0 ? value : 0)]);
        var keeper = new GradientKeeper(kernels);
        layer.Backward(x, y, s, below, tape, new OneWalk(kernels, keeper));
        Kit.Close(Differences(layer.Parameters[0].Value), keeper.Gradients[layer.Parameters[0]].ToArray(), 1e-6, "conductances");
        Kit.Close(Differences(layer.Parameters[1].Value), keeper.Gradients[layer.Parameters[1]].ToArray(), 1e-6, "of the supply");
        Kit.Close(Differences(x), below.ToArray(), 1e-6, "voltages");

        double[] Differences(Tensor of) => OneWalk.Differences(of, () =>
            Forward(kernels, layer, x).ToArray().Zip(s.ToArray(), (a, b) => a * b).Sum());
    }

    [Theory]
    [InlineData("layers: 3; first-spike units=5 time=0.5; logistic; first-spike units=4 time=0.2")]
    [InlineData("layers: 3; dense units=5; logistic; first-spike units=4")]
    public void ANetworkLearnsAlongTheGradientOfItsLoss(string model)
    {
        const double Rate = 1e-3;
        using var kernels = Kit.Double();
        var learner = Kit.Learner(model, "backprop", kernels);
        learner.Pass.Begin(Samples);
        kernels.FillUniform(RandomStream.FromSeed(4), 0, 1, learner.Pass.Input);
        learner.Pass.Batch.SetClasses([0, 1, 2, 3, 1]);
        double Loss()
        {
            learner.Pass.Forward(0, training: true);
            return learner.Objective.Error(learner.Pass);
        }
        var slopes =
            learner.Network.Parameters.ToDictionary(parameter => parameter, parameter => OneWalk.Differences(parameter.Value, Loss));
        var before = learner.Network.Parameters.ToDictionary(parameter => parameter, parameter => parameter.Value.ToArray());
        learner.Step(Rate);
        foreach (var (parameter, values) in before)
            Kit.Close(slopes[parameter], [.. values.Zip(parameter.Value.ToArray(), (was, now) => (was - now) / Rate)], 1e-6,
                parameter.Name);
    }

    [Fact]
    public void WhatNeverFiresLearnsNothing()
    {
        using var kernels = Kit.Double();
        var (layer, x) = Made(kernels, high: 0.1);
        kernels.Fill(layer.Parameters[1].Value, 0);
        var tape = new Tape(kernels, new Workspace());
        var y = kernels.Allocate(new Shape(Units).Batch(Samples));
        layer.Forward(x, y, tape);
        Assert.Equal(0, layer.SpikesOn(y, tape));
        Assert.All(y.ToArray(), value => Assert.True(double.IsFinite(value)));
        Tensor s = Kit.Tensor(kernels, y.Shape, "s"), below = kernels.Allocate(x.Shape);
        var keeper = new GradientKeeper(kernels);
        layer.Backward(x, y, s, below, tape, new OneWalk(kernels, keeper));
        Assert.All(layer.Parameters, parameter => Assert.All(keeper.Gradients[parameter].ToArray(), value => Assert.Equal(0, value)));
        Assert.All(below.ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData("layers: 6; first-spike units=4 threshold=1", "threshold")]
    [InlineData("layers: 6; first-spike units=4 threshold=0", "threshold")]
    [InlineData("layers: 6; first-spike units=4 time=0", "time")]
    [InlineData("layers: 6; first-spike units=4 ground=-1", "ground")]
    public void WhatCannotBeIsNamed(string model, string message) =>
        Assert.Contains(message, Assert.Throws<ConcordException>(() => ModelDescription.Parse(model)).Message, StringComparison.Ordinal);

    private static (RcReadout Layer, Tensor X) Made(Kernels kernels, double high)
    {
        var layer = new RcReadout(Units, Threshold, Ground, Time);
        layer.Attach("rc1", new(Inputs));
        foreach (var parameter in layer.Parameters) parameter.Initialize(kernels, RandomStream.FromSeed(3));
        var x = kernels.Allocate(new Shape(Inputs).Batch(Samples));
        kernels.FillUniform(RandomStream.FromSeed(4), 0, high, x);
        return (layer, x);
    }

    private static Tensor Forward(Kernels kernels, RcReadout layer, Tensor x)
    {
        var y = kernels.Allocate(new Shape(Units).Batch(Samples));
        layer.Forward(x, y, new(kernels, new Workspace()));
        return y;
    }
}
