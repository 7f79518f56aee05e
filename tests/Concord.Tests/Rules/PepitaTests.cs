using Concord.Cost;
using Concord.Networks;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>PEPITA beyond the laws of all rules: by hand, on images, in maps, where it is another rule, and what it refuses.</summary>
public sealed class PepitaTests
{
    private const int N = 4;

    public static TheoryData<string> Networks => Kit.Data(Kit.Networks.Where(network => Kit.Takes(network, "pepita")));

    // x_0 = (1, 2); x_1 = relu(W_1 x_0 + b_1) = (1.5, 1); z = W_2 x_1 + b_2 = (2.5, 1); e = z - t = (1.5, 1); e F = (0.3, -0.5).
    // x~_0 = (1.3, 1.5); x~_1 = (1.8, 0.9); z~ = (2.7, 0.8); x_1 - x~_1 = (-0.3, 0.1); e~ = (1.7, 0.8).
    [Fact]
    public void TwoLayersByHand()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:2-2-2", "pepita", kernels, objective: new(LossKind.SquaredError));
        Set("fc1.weight", 1, 0.5, 0, 0.5);   // in memory [in, out]
        Set("fc1.bias", 0.5, -0.5);
        Set("fc2.weight", 1, 0, 1, 2);
        Set("fc2.bias", 0, -1);
        Kit.Feedback(learner.Plan, "input").CopyFrom([0.2, 0, 0, -0.5]);
        learner.Pass.Begin(1);
        learner.Pass.Input.CopyFrom([1, 2]);
        learner.Pass.Targets.CopyFrom([1, 0]);
        learner.Step(0.1);
        Is("fc1.weight", 1 + 0.039, 0.5 - 0.013, 0.045, 0.5 - 0.015);
        Is("fc1.bias", 0.5 + 0.03, -0.5 - 0.01);
        Is("fc2.weight", 1 - 0.306, -0.144, 1 - 0.153, 2 - 0.072);
        Is("fc2.bias", -0.17, -1.08);

