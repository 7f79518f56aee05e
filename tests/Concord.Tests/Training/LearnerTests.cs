using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Training;

public sealed class LearnerTests
{
    // A smaller gain, with which the populations of sal stay calm although weights grow in these many steps.
    public static TheoryData<string> Rules() =>
        Kit.Data(Kit.LawfulRules.Select(rule => rule.Replace("sal.gain=2", "sal.gain=0.2", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Rules))]
    public void AWarmStepAllocatesNothing(string rule) => AllocatesNothing(rule, ActivationPolicy.Stored);

    [Fact]
    public void AWarmStepAllocatesNothingWhereARuleTakesOneBufferAtEveryPort()
    {
        using var kernels = Kit.Single();
        var learner = new Learner(new(() => Kit.Network("mlp:6-5-7-5-3,tanh,batchnorm"), () => new Scaled()), default, Kit.PlainSgd,
            kernels, Kit.Seed);
        Kit.Fill(learner.Pass, 8);
        Assert.Equal(0, Allocation.Of(() => learner.Step(0.01)));
    }

    // Backpropagation through a copy, in the same buffer by name at every port.
    private sealed class Scaled : LearningRule
    {
        public override string Name => "scaled";

        public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
        {
            var copy = backward.Workspace.Get(backward.Kernels, this, "copy", arriving!.Shape, Role.Error);
            backward.Kernels.Copy(arriving, copy);
            var signal = backward.SignalBuffer(port);
            backward.Kernels.Combine(0.5, copy, 0, signal);
            return signal;
        }
    }

    [Theory]
    [InlineData("dfa")]
    [InlineData("sparse-dfa")]
    [InlineData("drtp")]
    [InlineData("shallow")]
    [InlineData("local-predsim")]
    public void AWarmStepThatRecomputesActivationsAllocatesNothing(string rule) => AllocatesNothing(rule, ActivationPolicy.Recomputed);

    [Fact]
    public void AWarmStepOfAnyOptimizerOrConstraintAllocatesNothing() => AllocatesNothing("backprop", ActivationPolicy.Stored,
    [
        new(OptimizerKind.Manhattan, KeepSigns: true), new(OptimizerKind.Muon, Nesterov: true, ClipNorm: 1), new(ConstrainWeights: true),
        new(OptimizerKind.Adam, NormalizeIncoming: IncomingNorm.Start),
    ]);

    [Fact]
    public void ARuleThatIsInUseIsNotPlannedAgainForItsCost()
    {
        using var kernels = Kit.Double();
        var shared = Kit.Rule("dfa");
        foreach (var rule in new Func<LearningRule>[] { () => shared, () => new RuleMap([("fc1", shared), ("*", Kit.Rule("fa"))]) })
        {
            var learner = new Learner(new(() => Kit.Network("mlp:6-5-4-3,tanh"), rule), default, Kit.PlainSgd, kernels, Kit.Seed);
            Kit.Step(learner, 4);
            Assert.Contains("gave the rule dfa, which is in use already",
                Assert.Throws<InvalidOperationException>(() => learner.Cost(4)).Message, StringComparison.Ordinal);
            Kit.Step(learner, 4);   // and it goes on
        }
    }

