using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>FA across residual sums beyond the laws of all rules: by hand, and where it is another rule.</summary>
public sealed class StreamAlignmentTests
{
    // x = (1, 2); h_0 = x; branch W x + b = (1.5, 1), h_1 = h_0 + that = (2.5, 3); z = V h_1 = (2.5, 3), e = z - t = (1.5, 3);
    // s_1 = e B_V = (3, 0.75), at the sum as it is; dW = s_1 x', db = s_1; s_0 = s_1 B = (-0.75, 3) with no identity: d(fc1) = s_0 x'.
    [Fact]
    public void OneUnitByHand()
    {
        using var kernels = Kit.Double();
        var network = new Network(new(2), new LayerGroup("fc1", new Linear(2)), new LayerGroup("unit1", new Residual(new Linear(2))),
            new LayerGroup("fc2", new Linear(2, hasBias: false)));
        var learner = new Learner(Kit.Made(network, Kit.Rule("fa-stream")), new(LossKind.SquaredError), Kit.PlainSgd, kernels, Kit.Seed);
        Set("fc1.weight", 1, 0, 0, 1);   // in memory [in, out]
        Set("fc1.bias", 0, 0);
        Set("unit1.1.weight", 1, 0.5, 0, 0.5);
        Set("unit1.1.bias", 0.5, -0.5);
        Set("fc2.weight", 1, 0, 0, 1);
        Kit.Feedback(learner.Plan, "fc2.weight").CopyFrom([0, 1, 0.5, 0]);     // as the weight lies: [in, out]
        Kit.Feedback(learner.Plan, "unit1.stream").CopyFrom([0, 1, -1, 0]);    // [out, in]
        learner.Pass.Begin(1);
        learner.Pass.Input.CopyFrom([1, 2]);
        learner.Pass.Targets.CopyFrom([1, 0]);
        learner.Step(0.1);
        Is("fc2.weight", 1 - 0.375, -0.75, -0.45, 1 - 0.9);
        Is("unit1.1.weight", 1 - 0.3, 0.5 - 0.075, -0.6, 0.5 - 0.15);
        Is("unit1.1.bias", 0.5 - 0.3, -0.5 - 0.075);
        Is("fc1.weight", 1 + 0.075, -0.3, 0.15, 1 - 0.6);
        Is("fc1.bias", 0.075, -0.3);

        void Set(string name, params double[] values) => Kit.Parameter(learner.Network, name).Value.CopyFrom(values);
        void Is(string name, params double[] values) =>
            Kit.Close(values, Kit.Parameter(learner.Network, name).Value.ToArray(), 1e-14, name);
    }

    [Fact]
    public void TheHopPassesOverWhatFollowsTheSum()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("residual", "fa-stream", kernels);   // logistic behind the sum of unit1, whose width is 5
        Kit.Step(learner, 3, rate: 0, beforeStep: seen =>
        {
            var ports = seen.Network.Ports;
            double[] above = seen.BackwardPass.SignalAt(ports[1])!.ToArray(),
                b = Kit.Feedback(seen.Plan, "unit1.stream").ToArray(), expected = new double[15];
            for (var n = 0; n < 3; n++)
                for (var o = 0; o < 5; o++)
                    for (var i = 0; i < 5; i++)
                        expected[n * 5 + i] += above[n * 5 + o] * b[o * 5 + i];
            Kit.Close(expected, seen.BackwardPass.SignalAt(ports[0])!.ToArray(), 1e-13);
        });
    }

    [Theory]
    [InlineData("mlp:6-5-4-3,tanh,batchnorm")]
    [InlineData("cnn:2x6x5-c3k3p1-p3s2-c4k2p1-5-3,tanh")]
    public void WithoutResidualUnitsItIsFa(string network)
    {
        using var kernels = Kit.Single();
        var (ours, fa) = (Kit.Learner(network, "fa-stream", kernels), Kit.Learner(network, "fa", kernels));
        for (var step = 0; step < 3; step++)
        {
            Kit.Step(ours, 4, step);
            Kit.Step(fa, 4, step);
        }
        Assert.Equal(Kit.Bytes(fa.Network), Kit.Bytes(ours.Network));
    }

    // What the study does: the true gradient at the last sum, exact branches, random matrices across the sums.
    [Fact]
    public void AMapMayTakeTheTrueGradientToTheLastSum()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("resmlp:6-5x3-3,tanh", "unit3=backprop,*=fa-stream", kernels);
        IReadOnlyList<Concord.Diagnostics.PortAlignment> rows = [];
        Kit.Step(learner, 4, rate: 0, beforeStep: seen =>
            rows = new Concord.Diagnostics.AlignmentProbe(seen.Plan).Measure(seen.BackwardPass));
        Assert.Equal(["fc1", "unit1", "unit2", "unit3"], rows.Select(row => row.Port));
        Assert.Equal(1, rows[3].Cosine, 1e-12);
        Assert.All(rows.Take(3), row => Assert.InRange(row.Cosine, -0.99, 0.99));
        Assert.Equal(["unit1.stream", "unit2.stream", "unit3.stream"],
            learner.Plan.Feedback.Select(entry => entry.Name["feedback.".Length..]).Order());
    }

    [Fact]
    public void OnResidualUnitsItIsAnotherRuleThanFa()
    {
        using var kernels = Kit.Double();
        var (ours, fa) = (Kit.Learner("resmlp:6-5x2-3,tanh", "fa-stream", kernels), Kit.Learner("resmlp:6-5x2-3,tanh", "fa", kernels));
        Kit.Step(ours, 4);
        Kit.Step(fa, 4);
        Assert.NotEqual(Kit.Bytes(fa.Network), Kit.Bytes(ours.Network));
    }

    [Fact]
    public void AMatrixThatDoesNotFitIsRefusedBeforeTraining()
    {
        using var kernels = Kit.Single();
        var message = Assert.Throws<ConcordException>(() => Kit.Learner("resnet-18", "fa-stream", kernels)).Message;
        Assert.Contains("The feedback across the sum of unit1", message, StringComparison.Ordinal);
        Assert.Contains("Use fa", message, StringComparison.Ordinal);
    }
}
