using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>Law 2: where a rule's feedback is the weight, it is backpropagation; where two rules coincide, so do their steps.</summary>
public sealed class LimitIdentityTests
{
    private static readonly OptimizerSettings s_momentum = new(LearningRate: 0.1, Momentum: 0.9, WeightDecay: 0.2, DecoupledDecay: true);

    public static TheoryData<string> Networks() => Kit.Data(Kit.Networks);

    [Theory]
    [MemberData(nameof(Networks))]
    public void CopiedFeedbackIsBackpropagationAtTheFirstStep(string network)
    {
        using var kernels = Kit.Single();
        var (truth, copied) = (Kit.Learner(network, "backprop", kernels), Kit.Learner(network, "fa feedback.start=copied", kernels));
        Kit.Step(truth, 4);
        Kit.Step(copied, 4);
        Assert.Equal(Kit.Bytes(truth.Network), Kit.Bytes(copied.Network));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void FeedbackThatFollowsWhollyIsBackpropagationToTheBit(string network)
    {
        foreach (var rule in (string[])["sham", "fbp feedback.period=1", "fbp feedback.period=50 feedback.earlySteps=50",
            "fbp feedback.period=1 feedback.scheme=top-k", "fbp feedback.period=1 feedback.scheme=random",
            "fbp feedback.period=1 feedback.scheme=round-robin", "fbp feedback.period=1 feedback.scheme=threshold"])
            IsBackpropagation(rule, network);
    }

    private static void IsBackpropagation(string rule, string network)
    {
        using var kernels = Kit.Single();
        var truth = Kit.Learner(network, "backprop", kernels, new());
        var sham = Kit.Learner(network, rule, kernels, new());
        for (var step = 0; step < 4; step++)
        {
            Kit.Step(truth, 4, step);
            Kit.Step(sham, 4, step);
            Assert.Equal(Kit.Bytes(truth.Network), Kit.Bytes(sham.Network));
        }
    }

    [Theory]
    [InlineData("mlp:6-5-4-3,tanh")]
    [InlineData("residual")]
    public void FrozenFeedbackThatIsNeverRefreshedIsACopiedStart(string network)
    {
        using var kernels = Kit.Single();
        var (frozen, copied) = (Kit.Learner(network, "fbp feedback.period=0", kernels),
            Kit.Learner(network, "fa feedback.start=copied", kernels));
        for (var step = 0; step < 4; step++)
        {
            Kit.Step(frozen, 4, step);
            Kit.Step(copied, 4, step);
        }
        Assert.Equal(Kit.Bytes(copied.Network), Kit.Bytes(frozen.Network));
    }

    [Fact]
    public void InnerConnectionsOfAResidualUnitCrossThroughFeedback()
    {
        using var kernels = Kit.Single();
        var (truth, random) = (Kit.Learner("residual", "backprop", kernels), Kit.Learner("residual", "fa", kernels));
        Kit.Step(truth, 4);
        Kit.Step(random, 4);
        // Entering the unit: taught through its inner connection alone, by the same signal as in backprop up to the block above.
        Assert.Equal(Kit.Parameter(truth.Network, "fc2.weight").Value.ToArray(),
            Kit.Parameter(random.Network, "fc2.weight").Value.ToArray());
        Assert.NotEqual(Kit.Parameter(truth.Network, "unit2.3.weight").Value.ToArray(),
            Kit.Parameter(random.Network, "unit2.3.weight").Value.ToArray());
        Assert.Contains(random.Plan.Feedback, entry => entry.Name == "feedback.unit2.6.weight");
        Assert.Contains(random.Plan.Feedback, entry => entry.Name == "feedback.unit1.3.weight");
        Assert.DoesNotContain(random.Plan.Feedback, entry => entry.Name == "feedback.fc1.weight");
    }

    [Fact]
    public void ConvolutionsCrossThroughFeedbackWhereverTheyStand()
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner("cnn:2x5x6-c3k3p1-p2-r4s2-gap-4-3", "fa", kernels);
        Assert.Equal(["feedback.fc1.weight", "feedback.fc2.weight", "feedback.unit1.1.weight", "feedback.unit1.3.weight",
            "feedback.unit1.shortcut.1.weight"],
            learner.Plan.Feedback.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        var truth = Kit.Learner("cnn:2x5x6-c3k3p1-p2-r4s2-gap-4-3", "backprop", kernels);
        Kit.Step(truth, 4);
        Kit.Step(learner, 4);
        foreach (var parameter in truth.Network.Parameters)
            Assert.Equal(parameter.Name.StartsWith("fc2", StringComparison.Ordinal),
                parameter.Value.ToArray().SequenceEqual(Kit.Parameter(learner.Network, parameter.Name).Value.ToArray()));
    }

    [Theory]
    [InlineData("mlp:6-5-4-3,tanh")]
    [InlineData("residual")]
    [InlineData("cnn:2x5x6-c3k3p1-p2-r4s2-gap-4-3,tanh,batchnorm")]
    public void UniformSignsAreBackpropagationWhereMagnitudesAreConstant(string network)
    {
        using var kernels = Kit.Single();
        var (truth, signs) = (Kit.Learner(network, "backprop", kernels), Kit.Learner(network, "usf feedback.scale=0.25", kernels));
        foreach (var learner in (Learner[])[truth, signs])
        {
            foreach (var connection in learner.Network.Owners.Keys)
            {
                var w = connection.Weight.Value;
                for (var i = 0; i < w.Length; i++) w[i] = w[i] < 0 ? -0.25 : 0.25;
            }
            Kit.Step(learner, 4);
        }
        Assert.Equal(Kit.Bytes(truth.Network), Kit.Bytes(signs.Network));
    }

    public static TheoryData<OptimizerSettings> Decays() =>
    [
        s_momentum, s_momentum with { WeightDecay = 0 }, s_momentum with { Nesterov = true }, s_momentum with { ClipNorm = 0.01 },
        new(OptimizerKind.Adam, Momentum: 0, WeightDecay: 0.3, DecoupledDecay: true), new(OptimizerKind.RmsProp, WeightDecay: 0.3,
            DecoupledDecay: true),
        new(OptimizerKind.Muon, Nesterov: true, WeightDecay: 0.3, DecoupledDecay: true), new(OptimizerKind.Manhattan, WeightDecay: 0.3,
            DecoupledDecay: true),
    ];

    [Theory]
    [MemberData(nameof(Decays))]
    public void KolenPollackStartedAtTheWeightStaysBackpropagation(OptimizerSettings optimizer)
    {
        using var kernels = Kit.Double();
        foreach (var network in (string[])["residual", "cnn:2x5x6-c3k3p1-p2-r4s2-gap-4-3,tanh,batchnorm"])
        {
            var (truth, pair) = (Kit.Learner(network, "backprop", kernels, optimizer),
                Kit.Learner(network, "kolen-pollack", kernels, optimizer));
            foreach (var (weight, b) in Pairs(pair)) kernels.Copy(weight.Value, b);
            for (var step = 0; step < 5; step++)
            {
                Kit.Step(truth, 4, step);
                Kit.Step(pair, 4, step);
            }
            foreach (var (expected, actual) in truth.Network.Parameters.Zip(pair.Network.Parameters))
                Kit.Close(expected.Value.ToArray(), actual.Value.ToArray(), 1e-10, $"{network} {expected.Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Decays))]
    public void KolenPollackShrinksTheDifferenceByTheDecayAlone(OptimizerSettings optimizer)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "kolen-pollack", kernels, optimizer);
        double[] Difference() => [.. Pairs(learner).SelectMany(pair => pair.Weight.Value.ToArray().Zip(pair.B.ToArray(), (w, b) => w - b))];
        var (start, factor) = (Difference(), 1.0);
        for (var step = 0; step < 6; step++)
        {
            var rate = 0.1 / (step + 1);
            Kit.Step(learner, 4, step, rate);
            factor *= 1 - rate * optimizer.WeightDecay;
            Kit.Close([.. start.Select(value => factor * value)], Difference(), 1e-13);
        }
    }

    [Fact]
    public void AsReleasedKolenPollackTakesTheStepButNotTheDecay()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "kolen-pollack feedback.asReleased=true", kernels, s_momentum);
        var (weight, b) = (Kit.Parameter(learner.Network, "fc2.weight").Value, Kit.Feedback(learner.Plan, "fc2.weight"));
        var (w0, b0) = (weight.ToArray(), b.ToArray());
        Kit.Step(learner, 4, rate: 0.1);
        var delta = w0.Zip(weight.ToArray(), (was, now) => (1 - 0.1 * s_momentum.WeightDecay) * was - now);
        Kit.Close([.. b0.Zip(delta, (was, step) => was - step)], b.ToArray(), 1e-13);
    }