    private static void AllocatesNothing(string rule, ActivationPolicy activations, OptimizerSettings[]? optimizers = null)
    {
        using var kernels = Kit.Single();
        string[] networks =
            ["mlp:6-5-4-3,tanh,batchnorm,dropout=0.2", "mlp:6-5-4-3,gelu,layernorm", "residual", "images", .. Kit.ImageNetworks];
        foreach (var network in networks.Where(network => Kit.Takes(network, rule)))
            foreach (var optimizer in optimizers
                ?? [new(), new(OptimizerKind.Adam, Momentum: 0, ClipNorm: 1), new(OptimizerKind.RmsProp, ClipValue: 1)])
            {
                var learner = Kit.Learner(network, Kit.Fitting(rule, network), kernels, optimizer, activations: activations);
                Kit.Fill(learner.Pass, 8);
                double[] x = learner.Pass.Input.ToArray(), t = learner.Pass.Targets.ToArray();
                void Step(int rows)
                {
                    learner.Pass.Begin(rows);
                    learner.Pass.Input.CopyFrom(x.AsSpan(0, rows * learner.Network.Input.Length));
                    learner.Pass.Targets.CopyFrom(t.AsSpan(0, rows * 3));
                    learner.Step(0.01);
                }
                for (var warm = 0; warm < 3; warm++)
                {
                    Step(8);
                    Step(3);
                }
                Assert.Equal(0, Allocation.Of(() =>
                {
                    Step(8);
                    Step(8);
                    Step(3);
                }));
            }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void StepsAreTheSameToTheBitForAnyNumberOfThreads(string rule)
    {
        const string Dense = "mlp:203-257-129-4,tanh,batchnorm,dropout=0.1",
            Images = "cnn:3x13x11-c17k3p1-p3s2-r24s2-d0.1-33-4,tanh,batchnorm";
        foreach (var network in rule is "backprop" or "fa" or "dfa" or "wm" ? (string[])[Dense, Images] : [Dense])
        {
            var alone = Run(1);
            Assert.Equal(alone, Run(2));
            Assert.Equal(alone, Run(3));

            byte[] Run(int threads)
            {
                using var kernels = Kit.Single(threads);
                var learner = Kit.Learner(network, rule, kernels, new(OptimizerKind.Adam, Momentum: 0, ClipNorm: 0.5));
                for (var step = 0; step < 2; step++) Kit.Step(learner, 67, step);
                return Kit.Bytes(learner.Network);
            }
        }
    }

    [Fact]
    public void AtEqualSeedAllRulesSeeTheSameWeightsAndMasks()
    {
        using var kernels = Kit.Single();
        const string Network = "mlp:6-5-4-3,tanh,dropout=0.5,input-dropout=0.2";
        (string Weights, string Logits)? first = null;
        foreach (var rule in Kit.LawfulRules)
        {
            var learner = Kit.Learner(Network, rule, kernels);
            var weights = Convert.ToHexString(Kit.Bytes(learner.Network));
            var logits = "";
            for (var step = 0; step < 3; step++)
            {
                Kit.Step(learner, 4, step, rate: 0);   // weights stay, masks go on
                logits += Convert.ToHexString(learner.Pass.Logits.AsBytes());
            }
            first ??= (weights, logits);
            Assert.Equal(first, (weights, logits));
        }
        Assert.NotEqual(first!.Value.Weights, Convert.ToHexString(Kit.Bytes(Kit.Learner(Network, "backprop", kernels, seed: 8).Network)));
    }

    [Fact]
    public void MasksChangeWithTheStepAndRepeatWithIt()
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh,dropout=0.5", "backprop", kernels);
        Kit.Fill(learner.Pass, 4);
        double[] At(long step)
        {
            learner.Pass.Forward(step, training: true);
            return learner.Pass.Logits.ToArray();
        }
        var first = At(1);
        Assert.NotEqual(first, At(2));
        Assert.Equal(first, At(1));
    }

    [Fact]
    public void ALearnerRepeatsItselfToTheBit()
    {
        using var kernels = Kit.Single();
        foreach (var rule in Kit.RuleNames.Append(Kit.ReadmeRule))
        {
            byte[] Run()
            {
                var learner = Kit.Learner("mlp:6-5-4-3,tanh,batchnorm,dropout=0.2", rule, kernels, new());
                for (var step = 0; step < 4; step++) Kit.Step(learner, 4, step);
                return Kit.Bytes(learner.Network);
            }
            Assert.Equal(Run(), Run());
        }
    }

    [Fact]
    public void StepReturnsTheMeanLossBeforeItAndLowersIt()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "backprop", kernels, new(LearningRate: 0.5), new(LossKind.SoftmaxCrossEntropy, 0.1));
        var first = Kit.Step(learner, 4, rate: 0);
        Assert.Equal(learner.Pass.Losses.ToArray().Average(), first, 1e-14);
        for (var step = 0; step < 20; step++) Kit.Step(learner, 4);
        Assert.True(Kit.Step(learner, 4) < first);
        Assert.Equal(22, learner.Steps);
    }
}
