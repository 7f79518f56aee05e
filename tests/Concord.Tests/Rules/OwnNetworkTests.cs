using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>Networks of a rule's own: their gradients, what they leave alone, and where they are counted.</summary>
public sealed class OwnNetworkTests
{
    private const string Model = "mlp:6-5-4-3,tanh";
    private const int N = 4;

    private static Learner Learner(LearningRule rule, Kernels kernels, OptimizerSettings? optimizer = null, string model = Model) =>
        new(Kit.Made(Kit.Network(model), rule), default, optimizer ?? Kit.PlainSgd, kernels, Kit.Seed);

    [Fact]
    public void AHeadTeachesItsPortByItsOwnLossAndLearnsFromIt()
    {
        using var kernels = Kit.Double();
        var rule = new Heads();
        var learner = Learner(rule, kernels);
        var expected = rule.Of.ToDictionary(entry => entry.Key,
            entry => entry.Value.Network.Parameters.Select(parameter => parameter.Value.ToArray()).ToArray());
        Kit.Step(learner, N, beforeStep: _ =>
        {
            foreach (var (port, head) in rule.Of)
            {
                double[] x = learner.Pass.At(port).ToArray(), w = expected[port][0], b = expected[port][1],
                    t = learner.Pass.Targets.ToArray(), s = learner.BackwardPass.SignalAt(port)!.ToArray();
                var units = port.Shape.Length;
                var error = new double[N * 3];
                for (var n = 0; n < N; n++)
                {
                    var z = Enumerable.Range(0, 3)
                        .Select(k => b[k] + Enumerable.Range(0, units).Sum(i => x[n * units + i] * w[i * 3 + k])).ToArray();
                    var sum = z.Sum(Math.Exp);
                    for (var k = 0; k < 3; k++) error[n * 3 + k] = Math.Exp(z[k]) / sum - t[n * 3 + k];
                }
                Kit.Close([.. Enumerable.Range(0, N * units)
                    .Select(i => Enumerable.Range(0, 3).Sum(k => error[i / units * 3 + k] * w[i % units * 3 + k]))], s, what: port.Name);
                // The factor 1/2 is on the gradients and not on the signal.
                expected[port] = [
                    [.. w.Select((value, at) =>
                        value - 0.3 * 0.5 * Enumerable.Range(0, N).Sum(n => x[n * units + at / 3] * error[n * 3 + at % 3]) / N)],
                    [.. b.Select((value, k) => value - 0.3 * 0.5 * Enumerable.Range(0, N).Sum(n => error[n * 3 + k]) / N)]];
            }
        });
        foreach (var (port, head) in rule.Of)
            for (var i = 0; i < 2; i++)
                Kit.Close(expected[port][i], head.Network.Parameters[i].Value.ToArray(), what: head.Network.Parameters[i].Name);
    }

