using Concord.Cost;
using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>A batch that is evaluated a second time with something changed, and gradients that correlate a signal with an input.</summary>
public sealed class SecondPassTests
{
    private const int N = 5;
    private static readonly object s_owner = new();

    public static TheoryData<string> Networks => Kit.Data(Kit.Networks);

    private static (Network Network, Pass Pass) Evaluated(string text, Kernels kernels, int rows = N)
    {
        var network = Kit.Network(text);
        network.Initialize(kernels, RandomStream.FromSeed(3));
        var pass = new Pass(network, kernels, RandomStream.FromSeed(4));
        Kit.Fill(pass, rows);
        pass.Forward(2, training: true);
        new Objective().Error(pass);
        return (network, pass);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void TheSameInputGivesTheSameActivitiesAndMovesNoMoments(string text)
    {
        using var kernels = Kit.Double();
        var (network, pass) = Evaluated(text, kernels);
        var (bytes, first) = (Kit.Bytes(network), network.Ports.Select(port => pass.At(port).ToArray()).ToList());
        var same = kernels.Allocate(pass.Input.Shape, Role.Activation);
        kernels.Copy(pass.Input, same);
        var second = pass.Again(s_owner, Variation.Input(same));
        Assert.All(network.Ports, port => Assert.Equal(first[port.Index], second.At(port).ToArray()));   // batch moments and masks included
        Assert.Equal(bytes, Kit.Bytes(network));
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void TwoPassesInTurnAreAsTwoPassesApart(string text)
    {
        using var kernels = Kit.Double();
        var (network, pass) = Evaluated(text, kernels);
        var other = Kit.Tensor(kernels, pass.Input.Shape, "other", Role.Activation);
        var (alone, apart) = (GradientsOf(pass), Evaluated(text, kernels).Pass);
        kernels.Copy(other, apart.Input);
        apart.Forward(2, training: true);
        var expected = network.Ports.Select(port => apart.At(port).ToArray()).ToList();

        var second = pass.Again(s_owner, Variation.Input(other));
        Assert.All(network.Ports, port => Assert.Equal(expected[port.Index], second.At(port).ToArray()));
        Assert.Equal(alone, GradientsOf(pass));                                   // the first pass's walk is untouched by the second
        pass.Again(s_owner, Variation.Input(pass.Input), number: 1);
        Assert.All(network.Ports, port => Assert.Equal(expected[port.Index], second.At(port).ToArray()));   // and the second by a third
    }

    private static double[][] GradientsOf(Pass pass)
    {
        var keeper = new GradientKeeper(pass.Kernels);
        var backward = new BackwardPass(pass, _ => Carrier.Own, [.. pass.Network.Blocks.Select(block => block.Index > 0)], keeper);
        var signal = pass.Error;
        foreach (var block in pass.Network.Blocks.Reverse()) signal = backward.Backward(block, signal) ?? signal;
        return [.. keeper.Gradients.OrderBy(entry => entry.Key.Name, StringComparer.Ordinal).Select(entry => entry.Value.ToArray())];
    }

    [Theory]
    [InlineData("mlp:6-5-4-3,tanh")]
    [InlineData("residual")]
    [InlineData("mlp:6-5-4-3,elu,dropout=0.3,input-dropout=0.1")]
    public void ItBeginsAtTheChangedPortAndEndsWhereItIsToldTo(string text)
    {
        using var kernels = Kit.Double();
        var (network, pass) = Evaluated(text, kernels);
        var (low, middle) = (network.Ports[0], network.Ports[1]);
        var activity = Kit.Tensor(kernels, pass.At(low).Shape, "activity", Role.Activation);
        kernels.Log = new();
        var second = pass.Again(s_owner, Variation.At(low, activity), upTo: middle);
        Assert.Equal([middle.Name], kernels.Log.Records.Select(record => record.Block).Distinct());
        Assert.Equal([Phase.ExtraForward], kernels.Log.Records.Select(record => record.Phase).Distinct());
        kernels.Log = null;
        Assert.Same(activity, second.At(low));
        Assert.NotEqual(pass.At(middle).ToArray(), second.At(middle).ToArray());
        Assert.Contains($"ended at {middle.Name}", Assert.Throws<InvalidOperationException>(() => second.At(network.OutputPort)).Message,
            StringComparison.Ordinal);
        // What is below the change is the first pass's.
        Assert.Same(pass.At(low), pass.Again(s_owner, Variation.At(middle, pass.At(middle)), number: 1).At(low));
    }

    [Fact]
    public void NoiseIsAddedAtEachPortThatIsNamed()
    {
        using var kernels = Kit.Double();
        var (network, pass) = Evaluated("mlp:6-5-4-3-2,tanh", kernels);
        var (noise, stream) = (new Noise(true, 0.3), RandomStream.FromSeed(9).At(2));
        var second = pass.Again(s_owner, Variation.Noise(noise, stream, network.Ports[0], network.Ports[2]));
        double[] Drawn(Port port)
        {
            var x = kernels.Allocate(port.Shape.Batch(N));
            noise.Fill(kernels, stream.Split(port.Name), x);
            return x.ToArray();
        }
        Kit.Close([.. pass.At(network.Ports[0]).ToArray().Zip(Drawn(network.Ports[0]), (a, b) => a + b)],
            second.At(network.Ports[0]).ToArray());
        var clean = pass.Again(s_owner, Variation.At(network.Ports[0], second.At(network.Ports[0])), number: 1);
        Assert.Equal(clean.At(network.Ports[1]).ToArray(), second.At(network.Ports[1]).ToArray());
        Kit.Close([.. clean.At(network.Ports[2]).ToArray().Zip(Drawn(network.Ports[2]), (a, b) => a + b)],
            second.At(network.Ports[2]).ToArray());
        Assert.NotEqual(clean.At(network.Ports[3]).ToArray(), second.At(network.Ports[3]).ToArray());
    }

    [Fact]
    public void WhatCannotBeEvaluatedAgainIsRefused()
    {
        using var kernels = Kit.Double();
        var (network, pass) = Evaluated("mlp:6-5-4-3-2,tanh", kernels);
        string Refused<T>(Func<Pass> again) where T : Exception => Assert.Throws<T>(again).Message;
        Assert.Contains("cannot end at fc1", Refused<ArgumentException>(() =>
            pass.Again(s_owner, Variation.At(network.Ports[1], pass.At(network.Ports[1])), network.Ports[0])), StringComparison.Ordinal);
        Assert.Contains("was given 5x4 where the first has 5x5",
            Refused<ArgumentException>(() => pass.Again(s_owner, Variation.At(network.Ports[0], pass.At(network.Ports[1])))),
            StringComparison.Ordinal);
        var foreign = Kit.Network("mlp:6-5-4-3-2,tanh").Ports;
        foreach (var (variation, upTo) in new (Variation, Port?)[]
        {
            (Variation.At(foreign[1], pass.At(network.Ports[1])), null),
            (Variation.Input(pass.Input), foreign[1]),
            (Variation.Noise(new(true, 1), default, foreign[0]), null),
            (Variation.Noise(new(true, 1), default, network.Ports[0], foreign[1]), null),
        })
            Assert.Matches("The port fc[12] is one of another network",
                Refused<ArgumentException>(() => pass.Again(s_owner, variation, upTo)));
        foreach (var above in new[] { 0, 1 })
            Assert.Contains($"begins above fc2, so no noise can be added at fc{above + 1} as well", Refused<ArgumentException>(() =>
                pass.Again(s_owner, Variation.Noise(new(true, 1), default, network.Ports[1], network.Ports[above]))),
                StringComparison.Ordinal);
        kernels.Fill(pass.Give(network.Ports[1]), 0.5);
        pass.Forward(2, training: true);
        Assert.Contains("cannot begin at the input: the activity of fc2 was given",
            Refused<ConcordException>(() => pass.Again(s_owner, Variation.Input(pass.Input))), StringComparison.Ordinal);
        Assert.Contains("cannot begin at fc1",
            Refused<ConcordException>(() => pass.Again(s_owner, Variation.At(network.Ports[0], kernels.Allocate(new(N, 5))))),
            StringComparison.Ordinal);
        Assert.Contains("cannot begin at fc2",
            Refused<ConcordException>(() => pass.Again(s_owner, Variation.At(network.Ports[1], kernels.Allocate(new(N, 4))))),
            StringComparison.Ordinal);
        Assert.Equal(2, pass.Again(s_owner, Variation.At(network.Ports[2], kernels.Allocate(new(N, 3)))).Logits.Shape.RowLength);
    }

    [Fact]
    public void ARuleThatPassesTwiceIsRefusedWhereActivationsAreRecomputed()
    {
        using var kernels = Kit.Double();
        Learner Recomputed(LearningRule rule) =>
            new(Kit.Made(Kit.Network("mlp:6-5-4-3,tanh"), rule), default, Kit.PlainSgd, kernels, Kit.Seed, ActivationPolicy.Recomputed);
        foreach (var rule in new LearningRule[] { new Modulated(), new RuleMap([("fc1", new Modulated()), ("*", Kit.Rule("dfa"))]) })
            Assert.Contains("Activations cannot be recomputed under modulated",
                Assert.Throws<ConcordException>(() => Recomputed(rule)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ABlockLearnsFromASignalAsItIsAndTheInputOfEitherPass()
    {
        using var kernels = Kit.Double();
        var rule = new Modulated();
        var learner = new Learner(Kit.Made(Kit.Network("mlp:6-5-4-3,tanh"), rule), default, Kit.PlainSgd, kernels, Kit.Seed);
        var before = learner.Network.Parameters.ToDictionary(parameter => parameter, parameter => parameter.Value.ToArray());
        Kit.Step(learner, N, rate: 0.1, beforeStep: _ =>
        {
            foreach (var block in learner.Network.Blocks)
            {
                double[] signal = learner.BackwardPass.SignalAt(learner.Network.Ports[block.Index])!.ToArray(),
                    input = rule.Inputs[block.Index];
                var (inputs, outputs) = (block.Input.Length, block.Output.Length);
                before[block.Parameters[0]] = [.. before[block.Parameters[0]].Select((w, at) =>
                    w - 0.1 * Enumerable.Range(0, N).Sum(n => input[n * inputs + at / outputs] * signal[n * outputs + at % outputs]) / N)];
                before[block.Parameters[1]] = [.. before[block.Parameters[1]]
                    .Select((b, at) => b - 0.1 * Enumerable.Range(0, N).Sum(n => signal[n * outputs + at]) / N)];
            }
        });
        Assert.All(before, entry => Kit.Close(entry.Value, entry.Key.Value.ToArray(), what: entry.Key.Name));
    }

    [Theory]
    [InlineData("residual", "unit1")]
    [InlineData("images", "conv2")]
    public void ABlockWithoutADerivativeToLeaveOutIsRefusedWhenTheRuleIsAttached(string network, string block)
    {
        using var kernels = Kit.Double();
        var mistake = Assert.Throws<ConcordException>(
            () => new Learner(Kit.Made(Kit.Network(network), new Modulated()), default, Kit.PlainSgd, kernels, Kit.Seed)).Message;
        Assert.Contains($"The block {block} cannot learn from a signal at its port without a derivative", mistake,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlp:6-5-4-3,tanh")]
    [InlineData("mlp:6-5-4-3,elu,dropout=0.3,input-dropout=0.1")]
    [InlineData("mlp:6-5-4-3,gelu,batchnorm")]
    public void WhatIsRecordedIsWhatAStepDoes(string network)
    {
        var cost = StepWork.Of(new(() => Kit.Network(network), () => new Modulated()), new(N));
        using var kernels = Kit.Double();
        var learner = new Learner(Kit.Made(Kit.Network(network), new Modulated()), default, Kit.PlainSgd, kernels, Kit.Seed);
        kernels.Log = new();
        Kit.Step(learner, N);
        foreach (var phase in new[] { Phase.Forward, Phase.ExtraForward, Phase.Error, Phase.WeightGradient, Phase.Adaptation })
            Assert.Equal(kernels.Log[phase], cost.Of(phase));
        Assert.Equal(cost.Of(Phase.Forward).MultiplyAccumulates, cost.Of(Phase.ExtraForward).MultiplyAccumulates);
        Assert.True(cost.Memory.Activations >= 2 * N * (5 + 4 + 3));
    }

    [Fact]
    public void WhatIsBroughtToTheInputIsShownAndCounted()
    {
        foreach (var rule in new Func<LearningRule>[] { () => new Modulated(),
            () => new RuleMap([("fc2", Kit.Rule("dfa")), ("*", new Modulated())]) })
        {
            var cost = RuleCost.Of(new Blueprint(() => Kit.Network("mlp:6-5-4-3,tanh"), rule), N);
            Assert.Equal(("input", "output", 6, 3L * 6),
                cost.ErrorFanInAtInput is { } at ? (at.Port, at.Source, at.Neurons, at.Words) : default);
            Assert.Equal(N * 3, cost.Partition(3).Parts[0].Errors);
            Assert.Equal(N * 18, cost.Partition(3).Parts[0].ErrorWires);
            using var kernels = Kit.Double();
            var rows = new Learner(Kit.Made(Kit.Network("mlp:6-5-4-3,tanh"), rule()), default, Kit.PlainSgd, kernels, Kit.Seed).Plan.Rows;
            Assert.Equal(new PlanRow("input", "the output, in one hop", "dense 3x6, given", false), rows[^1]);
        }
        Assert.Null(RuleCost.Of("mlp:6-5-4-3", "dfa", N).ErrorFanInAtInput);
    }

    [Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Kit.Single();
        var learner = new Learner(Kit.Made(Kit.Network("mlp:6-5-4-3,tanh,dropout=0.2"), new Modulated()), default, Kit.PlainSgd, kernels,
            Kit.Seed);
        Kit.Fill(learner.Pass, N);
        Assert.Equal(0, Allocation.Of(() => learner.Step(0.1)));
    }

    // A second pass on a modulated input; hidden blocks learn from what that changed, without f'.
    internal sealed class Modulated : LearningRule
    {
        private Projection _modulation = null!;
        private RulePass? _second;

        public bool Declares { get; init; } = true;

        public Dictionary<int, double[]> Inputs { get; } = [];

        public override string Name => "modulated";

        public override Projection? ProjectionAtInput => _modulation;

        public override Needs NeedsAt(Port port) => Needs.Error | Needs.Activation | Needs.Input | Needs.SecondPass;

        public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.Here;

        public override bool CorrelatesAt(Port port) => Declares;

        public override void Attach(RuleState state)
        {
            var matrix = state.Kernels.Allocate(new(state.Network.Output.Length, state.Network.Input.Length), Role.Feedback);
            state.Kernels.FillNormal(state.Stream("input"), 0, 0.3, matrix);
            state.Keep("input", matrix);
            _modulation = new DenseProjection(matrix);
        }

        public override void Observe(RulePass pass)
        {
            var x = pass.Workspace.Get(pass.Kernels, this, "modulated", pass.Input.Shape, Role.Activation);
            _modulation.Apply(pass.Kernels, pass.Workspace, pass.Error, x);
            pass.Kernels.Combine(1, pass.Input, 1, x);
            _second = pass.Again(Variation.Input(x));
            _second.Judge();
        }

        public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
        {
            if (port.IsOutput) return _second!.Error;
            var signal = backward.SignalBuffer(port);
            backward.Kernels.Copy(backward.Pass.At(port), signal);
            backward.Kernels.Combine(-1, _second!.At(port), 1, signal);
            return signal;
        }

        public override Tensor? Learn(Port port, Tensor signal, RuleBackwardPass backward)
        {
            // The lowest block meets the first pass's input, the others what the second one makes of theirs.
            var pass = port.Index == 0 ? backward.Pass : _second!;
            if (backward.Kernels.ElementType == ElementType.Double)
                Inputs[port.Index] = port.Index == 0 ? pass.Input.ToArray() : pass.At(pass.Pass.Network.Ports[port.Index - 1]).ToArray();
            return backward.Correlate(port.Below, signal, pass);
        }
    }
}
