using Concord.Layers;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>What is moved from weights to feedback is counted to the number and to the bit.</summary>
public sealed class TransportTests
{
    private const string Network = "mlp:20-50-40-10,tanh";   // 50 x 40 and 40 x 10 weights are crossed
    private const long Crossed = 2000 + 400;

    [Theory]
    [InlineData("backprop", 1, 32, 0)]
    [InlineData("sham", 1, 32, 0)]
    [InlineData("fa", 0, 0, 0)]
    [InlineData("dfa", 0, 0, 0)]
    [InlineData("kolen-pollack", 0, 0, 0)]
    [InlineData("shallow", 0, 0, 0)]
    [InlineData("wm mirror.steps=1", 0, 0, 0)]
    [InlineData("sal sal.seconds=2 sal.every=1", 0, 0, 0)]
    [InlineData("activation-alignment", 0, 0, 0)]
    [InlineData("symmetric-alignment", 1, 32, 0)]
    [InlineData("fa feedback.rank=3", 0, 0, 0)]
    [InlineData("usf", 1, 1, 0)]
    [InlineData("fbp feedback.period=1", 1, 32, 0)]
    [InlineData("fbp feedback.period=4", 0.25, 8, 0)]
    [InlineData(Kit.ReadmeRule, 0.5, 16, 0)]
    [InlineData("usf feedback.period=4", 0.25, 0.25, 0)]
    [InlineData("fbp feedback.period=0", 0, 0, 0)]
    [InlineData("fbp feedback.period=4 feedback.earlySteps=4", 0.625, 20, 0)]                            // at 1, 2, 3, 4 and 8
    [InlineData("fbp feedback.period=4 feedback.earlySteps=6 feedback.earlyPeriod=2", 0.5, 16, 0)]       // at 2, 4, 6 and 8
    [InlineData("fbp feedback.period=0 feedback.earlySteps=6 feedback.earlyPeriod=3", 0.25, 8, 0)]       // at 3 and 6, never again
    [InlineData("usf feedback.period=4 feedback.earlySteps=4", 0.625, 0.625, 0)]
    // four tenths of 8
    [InlineData("fbp feedback.period=4 feedback.earlySteps=2 feedback.scheme=round-robin feedback.fraction=0.1", 0.05, 1.6, 0)]
    [InlineData("fbp feedback.period=4 feedback.scheme=random feedback.fraction=0.1", 0.025, 0.8, 0)]
    [InlineData("fbp feedback.period=4 feedback.scheme=round-robin feedback.fraction=0.1", 0.025, 0.8, 0)]
    public void ARuleMovesSoMuchPerWeightAndStep(string rule, double weights, double payloadBits, double indexBits)
    {
        var meter = After(rule, 8);
        Assert.Equal(Crossed, meter.BackpropWeights);
        Assert.Equal(Crossed * weights, meter.WeightsPerStep);
        Assert.Equal(Crossed * payloadBits, (double)meter.Moved.PayloadBits / 8, 1e-9);
        Assert.Equal(Crossed * indexBits, meter.IndexBitsPerStep);
        Assert.Equal(1 / weights, meter.Reduction, 1e-9);
        Assert.Equal(32 / (payloadBits + indexBits), meter.ByteReduction, 1e-9);
        Assert.Equal(["fc2.weight", "fc3.weight"], meter.Connections.Select(connection => connection.Connection).Order());
    }

    // C21: Phi = 100 and p = 0.1 move exactly n / 1000 numbers per step over whole periods.
    [Theory]
    [InlineData("random", 0)]
    [InlineData("round-robin", 0)]
    [InlineData("top-k", 11 * 200 + 9 * 40)]   // ceil(log2 2000) and ceil(log2 400) bits an index
    public void APeriodOfAHundredAndATenthAreAThousandTimesLess(string scheme, long indexBits)
    {
        var meter = After($"fbp feedback.period=100 feedback.scheme={scheme} feedback.fraction=0.1", 300);
        Assert.Equal(Crossed / 1000.0, meter.WeightsPerStep);
        Assert.Equal(1000, meter.Reduction);
        Assert.Equal(3 * indexBits, meter.Moved.IndexBits);
    }

