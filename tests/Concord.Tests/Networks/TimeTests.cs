using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Tests.Networks;

/// <summary>
/// Networks with time steps: the loss and its derivative, what arrives at a port, what is refused, and what people are told.
/// </summary>
public sealed class TimeTests
{
    private const int Samples = 4;

    public static TheoryData<string, string> Losses() => Kit.Pairs(
        ["rnn:4x3-5-3", "rnn:4x3-5-4-3,ends=mean,relu", "rnn:4x3-5-3,ends=each", "gru:4x3-5-4-3,ends=each", "gru:3x2x2-5-3,ends=mean",
            "layers: 6; dense units=5; repeat steps=3; recurrent units=4; sum; dense units=3",
            "layers: 6; repeat steps=3; dense units=5; layernorm; tanh; gru units=4; dense units=3; mean"],
        Kit.LossesOfNumbers);

    [Theory]
    [MemberData(nameof(Losses))]
    public void BackpropagationIsTheDerivativeOfTheLoss(string network, string loss)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, "backprop", kernels, objective: new(Objective.ByName[loss]));
        TimeKit.Fill(learner.Pass, Samples);
        double Loss()
        {
            learner.Pass.Forward(0, training: true);
            return learner.Objective.Error(learner.Pass);
        }
        Loss();
        var keeper = new GradientKeeper(kernels);
        var walk = learner.Plan.BackwardPass(learner.Pass, keeper);
        learner.Plan.CreditAssignment.Observe(walk);
        learner.Plan.CreditAssignment.Teach(walk);
        const double Step = 1e-6;
        foreach (var parameter in learner.Network.Parameters)
        {
            var derivative = new double[parameter.Shape.Length];
            for (var i = 0; i < derivative.Length; i++)
            {
                var center = parameter.Value[i];
                parameter.Value[i] = center + Step;
                var up = Loss();
                parameter.Value[i] = center - Step;
                derivative[i] = Samples * (up - Loss()) / (2 * Step);   // the loss is a mean, gradients are sums
                parameter.Value[i] = center;
            }
            Kit.Close(derivative, keeper.Gradients[parameter].ToArray(), 1e-7, parameter.Name);
        }
    }

    [Theory]
    [InlineData("recurrent units=5", "tanh")]
    [InlineData("dense units=5; tanh", "tanh")]
    public void OneStepIsTheNetworkWithoutTime(string layer, string activation)
    {
        using var kernels = Kit.Double();
        var time = Kit.Learner($"layers: 6; repeat steps=1; {layer}; dense units=3", "backprop", kernels);
        var plain = Kit.Learner($"mlp:6-5-3,{activation}", "backprop", kernels);
        Tensor[] theirs = [.. Shared(time.Network)], ours = [.. Shared(plain.Network)];
        Assert.Equal(4, theirs.Length);
        for (var i = 0; i < 4; i++) ours[i].CopyFrom(theirs[i].ToArray());
        for (var step = 0; step < 3; step++)
        {
            Assert.Equal(Kit.Step(plain, Samples, step), Kit.Step(time, Samples, step));
            for (var i = 0; i < 4; i++) Assert.Equal(ours[i].ToArray(), theirs[i].ToArray());
        }

        static IEnumerable<Tensor> Shared(Network network) =>
            network.Parameters.Where(parameter => !parameter.Name.EndsWith("recurrent", StringComparison.Ordinal)).Select(p => p.Value);
    }

    [Fact]
    public void AConstantInputIsMultipliedOnce()
    {
        using var kernels = Kit.Double();
        const string Before = "layers: 6; dense units=5; repeat steps=7; tanh; mean; dense units=3",
            Behind = "layers: 6; repeat steps=7; dense units=5; tanh; mean; dense units=3";
        Assert.Equal(7, Products(Behind).First().Extents.Rows / Products(Before).First().Extents.Rows);
        Kit.Close(Logits(Behind), Logits(Before), 1e-13);

        double[] Logits(string text)
        {
            var learner = Kit.Learner(text, "backprop", kernels);
            TimeKit.Fill(learner.Pass, Samples);
            learner.Pass.Forward(0, training: true);
            return learner.Pass.Logits.ToArray();
        }

        IEnumerable<OperationRecord> Products(string text)
        {
            kernels.Log = new();
            Logits(text);
            var records = kernels.Log.Records;
            kernels.Log = null;
            return records.Where(record => record.Operation == "Product");
        }
    }

    [Theory]
    [InlineData("rnn:4x3-5-4-3", 1)]
    [InlineData("rnn:4x3-5-4-3,ends=each", 4)]
    [InlineData("rnn:4x3-5-4-3,truncate=0", 1)]
    public void UnderDfaTheErrorArrivesAtEachStep(string network, int steps)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, "dfa", kernels);
        TimeKit.Fill(learner.Pass, Samples);
        learner.Step(0.1, at =>
        {
            foreach (var port in at.Network.Ports.SkipLast(1))
            {
                var (d, e, s) = (Kit.Feedback(at.Plan, port.Name), at.Pass.Error, at.BackwardPass.SignalAt(port)!);
                Assert.Equal(steps * Samples, e.Shape.Rows);
                Assert.Equal(4 * Samples, s.Shape.Rows);
                for (var row = 0; row < s.Shape.Rows; row++)
                {
                    var from = steps == 1 ? row % Samples : row;
                    for (var j = 0; j < port.Shape.Length; j++)
                        Kit.Close([Enumerable.Range(0, 3).Sum(k => e[from * 3 + k] * d[k * port.Shape.Length + j])],
                            [s[row * port.Shape.Length + j]], 1e-12);
                }
            }
        });
    }

    [Fact]
    public void AtAPortBeforeTimeTheErrorOfAllStepsIsSummed()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("layers: 6; dense units=5; tanh; repeat steps=3; recurrent units=4; dense units=3", "dfa", kernels);
        // the block of fc1 ends with repeat, so cut the network before it
        Assert.Equal(3, learner.Network.Ports[0].Shape.Steps);
        var two = new Network(new(6), new LayerGroup("fc1", new Linear(5), Kit.Of("tanh")),
            new LayerGroup("rnn1", new RepeatInTime(3), new ElmanLayer(4)), new LayerGroup("fc2", new Linear(3)));
        var cut = new Concord.Training.Learner(Kit.Made(two, Kit.Rule("dfa")), default, Kit.PlainSgd, kernels, Kit.Seed);
        TimeKit.Fill(cut.Pass, Samples);
        cut.Step(0.1, at =>
        {
            var (d, e, s) = (Kit.Feedback(at.Plan, "fc1"), at.Pass.Error, at.BackwardPass.SignalAt(at.Network.Ports[0])!);
            for (var n = 0; n < Samples; n++)
                for (var j = 0; j < 5; j++)
                    Kit.Close(
                        [Enumerable.Range(0, 3).Sum(k => Enumerable.Range(0, 3).Sum(t => e[(t * Samples + n) * 3 + k]) * d[k * 5 + j])],
                        [s[n * 5 + j]], 1e-12);
        });
    }

    [Fact]
    public void ThePlanSaysWhereAPortStandsInTime()
    {
        Assert.Equal(
            [("rnn1", "rnn2, at each of 28 steps", "random 100x50; through time random 100x100", false),
                ("rnn2", "fc1, at each of 28 steps", "random 50x10; through time random 50x50", false), ("fc1", "the loss", "-", true)],
            Rows("rnn:28x28-100-50-10", "fa"));
        Assert.Equal(("rnn1", "fc1, at each of 28 steps", "its own weight; through time its own weight", true),
            Rows("rnn:28x28-100-10", "backprop")[0]);
        Assert.Equal("the output, in one hop: the same at each of 28 steps", Rows("rnn:28x28-100-10,truncate=0", "dfa")[0].Signal);
        Assert.EndsWith("; no walk back through time", Rows("rnn:28x28-100-10,truncate=0", "dfa")[0].Feedback, StringComparison.Ordinal);
        Assert.Equal("the output, in one hop, at each of 28 steps", Rows("gru:28x28-100-10,ends=each", "dfa")[0].Signal);
        Assert.Equal("the loss, at each of 28 steps", Rows("gru:28x28-100-10,ends=each", "dfa")[1].Signal);
        // what is cut off on its way back is no true gradient below
        Assert.Equal([false, true, true], Rows("rnn:28x28-9-9-10,truncate=3", "backprop").Select(row => row.Exact));

        static List<(string Block, string Signal, string Feedback, bool Exact)> Rows(string model, string rule) =>
            [.. Concord.Training.ModelSummary.Of(model, rule).PlanRows.Select(row => (row.Block, row.Signal, row.Feedback, row.Exact))];
    }

    [Fact]
    public void ATruncatedWalkIsMeasuredAgainstTheWholeOne()
    {
        using var kernels = Kit.Double();
        double Cosine(string options)
        {
            var learner = Kit.Learner($"rnn:6x3-5-4-3{options}", "backprop", kernels);
            TimeKit.Fill(learner.Pass, 8);
            IReadOnlyList<Concord.Diagnostics.PortAlignment> rows = [];
            learner.Step(0.1, at => rows = new Concord.Diagnostics.AlignmentProbe(at.Plan).Measure(at.BackwardPass));
            return rows[0].Cosine;
        }
        Assert.Equal(1, Cosine(""), 12);
        Assert.Equal(1, Cosine(",truncate=5"), 12);
        Assert.InRange(Cosine(",truncate=1"), 0.1, 0.9999);
    }

    [Theory]
    [InlineData("layers: 6; recurrent units=4; dense units=3", "no steps")]
    [InlineData("layers: 6; rows; recurrent units=4; dense units=3", "has none")]
    [InlineData("layers: 6; repeat steps=0; recurrent units=4; dense units=3", "steps")]
    [InlineData("layers: 3x2; rows; repeat steps=2; recurrent units=4; dense units=3", "begins twice")]
    [InlineData("layers: 3x2; rows; last; recurrent units=4; dense units=3", "time has ended")]
    [InlineData("layers: 6; last; dense units=3", "has not begun")]
    [InlineData("layers: 3x2; rows; recurrent units=4; last; mean; dense units=3", "has ended")]
    [InlineData("rnn:3x2-4-3,truncate=-1", "truncate")]
    [InlineData("gru:3x2-4-3,tanh", "tanh")]
    [InlineData("rnn:3x2-4", "hidden width")]
    [InlineData("layers: 6; lif; dense units=3", "no steps")]
    [InlineData("lif:6-4-3,steps=0", "steps")]
    [InlineData("lif:6-4-3,leak=1.5", "leak")]
    [InlineData("lif:6-4-3,leak=1,learned-leak", "leak of 1")]
    [InlineData("lif:6-4-3,threshold=0", "threshold")]
    [InlineData("lif:6-4-3,reset=none,detached-reset", "detached-reset")]
    [InlineData("rc:6-3", "has no circuits")]
    [InlineData("rc:6-3,readout=first-spike,steps=5", "steps is of hidden circuits only")]
    [InlineData("rc:6-4-3,time=0.1", "readout=first-spike")]
    [InlineData("rc:6-4-3,readout=first-spike,ends=each", "readout=linear")]
    [InlineData("lif:", "has the width ")]
    [InlineData("rc:", "has the width ")]
    public void WhatMakesNoSenseInTimeIsRefused(string model, string says) =>
        Assert.Contains(says, Assert.Throws<ConcordException>(() => ModelDescription.Parse(model)).Message, StringComparison.Ordinal);

    // Every rule of the catalogue trains such a network, or says that it cannot and what can.
    [Theory]
    [MemberData(nameof(Rules))]
    public void ARuleTrainsOrIsRefusedByName(string rule)
    {
        using var kernels = Kit.Double();
        foreach (var model in (string[])["rnn:4x3-5-4-3", "rnn:4x3-5-3", "lif:6-5-3,steps=4", "gru:4x3-5-4-3,ends=each",
            "layers: 6; dense units=5; repeat steps=3; tanh; dense units=4; tanh; mean; dense units=3",
            "lif:6-5-4-3,steps=4,recurrent,learned-leak",
            "layers: 6; repeat steps=4; rc units=5; rc units=4; mean; dense units=3"])
        {
            Concord.Training.Learner learner;
            try
            {
                learner = Kit.Learner(model, rule, kernels);
            }
            catch (ConcordException refused)
            {
                Assert.True(refused.Message.Contains(rule, StringComparison.Ordinal)
                    || refused.Message.Contains("has a state", StringComparison.Ordinal), refused.Message);
                Assert.DoesNotContain(rule, s_able);
                continue;
            }
            TimeKit.Fill(learner.Pass, Samples);
            for (var step = 0; step < 3; step++) Assert.True(double.IsFinite(learner.Step(0.1)));
            Assert.True(learner.Cost(Samples).Of(Phase.Forward).MultiplyAccumulates > 0);
            Assert.True(s_able.Contains(rule) || s_ableWithoutState.Contains(rule), rule);
        }
    }

    public static TheoryData<string> Rules => Kit.Data(Kit.RuleNames);

    private static readonly string[] s_able = ["backprop", "fa", "fa-stream", "usf", "frsf", "brsf", "sn", "fbp", "symmetric-alignment",
        "kolen-pollack", "sal", "sham", "shallow", "dfa", "sparse-dfa", "sign-dfa", "ternary-dfa", "drtp"];

    // They ask a layer by itself what it makes of noise.
    private static readonly string[] s_ableWithoutState = ["wm", "information-alignment", "activation-alignment"];
}