    [Fact]
    public void KolenPollackLeavesAFrozenWeightAndItsFeedbackAlone()
    {
        using var kernels = Kit.Double();
        var network = Kit.Network("mlp:6-5-4-3,tanh");
        Kit.Parameter(network, "fc2.weight").Frozen = true;
        var learner = new Learner(Kit.Made(network, Kit.Rule("kolen-pollack")), default, s_momentum, kernels, Kit.Seed);
        var (weight, b) = (Kit.Parameter(network, "fc2.weight").Value.ToArray(), Kit.Feedback(learner.Plan, "fc2.weight").ToArray());
        Kit.Step(learner, 4);
        Assert.Equal(weight, Kit.Parameter(network, "fc2.weight").Value.ToArray());
        Assert.Equal(b, Kit.Feedback(learner.Plan, "fc2.weight").ToArray());
    }

    [Fact]
    public void KolenPollackRefusesDecayInTheGradient()
    {
        using var kernels = Kit.Double();
        var refusal = Assert.Throws<ConcordException>(
            () => Kit.Learner("mlp:6-5-3", "kolen-pollack", kernels, s_momentum with { DecoupledDecay = false }));
        Assert.Contains("decoupled", refusal.Message, StringComparison.Ordinal);
        Kit.Learner("mlp:6-5-3", "fa", kernels, s_momentum with { DecoupledDecay = false });
    }