    [Fact]
    public void StrictNormalisationMovesSignsAndOneNumber() =>
        Assert.Equal(new Transport(8 * Crossed, 0, 8 * (Crossed + 2 * 32)), After("sn", 8).Moved);

    [Fact]
    public void AChangedSignIsToldByItsIndexAlone()
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner(Network, "usf feedback.period=1 feedback.scheme=changed-sign", kernels);
        int[] Signs() => [.. learner.Network.Blocks.Skip(1).SelectMany(block => block.Parameters[0].Value.ToArray()).Select(Math.Sign)];
        long flips = 0;
        var before = Signs();
        for (var step = 0; step < 5; step++)
        {
            Kit.Step(learner, 4, step, rate: 1);
            var now = Signs();
            flips += before.Zip(now).Count(pair => pair.First != pair.Second);
            before = now;
        }
        var moved = learner.Plan.Transport(learner.Steps).Moved;
        Assert.True(flips > 10);
        Assert.Equal(flips, moved.Weights);
        Assert.Equal(0, moved.PayloadBits);
        Assert.InRange(moved.IndexBits, 9 * flips, 11 * flips);
        Assert.Equal(Signs(),
            learner.Plan.Rule is { } rule ? learner.Network.Owners.Keys.Where(connection => learner.Network.Owners[connection] is not null)
            .SelectMany(connection => rule.CarrierOf(connection).Matrix(connection).ToArray()).Select(Math.Sign) : []);
    }

    [Fact]
    public void ConcordanceIsTheShareOfRightSigns()
    {
        using var kernels = Kit.Single();
        foreach (var c in (double[])[0, 0.3, 0.9, 1])
        {
            var learner = Kit.Learner("mlp:20-100-100-10", FormattableString.Invariant($"frsf feedback.concordance={c}"), kernels);
            var connection = learner.Network.Owners.Keys.Single(candidate => candidate.Weight.Name == "fc2.weight");
            double Right() => connection.Weight.Value.ToArray().Zip(learner.Plan.CarrierOf(connection).Matrix(connection).ToArray(),
                (w, b) => Math.Sign(w) == Math.Sign(b) ? 1 : 0).Average();
            Assert.InRange(Right(), c - 0.02, c + 0.02);   // four standard deviations of 10,000 draws
            Kit.Step(learner, 4, rate: 1);
            Kit.Step(learner, 4, 1, rate: 0);
            Assert.InRange(Right(), c - 0.02, c + 0.02);
        }
    }

    [Fact]
    public void EachElementHasItsTurnInRoundRobin()
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner(Network, "fbp feedback.period=1 feedback.scheme=round-robin feedback.fraction=0.25", kernels);
        var (weight, b) = (Kit.Parameter(learner.Network, "fc2.weight").Value, Kit.Feedback(learner.Plan, "fc2.weight"));
        for (var step = 0; step < 4; step++)
        {
            Kit.Step(learner, 4, step);
            Assert.Equal(weight.ToArray()[(500 * step)..(500 * (step + 1))], b.ToArray()[(500 * step)..(500 * (step + 1))]);
        }
    }

    [Fact]
    public void AtEqualTransportTopKStaysNearerThanChance()
    {
        double Gap(string scheme)
        {
            using var kernels = Kit.Single();
            var learner = Kit.Learner(Network, $"fbp feedback.period=1 feedback.scheme={scheme} feedback.fraction=0.05", kernels);
            for (var step = 0; step < 40; step++) Kit.Step(learner, 16, step, rate: 0.3);
            return Kit.Parameter(learner.Network, "fc2.weight").Value.ToArray().Zip(Kit.Feedback(learner.Plan, "fc2.weight").ToArray(),
                (w, v) => (w - v) * (w - v)).Sum();
        }
        Assert.True(Gap("top-k") < 0.7 * Gap("random"));
    }

    private static TransportMeter After(string rule, int steps)
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner(Network, rule, kernels);
        for (var step = 0; step < steps; step++) Kit.Step(learner, 4, step, rate: 0.01);
        return learner.Plan.Transport(learner.Steps);
    }
}
