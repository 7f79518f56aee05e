using Concord.Networks;
using Concord.Rules;

namespace Concord.Tests.Rules;

/// <summary>Feedback that spikes bring to the weight, in a network.</summary>
public sealed class PairingCarrierTests
{
    [Theory]
    [InlineData("mlp:20-30-10,tanh", "fc2.weight", 14)]
    [InlineData("cnn:2x5x5-c4k3-c5k3-3,tanh", "conv2.weight", 14)]   // 36 neurons of a window, 5 of the filters
    public void FeedbackComesToBeTheWeight(string network, string weight, double degrees)
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner(network, "sal sal.seconds=1500 sal.rate=0.004 sal.gain=4", kernels);
        var before = Angle();
        learner.Prepare();
        Assert.True(before > 60 && Angle() < degrees, $"{before} {Angle()}");

        double Angle()
        {
            double[] w = Kit.Parameter(learner.Network, weight).Value.ToArray(), b = Kit.Feedback(learner.Plan, weight).ToArray();
            return Math.Acos(w.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(w.Sum(x => x * x) * b.Sum(x => x * x))) * 180 / Math.PI;
        }
    }

    [Fact]
    public void BiologicalTimeIsCounted()
    {
        PairingOptions Options(params string[] given) => new(RuleCatalogue.Resolve("sal", given.Select(word => word.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1])));
        Assert.Equal(300, Options().SecondsAfter(399));
        Assert.Equal(600, Options().SecondsAfter(400));
        Assert.Equal(2.5 * (3 + 7), Options("sal.seconds=2.5", "sal.before=3", "sal.every=10").SecondsAfter(79));
        Assert.Equal(5, Options("sal.seconds=5", "sal.every=0").SecondsAfter(1_000_000));
    }

    [Fact]
    public void CalibrationsDependOnNoBatch()
    {
        using var kernels = Kit.Double();
        double[] After(int rows, long batch)
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", "sal sal.seconds=2 sal.every=1", kernels);
            Kit.Step(learner, rows, batch, rate: 0);
            return Kit.Feedback(learner.Plan, "fc2.weight").ToArray();
        }
        Assert.Equal(After(4, 0), After(7, 1));
    }

    [Theory]
    [InlineData("sal.plastic=both", "sal.plastic")]
    [InlineData("sal.plastic=forward", "belong to the optimizer")]
    [InlineData("sal.gain=100 sal.seconds=30", "fc2.weight fire")]
    [InlineData("sal.drive=-5", "No neuron fired in 300 s of calibrating the feedback of fc2.weight")]
    public void WhatSaysNothingAboutAWeightIsRefusedByName(string option, string because)
    {
        using var kernels = Kit.Single();
        Assert.Contains(because, Assert.Throws<ConcordException>(
            () => Kit.Learner("mlp:6-30-30-3,tanh,init=xavier-normal", $"sal {option}", kernels).Prepare()).Message,
            StringComparison.Ordinal);
    }
}