    [Fact]
    public void ASignalCrossesAHeadThroughWhatTheRulePutsForItsWeight()
    {
        using var kernels = Kit.Double();
        var learner = Learner(new Heads(isRandom: true), kernels);
        Kit.Step(learner, N, beforeStep: _ =>
        {
            foreach (var port in learner.Network.Ports.Take(2))
            {
                double[] b = Kit.Feedback(learner.Plan, $"head.{port.Name}.weight").ToArray(), e = learner.Pass.Workspace.Get(kernels, port,
                    "error", new(N, 3), Role.Error).ToArray(), s = learner.BackwardPass.SignalAt(port)!.ToArray();
                var units = port.Shape.Length;
                Kit.Close([.. Enumerable.Range(0, N * units)
                    .Select(i => Enumerable.Range(0, 3).Sum(k => e[i / units * 3 + k] * b[i % units * 3 + k]))], s,
                    what: port.Name);
            }
        });
        Assert.Contains("head.fc1: linear 5 -> 3, back through random 5x3 (sgd, learning rate 0.3)", learner.Plan.ToString(),
            StringComparison.Ordinal);
        Assert.Equal(5 * 3 + 3 + 5 * 3 + 4 * 3 + 3 + 4 * 3, learner.Plan.FeedbackWords);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatLooksAtARuleChangesNothing(bool isFixed)
    {
        using var kernels = Kit.Double();
        byte[] State(bool looks)
        {
            var learner = Learner(new Heads(isFixed, norms: true), kernels);
            var evaluation = new Pass(learner.Network, kernels, default);
            for (var step = 0; step < 3; step++)
            {
                Kit.Step(learner, N, step, beforeStep: _ =>
                {
                    if (!looks) return;
                    Kit.Fill(evaluation, 7, 50);
                    evaluation.Forward(learner.Steps, training: false);
                    learner.Objective.Error(evaluation);
                    var backward = learner.Plan.BackwardPass(evaluation, null);
                    learner.Plan.CreditAssignment.Observe(backward);
                    learner.Plan.CreditAssignment.Teach(backward);
                });
            }
            return [.. Checkpoint.Tensors(learner).SelectMany(entry => entry.Tensor.AsBytes().ToArray())];
        }
        Assert.Equal(State(looks: false), State(looks: true));
    }

    [Fact]
    public void AFixedNetworkStaysAsItIsDrawnAndItsDrawDependsOnItsNameAlone()
    {
        using var kernels = Kit.Double();
        Heads rule = new(isFixed: true), mapped = new(isFixed: true);
        var learner = Learner(rule, kernels);
        Learner(new RuleMap([("fc2", mapped), ("*", Kit.Rule("dfa"))]), kernels);
        byte[] Bytes(Heads heads, string port) => Kit.Bytes(heads.Of.Single(entry => entry.Key.Name == port).Value.Network);
        var before = Bytes(rule, "fc2");
        Assert.Equal(before, Bytes(mapped, "fc2"));
        for (var step = 0; step < 3; step++) Kit.Step(learner, N, step);
        Assert.Equal(before, Bytes(rule, "fc2"));
        Assert.Contains("feedback.head.fc2.weight", learner.Plan.Feedback.Select(entry => entry.Name));
        Assert.NotEqual(Bytes(rule, "fc1")[..32], before[..32]);
    }

    [Fact]
    public void ThePlanShowsThem()
    {
        using var kernels = Kit.Double();
        var text = Learner(new Heads(), kernels).Plan.ToString();
        Assert.Contains("\nhead.fc1: linear 5 -> 3 (sgd, learning rate 0.3)\nhead.fc2: linear 4 -> 3 (sgd, learning rate 0.3)", text,
            StringComparison.Ordinal);
        Assert.Contains("head.fc1: linear 5 -> 3 (fixed)", Learner(new Heads(isFixed: true), kernels).Plan.ToString(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void WhatIsRecordedIsWhatAStepDoes(bool isFixed, bool norms)
    {
        var cost = StepWork.Of(new(() => Kit.Network(Model), () => new Heads(isFixed, norms)), new(N));
        using var kernels = Kit.Double();
        var learner = Learner(new Heads(isFixed, norms), kernels);
        kernels.Log = new();
        Kit.Step(learner, N);
        foreach (var phase in new[] { Phase.Forward, Phase.ExtraForward, Phase.Error, Phase.WeightGradient, Phase.Adaptation })
            foreach (var place in cost.Blocks)
                Assert.Equal(kernels.Log.Records.Where(record => record.Phase == phase && record.Block == place)
                    .Aggregate(default(Work), (sum, record) => sum + record.Work), cost.Of(phase, place));
        // Head and signal: 5 x 3 products each a sample, of feedback words; the gradients are feedback that moves.
        Assert.Equal(2 * N * 15, cost.Of(Phase.Error, "fc1").MultiplyAccumulates);
        Assert.Equal(isFixed ? 0 : N * 15, cost.Of(Phase.Adaptation, "fc1").MultiplyAccumulates);
        Assert.Equal(0, cost.Of(Phase.Error, "fc1").Read.Weights);
        Assert.Equal(learner.Plan.FeedbackWords, cost.Memory.Feedback);
        Assert.Equal(learner.Pass.Bytes / sizeof(double), N * (6 + 3) + cost.Memory.Activations + cost.Memory.Signals);
    }

    [Fact]
    public void HeadsLearnTheSameWhereActivationsAreRecomputed()
    {
        using var kernels = Kit.Double();
        byte[] State(ActivationPolicy activations)
        {
            var learner = new Learner(Kit.Made(Kit.Network("mlp:6-5-4-3,gelu,batchnorm,dropout=0.3"), new Heads(norms: true)), default,
                Kit.PlainSgd, kernels, Kit.Seed, activations);
            for (var step = 0; step < 3; step++) Kit.Step(learner, N, step);
            return [.. Checkpoint.Tensors(learner).SelectMany(entry => entry.Tensor.AsBytes().ToArray())];
        }
        Assert.Equal(State(ActivationPolicy.Stored), State(ActivationPolicy.Recomputed));
    }

    [Fact]
    public void FrozenParametersOfALearningNetworkStay()
    {
        using var kernels = Kit.Double();
        var rule = new Heads(norms: true, freezes: true);
        var learner = Learner(rule, kernels);
        for (var step = 0; step < 3; step++) Kit.Step(learner, N, step);
        Assert.Equal(["head.fc1.weight", "head.fc1.bias", "head.fc2.weight", "head.fc2.bias"],
            learner.Plan.Groups.Single().Parameters.Select(parameter => parameter.Name));
        foreach (var head in rule.Of.Values)
        {
            Assert.All(head.Network.Parameters.Single(parameter => parameter.Name.EndsWith("gain", StringComparison.Ordinal)).Value
                .ToArray(), gain => Assert.Equal(1, gain));
            Assert.All(head.Network.Parameters.Single(parameter => parameter.Name.EndsWith("shift", StringComparison.Ordinal)).Value
                .ToArray(), shift => Assert.Equal(0, shift));
        }
    }

    [Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Kit.Single();
        var learner = Learner(new RuleMap([("fc1", new Heads()), ("*", new Heads(isFixed: true))]), kernels);
        Kit.Fill(learner.Pass, N);
        Assert.Equal(0, Allocation.Of(() => learner.Step(0.1)));
    }

    [Fact]
    public void SeveralEvaluationsBesideOnePassStandBesideEachOther()
    {
        using var kernels = Kit.Double();
        var rule = new Twice();
        Kit.Step(Learner(rule, kernels), N);
        Assert.Equal(rule.First, rule.FirstAgain);
        Assert.NotEqual(rule.First, rule.Second);
    }

    [Theory]
    [InlineData("output", "The rule's network back.fc1 turns 4 into 4, where 5 is needed")]
    [InlineData("input", "The rule's network back.fc1 takes 3 and was given 4x4 for 4 samples")]
    [InlineData("name", "two networks of its own named back.fc1")]
    public void NetworksThatDoNotFitAreRefused(string mistake, string says)
    {
        using var kernels = Kit.Double();
        var refused = Assert.Throws<ConcordException>(() => Kit.Step(Learner(new Misfit(mistake), kernels), N)).Message;
        Assert.Contains(says, refused, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatComesThroughANetworkIsDeliveredThroughIt()
    {
        var cost = RuleCost.Of(new Blueprint(() => Kit.Network("mlp:6-5-4-3-2,tanh"), () => new Misfit("none")), 7);
        Assert.Equal([("fc2", 4L * 5), ("fc3", 4L * 3), ("fc4", 3L * 2)], cost.ErrorFanIns.Select(fanIn => (fanIn.Source, fanIn.Words)));
        Assert.Equal(7 * 4, cost.Partition(4).Parts[0].Errors);
        using var kernels = Kit.Double();
        Assert.Equal("linear 4 -> 5, tanh (fixed)", Learner(new Misfit("none"), kernels).Plan.Rows[0].Feedback);
    }

    // A linear head on each hidden port, which learns the labels from what stands there; the block below learns from the head's error.
    private sealed class Heads(bool isFixed = false, bool norms = false, bool freezes = false, bool isRandom = false) : LearningRule
    {
        public Dictionary<Port, OwnNetwork> Of { get; } = [];

        public override string Name => "heads";

        public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.Here;

        public override Needs NeedsAt(Port port) => port.IsOutput ? Needs.None : Needs.Activation | Needs.Targets;

        public override void Attach(RuleState state)
        {
            if (!state.HiddenPorts.Any()) return;
            var group = isFixed ? null : state.Group("heads", GroupOptimizer.Sgd(0.3));
            foreach (var port in state.HiddenPorts)
                Of[port] = state.NetworkOf($"head.{port.Name}", port.Shape,
                    norms ? [new Linear(3), freezes ? new LayerNorm(learns: false) : new BatchNorm()]
                        : [new Linear(3)], group, state.Network.Output,
                    isRandom ? connection => new RandomCarrier(connection) : null);
        }

        public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
        {
            if (port.IsOutput) return arriving!;
            var (pass, head) = (backward.Pass, Of[port]);
            var outputs = head.Forward(pass.At(port), pass);
            var error = pass.Workspace.Get(pass.Kernels, port, "error", outputs.Shape, Role.Error);
            new Objective().Error(pass.Kernels, outputs, pass.Targets, error,
                pass.Workspace.Get(pass.Kernels, port, "losses", new(pass.Rows), Role.Error));
            return head.Backward(error, pass, factor: 0.5)!;
        }
    }

    private sealed class Twice : LearningRule
    {
        private OwnNetwork _map = null!;
        public double[] First { get; private set; } = [];
        public double[] FirstAgain { get; private set; } = [];
        public double[] Second { get; private set; } = [];
        public override string Name => "twice";
        public override Needs NeedsAt(Port port) => Needs.Activation | Needs.SecondPass;
        public override void Attach(RuleState state) =>
            _map = state.NetworkOf("map", state.Ports[0].Shape, [new Linear(2), new ActivationLayer(ActivationLayer.ByName["tanh"])]);

        public override void Observe(RulePass pass)
        {
            var port = pass.Pass.Network.Ports[0];
            var output = _map.Forward(pass.At(port), pass);
            First = output.ToArray();
            var noisy = pass.Again(Variation.Noise(new(true, 1), RandomStream.FromSeed(1), port), upTo: pass.Pass.Network.Ports[1]);
            var other = _map.Forward(noisy.At(port), pass, call: 1);
            _map.Forward(noisy.At(port), noisy);
            (FirstAgain, Second) = (output.ToArray(), other.ToArray());
        }
    }

    // fc1 gets its signal from fc2 through a map of the rule's own, or through one that does not fit.
    private sealed class Misfit(string mistake) : LearningRule
    {
        private OwnNetwork? _back;
        private Port _above = null!;
        public override string Name => "misfit";
        public override Needs NeedsAt(Port port) => Needs.Activation;
        public override Route RouteAt(Port port) => port.Index == 0 ? Route.From(_above) : Route.Arriving;
        public override OwnNetwork? NetworkAt(Port port) => port.Index == 0 ? _back : null;

        public override void Attach(RuleState state)
        {
            _above = state.Network.Ports[1];
            var (low, input) = (state.Ports[0], mistake == "input" ? new Shape(3) : _above.Shape);
            OwnNetwork Back() => state.NetworkOf("back.fc1", input, [new Linear(mistake == "output" ? 4 : low.Shape.Length),
                new ActivationLayer(ActivationLayer.ByName["tanh"])], output: low.Shape);
            _back = Back();
            if (mistake == "name") Back();
        }

        public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward) =>
            port.Index > 0 ? arriving! : _back!.Forward(backward.SignalAt(_above)!, backward.Pass);
    }
}