    [Fact]
    public void DirectFeedbackOverOneHiddenLayerIsFeedbackAlignment()
    {
        using var kernels = Kit.Double();
        var (chain, direct) = (Kit.Learner("mlp:6-5-3,tanh,batchnorm", "fa", kernels, new()),
            Kit.Learner("mlp:6-5-3,tanh,batchnorm", "dfa", kernels, new()));
        CopyTransposed(Kit.Feedback(chain.Plan, "fc2.weight"), Kit.Feedback(direct.Plan, "fc1"));
        for (var step = 0; step < 4; step++)
        {
            Kit.Step(chain, 4, step);
            Kit.Step(direct, 4, step);
        }
        foreach (var (expected, actual) in chain.Network.Parameters.Zip(direct.Network.Parameters))
            Kit.Close(expected.Value.ToArray(), actual.Value.ToArray(), 1e-12, expected.Name);
    }

    [Fact]
    public void DirectFeedbackThroughTheExactJacobianOfALinearNetworkIsBackpropagation()
    {
        using var kernels = Kit.Double();
        var (truth, direct) = (Kit.Learner("mlp:6-5-4-3,identity", "backprop", kernels),
            Kit.Learner("mlp:6-5-4-3,identity", "dfa", kernels));
        Tensor w3 = Kit.Parameter(direct.Network, "fc3.weight").Value, w2 = Kit.Parameter(direct.Network, "fc2.weight").Value,
            product = kernels.Allocate(new(5, 3));
        kernels.Product(w2, false, w3, false, product);
        CopyTransposed(w3, Kit.Feedback(direct.Plan, "fc2"));
        CopyTransposed(product, Kit.Feedback(direct.Plan, "fc1"));
        Kit.Step(truth, 4);
        Kit.Step(direct, 4);
        foreach (var (expected, actual) in truth.Network.Parameters.Zip(direct.Network.Parameters))
            Kit.Close(expected.Value.ToArray(), actual.Value.ToArray(), 1e-13, expected.Name);
    }

    private static IEnumerable<(Parameter Weight, Tensor B)> Pairs(Learner learner) =>
        learner.Plan.Feedback.Select(entry => (Kit.Parameter(learner.Network, entry.Name["feedback.".Length..]), entry.Tensor));

    private static void CopyTransposed(Tensor from, Tensor to)
    {
        Assert.Equal(from.Shape, new(to.Shape.RowLength, to.Shape.Rows));
        for (var i = 0; i < from.Shape.Rows; i++)
            for (var j = 0; j < from.Shape.RowLength; j++) to[j * from.Shape.Rows + i] = from[i * from.Shape.RowLength + j];
    }
}
