using Concord.Data;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>Rules of targets: in what they are other rules, what their reverse maps learn, what they take, and what they refuse.</summary>
public sealed class TargetPropagationTests
{
    private const int N = 4;

    [Theory]
    [InlineData("mlp:6-5-3,tanh,batchnorm,dropout=0.2")]
    [InlineData("mlp:6-3")]
    [InlineData("cnn:2x4x4-c3k3p1-p2-3,relu")]
    public void OverOneHiddenBlockTheTargetIsThatOfBackpropagation(string network)
    {
        using var kernels = Kit.Single();
        var (truth, targets) = (Kit.Learner(network, "backprop", kernels, new()), Kit.Learner(network, "dtp", kernels, new()));
        for (var step = 0; step < 3; step++)
        {
            Kit.Step(truth, N, step);
            Kit.Step(targets, N, step);
        }
        Assert.Equal(Kit.Bytes(truth.Network), Kit.Bytes(targets.Network));
        Assert.Empty(targets.Plan.Groups);
    }

    [Theory]
    [InlineData("mlp:6-5-4-3,tanh")]
    [InlineData("images")]
    public void DirectTargetsThatDoNotLearnAreDirectFeedback(string network)
    {
        using var kernels = Kit.Single();
        var (direct, targets) = (Kit.Learner(network, "dfa", kernels, new()), Kit.Learner(network, "ddtp reverse.steps=0", kernels, new()));
        foreach (var port in direct.Network.Ports.Where(port => !port.IsOutput))
            kernels.Copy(Kit.Feedback(direct.Plan, port.Name), Kit.Feedback(targets.Plan, port.Name));
        for (var step = 0; step < 3; step++)
        {
            Kit.Step(direct, N, step);
            Kit.Step(targets, N, step);
        }
        Assert.Equal(Kit.Bytes(direct.Network), Kit.Bytes(targets.Network));
        Assert.Equal(direct.Plan.FeedbackWords, targets.Plan.FeedbackWords);
    }