        void Set(string name, params double[] values) => Kit.Parameter(learner.Network, name).Value.CopyFrom(values);
        void Is(string name, params double[] values) =>
            Kit.Close(values, Kit.Parameter(learner.Network, name).Value.ToArray(), 1e-14, name);
    }

    [Fact]
    public void KernelsLearnFromTheMapOfDifferencesAndTheMapThatTheyRead()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("cnn:2x6x5-c3k3p1-p3s2-c4k2p1-5-3,tanh", "pepita", kernels);
        var (conv, f) = (Kit.Parameter(learner.Network, "conv1.weight").Value, Kit.Feedback(learner.Plan, "input").ToArray());
        double[] expected = conv.ToArray(), bias = Kit.Parameter(learner.Network, "conv1.bias").Value.ToArray();
        Assert.Equal(new Shape(6, 5, 3), learner.Network.Ports[0].Shape);   // before the pool
        Kit.Step(learner, N, rate: 0.1, beforeStep: _ =>
        {
            var s = learner.BackwardPass.SignalAt(learner.Network.Ports[0])!.ToArray();
            var (x, e) = (learner.Pass.Input.ToArray(), learner.Pass.Error.ToArray());
            Assert.Contains(s, value => Math.Abs(value) > 1e-6);
            for (var n = 0; n < N; n++)
                for (var at = 0; at < 60; at++)
                    for (var k = 0; k < 3; k++) x[n * 60 + at] += e[n * 3 + k] * f[k * 60 + at];
            for (var n = 0; n < N; n++)
                for (var place = 0; place < 30; place++)
                    for (var o = 0; o < 3; o++)
                    {
                        var signal = s[(n * 30 + place) * 3 + o] * 0.1 / N;
                        bias[o] -= signal;
                        for (var tap = 0; tap < 9; tap++)
                        {
                            var (row, column) = (place / 5 + tap / 3 - 1, place % 5 + tap % 3 - 1);
                            if (row is < 0 or > 5 || column is < 0 or > 4) continue;
                            for (var c = 0; c < 2; c++) expected[(tap * 2 + c) * 3 + o] -= signal * x[n * 60 + (row * 5 + column) * 2 + c];
                        }
                    }
        });
        Kit.Close(expected, conv.ToArray(), 1e-12, "conv1.weight");
        Kit.Close(bias, Kit.Parameter(learner.Network, "conv1.bias").Value.ToArray(), 1e-12, "conv1.bias");
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void WithAnInputLeftAsItIsItIsTheControl(string network)
    {
        using var kernels = Kit.Single();
        var (pepita, control) =
            (Kit.Learner(network, "pepita feedback.scale=0", kernels, new()), Kit.Learner(network, "shallow", kernels, new()));
        for (var step = 0; step < 3; step++)
        {
            Kit.Step(pepita, N, step);
            Kit.Step(control, N, step);
        }
        Assert.Equal(Kit.Bytes(control.Network), Kit.Bytes(pepita.Network));
    }

    [Fact]
    public void WhatAStepTakesByHand()
    {
        var cost = RuleCost.Of("mlp:3-5-4-2,tanh", "pepita", N);
        Work At(string place, Phase phase) => cost.Breakdown.Single(part => part.Block == place && part.Phase == phase).Work;
        // e F, then its sum with the input, and the second loss: logits and targets in, error and losses out, losses summed.
        Assert.Equal(new Work(N * 6, new(Feedback: 6, Errors: N * 2), new(Activations: N * 3)), At(StepWork.Loss, Phase.Error));
        Assert.Equal(new Work(0, new(Activations: N * (3 + 3 + 2 + 2), Errors: N), new(Activations: N * 3, Errors: N * (2 + 1))),
            At(StepWork.Loss, Phase.ExtraForward));
        Assert.Equal(At("fc2", Phase.Forward), At("fc2", Phase.ExtraForward));
        // x is copied, x~ taken off: four units.
        Assert.Equal(new Work(0, new(Activations: N * (4 + 4), Errors: N * 4), new(Errors: N * (4 + 4))), At("fc2", Phase.Error));
        Assert.Equal(new Work(N * 20, new(Activations: N * 5, Errors: N * (4 + 4)), new(Gradients: 20 + 4)),
            At("fc2", Phase.WeightGradient));
        Assert.DoesNotContain(cost.Breakdown, part => part.Block == "fc3" && part.Phase == Phase.Error);
        Assert.Equal((6, 2 * N * 11), (cost.Memory.Feedback, cost.Memory.Activations));
    }

    [Fact]
    public void ASecondPassEndsWhereTheRuleDoes()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "fc3=backprop,*=pepita", kernels);
        kernels.Log = new();
        Kit.Step(learner, N);
        var products = kernels.Log.Records.Where(record => record is { Phase: Phase.ExtraForward, Operation: "Product" });
        Assert.Equal(["fc1", "fc2"], products.Select(record => record.Block).Distinct());
        Assert.True(learner.Plan.Rows.Single(row => row.Block == "fc3").Exact);
    }

    [Theory]
    [InlineData("fc2=dfa,*=pepita")]
    [InlineData("fc1=pepita,*=dfa")]
    [InlineData("fc3=pepita,*=shallow")]
    [InlineData("fc1=shallow,*=pepita")]
    public void InAMapEachBlockLearnsAsItDoesAlone(string map)
    {
        using var kernels = Kit.Double();
        Assert.All(Kit.Network("mlp:6-5-4-3,tanh").Blocks, block =>
        {
            var rule = map.Split(',').Select(entry => entry.Split('=')).First(entry => entry[0] == "*" || entry[0] == block.Name)[1];
            Assert.Equal(After(rule, block.Index), After(map, block.Index));
        });

        double[] After(string rule, int block)
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", rule, kernels);
            Kit.Step(learner, N);
            return [.. learner.Network.Blocks[block].Parameters.SelectMany(parameter => parameter.Value.ToArray())];
        }
    }

    [Theory]
    [InlineData("pepita", "residual", "The block unit1 cannot learn from a signal at its port without a derivative")]
    [InlineData("pepita", "cnn:2x5x6-c3k3p1-r3-p2-r4s2-gap-4-3,tanh,batchnorm,no-bias", "The block unit1 cannot learn")]
    [InlineData("fc1=backprop,*=pepita", "mlp:6-5-4-3,tanh", "the block fc2 above it learns without passing one on")]
    [InlineData("fc1=fa,*=pepita", "mlp:6-5-4-3,tanh", "the block fc2 above it learns without passing one on")]
    [InlineData("fc1=pepita,fc2=dfa,*=pepita", "mlp:6-5-4-3,tanh", "Give their blocks in one entry, the last, as in '*=pepita'")]
    [InlineData("pepita feedback.nonZerosPerNeuron=4", "mlp:6-5-4-3,tanh", "choose 1 to 3")]
    [InlineData("pepita feedback.rank=4", "mlp:6-5-4-3,tanh", "choose 1 to 3")]
    [InlineData("pepita feedback.shared=true", "mlp:6-5-4-3,tanh", "has no option 'feedback.shared'")]
    public void WhatCannotBeIsRefusedBeforeTraining(string rule, string network, string says)
    {
        using var kernels = Kit.Double();
        Assert.Contains(says, Assert.Throws<ConcordException>(() => Kit.Learner(network, rule, kernels)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RecomputedActivationsAndKeptFeaturesAreRefusedByName()
    {
        using var kernels = Kit.Double();
        var mistake = Assert.Throws<ConcordException>(
            () => Kit.Learner("mlp:6-5-4-3", "pepita", kernels, activations: ActivationPolicy.Recomputed));
        Assert.Contains("Activations cannot be recomputed under pepita", mistake.Message, StringComparison.Ordinal);
        var network = Kit.Network("mlp:6-5-4-3");
        network.Freeze(BlockPatterns.Parse("fc1"));
        Assert.Equal("the rule pepita reads the network's input at fc2",
            FeatureCache.Obstacle(new(), new Learner(Kit.Made(network, Kit.Rule("pepita")), default, Kit.PlainSgd, kernels, Kit.Seed)));
    }
}
