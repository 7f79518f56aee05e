using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>What a mirror step does to B on the average, and that B comes to be W.</summary>
public sealed class WeightMirrorTests
{
    // E[step of B] = eta s^2 phi' W, N times that where the rate is of the sum: 2.67e-4 W with the released settings, phi' = 1/4
    // (logistic), the mean taken from y.
    [Theory]
    [InlineData("mirror.asReleased=true mirror.centre=true", 0.01 * 128 * 0.01 / 12 / 4, 0.1)]
    [InlineData("mirror.rate=0.5 mirror.std=0.05 mirror.rescale=false mirror.sum=true", 0.5 * 128 * 0.0025 / 4, 0.02)]
    [InlineData("mirror.rate=64 mirror.std=0.05 mirror.rescale=false", 64 * 0.0025 / 4, 0.02)]
    [InlineData("mirror.rate=64 mirror.std=0.05 mirror.rescale=false mirror.batch=32", 64 * 0.0025 / 4, 0.04)]
    public void TheGainIsWhatThePaperDerives(string options, double gain, double tolerance)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:30-40-20-5,logistic,init=xavier-normal", $"wm {options} mirror.steps=500", kernels);
        foreach (var block in learner.Network.Blocks) kernels.Fill(block.Parameters[1].Value, 0);
        var (w, b) = (Kit.Parameter(learner.Network, "fc2.weight").Value.ToArray(), Kit.Feedback(learner.Plan, "fc2.weight"));
        var before = b.ToArray();
        learner.Prepare();
        var slope = w.Zip(b.ToArray().Zip(before, (now, was) => now - was), (x, y) => x * y).Sum() / w.Sum(x => x * x) / 500;
        Assert.InRange(slope, gain * (1 - tolerance), gain * (1 + tolerance));
    }

    [Theory]
    [InlineData("cnn:3x8x8-c6k3-c8k3-20-5,tanh", "conv2.weight")]
    [InlineData("cnn:3x8x8-c6k3-c8k3-20-5,tanh", "fc1.weight")]
    [InlineData("cnn:3x8x8-c6k3-c8k3-20-5,tanh", "fc2.weight")]
    [InlineData("cnn:3x8x8-c6k3-c8k5p2s2-20-5,tanh", "conv2.weight")]   // stride and padding, whose places do not all see a whole window
    public void OneRateIsTheSameForConvolutionsAndDenseLayers(string network, string weight)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, "wm mirror.rate=0.4 mirror.std=0.05 mirror.rescale=false mirror.steps=300", kernels);
        foreach (var bias in learner.Network.Blocks.SelectMany(block => block.Parameters)
            .Where(parameter => parameter.Name.EndsWith("bias", StringComparison.Ordinal))) kernels.Fill(bias.Value, 0);
        var (w, b) = (Kit.Parameter(learner.Network, weight).Value.ToArray(), Kit.Feedback(learner.Plan, weight));
        var before = b.ToArray();
        learner.Prepare();
        var slope = w.Zip(b.ToArray().Zip(before, (now, was) => now - was), (x, y) => x * y).Sum() / w.Sum(x => x * x) / 300;
        var whole = 0.4 * 0.0025;
        Assert.InRange(slope, (network.Contains("p2", StringComparison.Ordinal) ? 0.55 : 0.95) * whole, 1.05 * whole);
    }

    [Fact]
    public void RunsFromBeforeGoOnWithTheSum()
    {
        Dictionary<string, string> before = new() { ["mirror.rate"] = "0.001", ["mirror.batch"] = "512" };
        Assert.Equal("true", MirrorOptions.OfRun(before)["mirror.sum"]);
        var now = RuleCatalogue.Resolve("wm", new Dictionary<string, string> { ["mirror.rate"] = "0.001" });
        Assert.Equal("false", MirrorOptions.OfRun(now.Resolved)["mirror.sum"]);
        Assert.Empty(MirrorOptions.OfRun(new Dictionary<string, string>()));
    }

    [Theory]
    [InlineData("mlp:20-30-25-10,tanh", "normal")]
    [InlineData("mlp:20-30-25-10,relu,batchnorm,dropout=0.5", "normal")]
    [InlineData("mlp:20-30-25-10,gelu", "uniform")]
    [InlineData("residual", "normal")]
    public void FeedbackComesToBeTheWeight(string network, string noise)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, $"wm mirror.steps=600 mirror.noise={noise}", kernels);
        var norms = learner.Plan.Feedback.ToDictionary(entry => entry.Name, entry => kernels.SumSquares(entry.Tensor));
        learner.Prepare();
        foreach (var (name, b) in learner.Plan.Feedback)
        {
            var cosine = Cosine(Kit.Parameter(learner.Network, name["feedback.".Length..]).Value.ToArray(), b.ToArray());
            Assert.True(cosine > Math.Cos(12 * Math.PI / 180), $"{name}: {cosine}");
            Assert.Equal(norms[name], kernels.SumSquares(b), 1e-9);
        }
    }

    [Fact]
    public void WithoutCentringAMirrorOfLogisticUnitsLearnsMostlyNoise()
    {
        double Cosine(string options)
        {
            using var kernels = Kit.Double();
            var learner = Kit.Learner("mlp:30-40-20-5,logistic", $"wm mirror.steps=600 mirror.std=0.1 mirror.rate=2.56 {options}", kernels);
            learner.Prepare();
            return WeightMirrorTests.Cosine(Kit.Parameter(learner.Network, "fc2.weight").Value.ToArray(),
                Kit.Feedback(learner.Plan, "fc2.weight").ToArray());
        }
        Assert.True(Cosine("mirror.centre=true") > 1.2 * Cosine("mirror.centre=false"));
    }

    [Fact]
    public void MirrorStepsDependOnNoBatch()
    {
        using var kernels = Kit.Double();
        double[] After(int rows, long batch)
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", "wm mirror.steps=3", kernels);
            Kit.Step(learner, rows, batch, rate: 0);
            return Kit.Feedback(learner.Plan, "fc2.weight").ToArray();
        }
        Assert.Equal(After(4, 0), After(7, 1));
    }

    [Fact]
    public void APreparedRunIsNotPreparedAgain()
    {
        using var kernels = Kit.Double();
        Learner once = Kit.Learner("mlp:6-5-4-3,tanh", "wm mirror.steps=3", kernels),
            twice = Kit.Learner("mlp:6-5-4-3,tanh", "wm mirror.steps=3", kernels);
        twice.Prepare();
        twice.Prepare();
        Kit.Step(once, 4);
        Kit.Step(twice, 4);
        Assert.Equal(Kit.Feedback(once.Plan, "fc2.weight").ToArray(), Kit.Feedback(twice.Plan, "fc2.weight").ToArray());
    }

    private static double Cosine(double[] a, double[] b) =>
        a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
}