    // With as many outputs as units at least, there is a map that takes all noise back.
    [Fact]
    public void ADirectReverseMapLearnsToUndoWhatStandsAboveIt()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-4-3-5,identity",
            "ddtp reverse.optimizer=sgd reverse.rate=0.3 reverse.decay=0 reverse.steps=2", kernels);
        double Distance(int l)
        {
            var d = Read(learner.Plan.Groups[0].Parameters[l].Value);
            var j = l == 0 ? PaperNetwork.Times(Weight(3), Weight(2)) : Weight(3);
            return PaperNetwork.Map(PaperNetwork.Times(PaperNetwork.Transpose(d), j), (value, a, b) => value - (a == b ? 1 : 0))
                .Cast<double>().Sum(value => value * value);
        }
        double[,] Read(Tensor tensor) => PaperNetwork.Read(tensor.ToArray(), tensor.Shape.Rows, tensor.Shape.RowLength);
        double[,] Weight(int l) => PaperNetwork.Transpose(Read(Kit.Parameter(learner.Network, $"fc{l}.weight").Value));
        var before = (Distance(0), Distance(1));
        for (var step = 0; step < 600; step++) Kit.Step(learner, 32, step, rate: 0);
        Assert.InRange(Distance(1), 0, 0.01 * before.Item2);
        // From three units below five outputs back to four, one direction cannot be known.
        Assert.InRange(Distance(0), 1 - 1e-6, Math.Min(1.2, before.Item1));
    }

    // Q = J' (J J' + decay I)^-1, which is to say Q (J J' + decay I) = J'.
    [Fact]
    public void DecayDampsWhatADirectReverseMapLearns()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-4-3,identity", "ddtp reverse.optimizer=sgd reverse.rate=0.3 reverse.decay=0.5", kernels);
        for (var step = 0; step < 600; step++) Kit.Step(learner, 256, step, rate: 0);
        var d = learner.Plan.Groups[0].Parameters[0].Value;
        var j = Kit.Parameter(learner.Network, "fc2.weight").Value;   // [in, out], and so J'
        var (q, jt) = (PaperNetwork.Transpose(PaperNetwork.Read(d.ToArray(), 3, 4)), PaperNetwork.Read(j.ToArray(), 4, 3));
        var left = PaperNetwork.Times(q, PaperNetwork.Map(PaperNetwork.Times(PaperNetwork.Transpose(jt), jt),
            (value, a, b) => value + (a == b ? 0.5 : 0)));
        Kit.Close(PaperNetwork.Flat(jt), PaperNetwork.Flat(left), 0.1);
    }

    // At the settings of 'concord compare': rectified units, whose derivatives grow with the weights, and a rate of 0.01.
    [Theory]
    [InlineData("dtp", "relu")]
    [InlineData("ddtp", "relu")]
    [InlineData("ddtp", "tanh")]
    public void TheDefaultsLearnWhatACompareGivesThem(string rule, string activation)
    {
        using var kernels = Engines.Create("managed", 1);
        var settings = new RunSettings { Model = $"mlp:784-256-256-10,{activation}", Rule = rule, Epochs = 2, Probe = ProbeKind.Off };
        var result = new Trainer(settings, Dataset.Glyphs().Split(0, RandomStream.FromSeed(0)), kernels).Run();
        Assert.InRange(result.Test.Accuracy, 0.85, 1);
    }

    [Fact]
    public void AReverseMapLearnsToReconstruct()
    {
        using var kernels = Kit.Double();
        double Loss(Learner learner)
        {
            Kit.Fill(learner.Pass, 50, 1);
            learner.Pass.Forward(0, training: false);
            var map = learner.Plan.Networks.Single();
            var pass = new Pass(map.Network, kernels, default);
            pass.Begin(50);
            kernels.Copy(learner.Pass.At(learner.Network.Ports[1]), pass.Input);
            pass.Forward(0, training: false);
            return pass.Logits.ToArray().Zip(learner.Pass.At(learner.Network.Ports[0]).ToArray(),
                (back, x) => (back - x) * (back - x)).Average();
        }
        var learner = Kit.Learner("mlp:6-4-8-3,tanh", "dtp reverse.optimizer=sgd reverse.rate=0.3", kernels);
        var before = Loss(learner);
        for (var step = 0; step < 600; step++) Kit.Step(learner, 32, step, rate: 0);
        Assert.InRange(Loss(learner), 0, 0.2 * before);
    }

    // A small alpha makes a linear map of g: what is delivered is then the derivative's product, whatever alpha.
    [Fact]
    public void ASmallStepToTheTargetLeavesTheSignalAsItIs()
    {
        using var kernels = Kit.Double();
        double[] Signal(string alpha)
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", $"dtp target.alpha={alpha}", kernels);
            double[] signal = [];
            Kit.Step(learner, N, beforeStep: _ => signal = learner.BackwardPass.SignalAt(learner.Network.Ports[0])!.ToArray());
            return signal;
        }
        Kit.Close(Signal("0.00001"), Signal("0.000001"), 1e-5);
        Assert.NotEqual(Signal("1"), Signal("0.00001"));
    }

    [Fact]
    public void SecondPassesAndReverseMapsAreCountedWhereTheyAre()
    {
        using var kernels = Kit.Double();
        (Phase, string, long)[] Counted(string rule)
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", rule, kernels);
            kernels.Log = new OperationLog();
            Kit.Step(learner, N);
            var records = kernels.Log.Records
                .Where(record => record.Phase is Phase.ExtraForward or Phase.Error or Phase.Adaptation).ToList();
            kernels.Log = null;
            return [.. records.GroupBy(record => (record.Phase, record.Block)).Select(group => (group.Key.Phase, group.Key.Block,
                group.Sum(record => record.Work.MultiplyAccumulates))).Where(entry => entry.Item3 > 0).Order()];
        }
        // The noise at fc1 goes through fc2; the map back is evaluated on it and has gradients, and is evaluated on activity and target.
        Assert.Equal([(Phase.Error, "fc1", 2 * N * 20), (Phase.Error, "fc3", N * 12), (Phase.Adaptation, "fc1", 2 * N * 20),
            (Phase.ExtraForward, "fc2", N * 20)], Counted("dtp"));
        // The noise at fc1 and at fc2 goes on to the output; the maps meet what it changes there, and have gradients; they carry the error.
        Assert.Equal([(Phase.Error, "fc1", N * 15), (Phase.Error, "fc2", N * 12), (Phase.Adaptation, "fc1", 2 * N * 15),
            (Phase.Adaptation, "fc2", 2 * N * 12), (Phase.ExtraForward, "fc2", N * 20), (Phase.ExtraForward, "fc3", 2 * N * 12)],
            Counted("ddtp"));
        Assert.DoesNotContain(Counted("dtp reverse.steps=0"), entry => entry.Item1 != Phase.Error);
    }

    [Theory]
    [InlineData("fc1=dtp,fc2=shallow,fc3=dtp", "the block fc1 would take its signal from fc2, which gets none")]
    [InlineData("fc1=dtp,*=fg-weight", "the block fc1 would take its signal from fc2, which gets none")]
    [InlineData("dtp reverse.rate=0.2 reverse.steps=0", "it applies only with reverse.steps above 0")]
    [InlineData("dtp reverse.optimizer=run reverse.rate=1", "it applies only with reverse.optimizer other than run")]
    [InlineData("dtp reverse.steps=0 reverse.std=1", "it applies only with reverse.steps above 0")]
    [InlineData("dtp target.alpha=0", "a number above 0")]
    [InlineData("ddtp target.alpha=1", "has no option 'target.alpha'")]
    [InlineData("ddtp reverse.optimizer=sdg", "Did you mean 'sgd'?")]
    [InlineData("dtp reverse.std=0", "a number above 0")]
    public void WhatCannotBeMeantIsRefusedBeforeTraining(string rule, string says)
    {
        using var kernels = Kit.Double();
        var refused = Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-4-3", rule, kernels)).Message;
        Assert.Contains(says, refused, StringComparison.Ordinal);
    }

    [Fact]
    public void AReverseMapThatNoMemoryHoldsIsRefusedByItsPorts()
    {
        using var kernels = new PlanningKernels();
        var network = ModelDescription.Parse("cnn:3x224x224-c64k3p1-c64k3p1-c8k3p1-gap-10");
        network.Initialize(kernels, RandomStream.FromSeed(0));
        var refused = Assert.Throws<ConcordException>(() => new Plan(network, Kit.Rule("dtp"), kernels, default)).Message;
        Assert.Contains("The reverse map from conv2 to conv1 would", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dtp", "passes over the batch a second time")]
    [InlineData("ddtp", "passes over the batch a second time")]
    [InlineData("dtp reverse.steps=0", "the block fc2 waits for the signal of fc3")]
    public void RecomputedActivationsAreRefusedByName(string rule, string says)
    {
        using var kernels = Kit.Double();
        var refused = Assert.Throws<ConcordException>(
            () => Kit.Learner("mlp:6-5-4-3", rule, kernels, activations: ActivationPolicy.Recomputed)).Message;
        Assert.Contains($"under {rule.Split(' ')[0]}:", refused, StringComparison.Ordinal);
        Assert.Contains(says, refused, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOutputWeightIsTheOnlyOneCrossed()
    {
        using var kernels = Kit.Double();
        IEnumerable<string> Crossed(string rule) =>
            Kit.Learner("mlp:6-5-4-4-3", rule, kernels).Plan.Crossed.Select(connection => connection.Weight.Name);
        Assert.Equal(["fc4.weight"], Crossed("dtp"));
        Assert.Empty(Crossed("ddtp"));
    }

    [Fact]
    public void BelowAnotherRuleATargetIsMadeOfWhatThatDelivers()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "fc1=dtp,fc2=dfa,fc3=backprop", kernels);
        var map = learner.Plan.Networks.Single().Network.Parameters;
        var (v, c) = (map[0].Value.ToArray(), map[1].Value.ToArray());
        Kit.Step(learner, N, beforeStep: _ =>
        {
            double[] x = learner.Pass.At(learner.Network.Ports[1]).ToArray(),
                s = learner.BackwardPass.SignalAt(learner.Network.Ports[1])!.ToArray();
            double Back(int n, int j, double alpha) =>
                Math.Tanh(c[j] + Enumerable.Range(0, 4).Sum(i => (x[n * 4 + i] - alpha * s[n * 4 + i]) * v[i * 5 + j]));
            Kit.Close([.. Enumerable.Range(0, N * 5).Select(at => (Back(at / 5, at % 5, 0) - Back(at / 5, at % 5, 0.1)) / 0.1)],
                learner.BackwardPass.SignalAt(learner.Network.Ports[0])!.ToArray());
        });
    }
}
