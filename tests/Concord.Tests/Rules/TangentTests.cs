using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>
/// Tangents that ride on a pass: law 3 of whole networks. What comes to the outputs is the derivative along the directions, by central
/// differences and by &lt;u, J v&gt; = &lt;J'u, v&gt;, for directions at the input, at ports and in weights.
/// </summary>
public sealed class TangentTests
{
    private const int N = 5;
    private static readonly Perturbation s_normal = new(PerturbationKind.Normal), s_signs = new();

    public static TheoryData<string> Networks => Kit.Data(Kit.Networks);

    private static Learner Perturbed(string network, Kernels kernels, Func<Network, TangentPlan?> plan, int rows = N,
        string? freeze = null)
    {
        var learner = new Learner(new Blueprint(() => Kit.Network(network), () => new Perturbing(plan),
            freeze is null ? null : BlockPatterns.Parse(freeze)), default, Kit.PlainSgd, kernels, Kit.Seed);
        Kit.Fill(learner.Pass, rows);
        learner.Pass.Forward(3, training: true);
        learner.Objective.Error(learner.Pass);
        return learner;
    }

    private static TangentPlan AtPorts(Network network, Perturbation perturbation) =>
        new([.. network.Ports.Where(port => !port.IsOutput || network.Ports.Count == 1)
            .Select(port => Injection.At(port, perturbation))]);

    private static TangentPlan InWeights(Network network, Perturbation perturbation) =>
        new([.. network.Parameters.Where(parameter => !parameter.Frozen).Select(parameter => Injection.In(parameter, perturbation))]);

    private static double[] Add(Tensor x, double step, Tensor v) =>
        [.. x.ToArray().Zip(v.ToArray(), (value, direction) => value + step * direction)];

    private static double Dot(IEnumerable<double> a, IEnumerable<double> b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Central(Func<double, double[]> outputs)
    {
        const double Step = 1e-6;
        return [.. outputs(Step).Zip(outputs(-Step), (up, down) => (up - down) / (2 * Step))];
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void DirectionsAtAllPortsAtOnceChangeTheOutputsAsTheTangentSays(string network)
    {
        using var kernels = Kit.Double();
        var pass = Perturbed(network, kernels, made => AtPorts(made, s_normal)).Pass;
        var tangent = pass.Tangents!.OutputOf(0).ToArray();
        double[] Outputs(double step)
        {
            var below = pass;
            foreach (var port in pass.Network.Ports)
            {
                if (port.IsOutput && pass.Network.Ports.Count > 1) continue;
                var moved = kernels.Allocate(pass.At(port).Shape, Role.Activation);
                moved.CopyFrom(Add(below.At(port), step, pass.Tangents!.DirectionAt(port, 0)));
                if (port.IsOutput) return moved.ToArray();
                below = pass.Again(port, Variation.At(port, moved));
            }
            return below.Logits.ToArray();
        }
        Kit.Close(Central(Outputs), tangent, 1e-7);

        // J' of the same directions: a signal u at the outputs carried down meets them there
        var u = Kit.Tensor(kernels, pass.Error.Shape, "u");
        kernels.Copy(u, pass.Error);
        if (pass.Network.Ports.Count == 1) return;
        var truth = new TrueGradient(pass, lowest: 1);
        truth.Walk();
        Kit.Close([Dot(u.ToArray(), tangent)], [pass.Network.Ports.Where(port => !port.IsOutput)
            .Sum(port => Dot(truth.At(port).ToArray(), pass.Tangents!.DirectionAt(port, 0).ToArray()))], 1e-10);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void DirectionsInAllWeightsChangeTheOutputsAsTheTangentSays(string network)
    {
        using var kernels = Kit.Double();
        var learner = Perturbed(network, kernels, made => InWeights(made, s_normal));
        var pass = learner.Pass;
        var tangent = pass.Tangents!.OutputOf(0).ToArray();
        var parameters = pass.Network.Parameters.Where(parameter => !parameter.Frozen).ToList();
        Dictionary<Parameter, double[]> directions = parameters
            .ToDictionary(parameter => parameter, parameter => pass.Tangents!.DirectionAt(parameter, 0).ToArray());
        double[] Outputs(double step)
        {
            var kept = parameters.ToDictionary(parameter => parameter, parameter => parameter.Value.ToArray());
            foreach (var (parameter, values) in kept)
                parameter.Value.CopyFrom([.. values.Zip(directions[parameter], (value, direction) => value + step * direction)]);
            pass.Forward(3, training: true, carries: false);
            foreach (var (parameter, values) in kept) parameter.Value.CopyFrom(values);
            return pass.Logits.ToArray();
        }
        Kit.Close(Central(Outputs), tangent, 1e-7);

        pass.Forward(3, training: true);
        var u = Kit.Tensor(kernels, pass.Error.Shape, "u");
        kernels.Copy(u, pass.Error);
        var keeper = new GradientKeeper(kernels);
        var backward = new BackwardPass(pass, _ => Carrier.Own, [.. pass.Network.Blocks.Select(block => block.Index > 0)], keeper);
        var signal = pass.Error;
        foreach (var block in pass.Network.Blocks.Reverse()) signal = backward.Backward(block, signal) ?? signal;
        Kit.Close([Dot(u.ToArray(), tangent)],
            [parameters.Sum(parameter => Dot(keeper.Gradients[parameter].ToArray(), directions[parameter]))], 1e-10);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void ADirectionAtTheInputChangesTheOutputsAsTheTangentSays(string network)
    {
        using var kernels = Kit.Double();
        var pass = Perturbed(network, kernels, _ => new(Injection.AtInput(s_normal))).Pass;
        var direction = pass.Tangents!.DirectionAt(pass.Network, 0);
        double[] Outputs(double step)
        {
            var moved = kernels.Allocate(pass.Input.Shape, Role.Activation);
            moved.CopyFrom(Add(pass.Input, step, direction));
            return pass.Again(this, Variation.Input(moved)).Logits.ToArray();
        }
        Kit.Close(Central(Outputs), pass.Tangents!.OutputOf(0).ToArray(), 1e-7);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void LanesAreTangentsOfTheirOwnAndTheirSumIsThatOfAllDirections(string network)
    {
        using var kernels = Kit.Double();
        var alone = Perturbed(network, kernels, made => AtPorts(made, s_signs)).Pass;
        var apart = Perturbed(network, kernels, made => new([.. AtPorts(made, s_signs).Injections,
            .. InWeights(made, s_normal).Injections.Select(injection => Injection.In(injection.Parameter!, s_normal, 1))])).Pass;
        Assert.Equal(2, apart.Tangents!.Plan.Lanes);
        Assert.Equal(alone.Tangents!.OutputOf(0).ToArray(), apart.Tangents.OutputOf(0).ToArray());
        var other = Perturbed(network, kernels, made => new([.. InWeights(made, s_normal).Injections
            .Select(injection => Injection.In(injection.Parameter!, s_normal, 1)), Injection.At(made.OutputPort, s_signs)])).Pass;
        Assert.Equal(other.Tangents!.OutputOf(1).ToArray(), apart.Tangents.OutputOf(1).ToArray());
        Assert.NotEqual(apart.Tangents.OutputOf(0).ToArray(), apart.Tangents.OutputOf(1).ToArray());
    }

    [Fact]
    public void ATangentLeavesThePassAsItIs()
    {
        foreach (var network in Kit.Networks)
        {
            using var kernels = Kit.Single();
            var with = Perturbed(network, kernels, made => AtPorts(made, s_signs));
            var without = Perturbed(network, kernels, _ => null);
            Assert.Null(without.Pass.Tangents);
            Assert.Equal(without.Pass.Logits.ToArray(), with.Pass.Logits.ToArray());
            Assert.Equal(Kit.Bytes(without.Network), Kit.Bytes(with.Network));
        }
    }

    [Fact]
    public void BelowTheLowestDirectionNothingIsComputed()
    {
        using var kernels = Kit.Double();
        kernels.Log = new();
        Perturbed("mlp:6-5-4-3-2,tanh,layernorm", kernels, made => new(Injection.At(made.Ports[1], s_signs)));
        var extra = kernels.Log.Records.Where(record => record.Phase == Phase.ExtraForward).ToList();
        Assert.Equal([("FillRademacher", "fc2"), ("Product", "fc3"), ("NormalizeDerivative", "fc3"), ("MultiplyByDerivative", "fc3"),
            ("Product", "fc4")], extra.Select(record => (record.Operation, record.Block)));
        Assert.Equal(N * (4 * 3 + 3 * 2), extra.Sum(record => record.Work.MultiplyAccumulates));
    }

    [Fact]
    public void EverySampleHasADirectionOfItsOwnOrAllShareOne()
    {
        using var kernels = Kit.Double();
        double[] Drawn(Perturbation perturbation, long step = 3)
        {
            var pass = Perturbed("mlp:6-5-4-3,relu", kernels, made => new(Injection.At(made.Ports[0], perturbation))).Pass;
            pass.Forward(step, training: true);
            return pass.Tangents!.DirectionAt(pass.Network.Ports[0], 0).ToArray();
        }
        var own = Drawn(s_signs);
        Assert.All(own, value => Assert.Equal(1, Math.Abs(value)));
        Assert.Equal(own, Drawn(s_signs));
        Assert.NotEqual(own, Drawn(s_signs, step: 4));
        Assert.NotEqual(own[..5], own[5..10]);
        foreach (var kind in Enum.GetValues<PerturbationKind>())
        {
            var shared = Drawn(new(kind, PerSample: false));
            for (var n = 1; n < N; n++) Assert.Equal(shared[..5], shared[(5 * n)..(5 * n + 5)]);
            Assert.True(shared[..5].Distinct().Count() > 1);
        }
        var active = Drawn(new(ActiveOnly: true));
        var activity = Perturbed("mlp:6-5-4-3,relu", kernels, _ => null).Pass;
        Assert.Equal(activity.At(activity.Network.Ports[0]).ToArray().Select((x, i) => x == 0 ? 0 : own[i]), active);
        Assert.Contains(0, active);
    }

    [Fact]
    public void TangentsOfAMapsRulesAreMerged()
    {
        using var kernels = Kit.Double();
        static RuleMap Map(Perturbation first, Perturbation second, int lane) => new([
            ("fc1", new Perturbing(made => new(Injection.At(made.Ports[0], first), Injection.AtInput(first)))),
            ("*", new Perturbing(made => new(Injection.At(made.Ports[1], second, lane), Injection.AtInput(second, lane)))),
        ]);
        Learner Made(RuleMap map) => new(Kit.Made(Kit.Network("mlp:6-5-4-3,tanh"), map), default, Kit.PlainSgd, kernels, Kit.Seed);
        Assert.Equal((1, 3), Made(Map(s_signs, s_signs, 0)).Plan.Tangents is { } one ? (one.Lanes, one.Injections.Count) : default);
        Assert.Equal((2, 4), Made(Map(s_signs, s_normal, 1)).Plan.Tangents is { } two ? (two.Lanes, two.Injections.Count) : default);
        Assert.Contains("Two rules draw the direction at input in different ways",
            Assert.Throws<ConcordException>(() => Made(Map(s_signs, s_normal, 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeIsRefusedBeforeTraining()
    {
        using var kernels = Kit.Double();
        var foreign = Kit.Network("mlp:6-5-4-3,tanh");
        string Refused(string network, Func<Network, TangentPlan?> plan, string? freeze = null) =>
            Assert.Throws<ConcordException>(() => Perturbed(network, kernels, plan, freeze: freeze)).Message;
        void Says(string part, string message) => Assert.Contains(part, message, StringComparison.Ordinal);
        const string Hard = "cnn:2x6x5-c3k3p1-p3s2-4-3,hard-sign";
        Says("carries tangents from conv1 to the output, and the layer fc1.activation (hard-sign) in between has none: there is no "
            + "differentiable path", Refused(Hard, made => AtPorts(made, s_signs)));
        Says("carries tangents from input to the output, and the layer conv1.activation (hard-sign)",
            Refused(Hard, _ => new(Injection.AtInput(s_signs))));
        Says("carries tangents from conv1.bias to the output, and the layer conv1.activation (hard-sign)",
            Refused(Hard, made => new(Injection.In(made.Parameters[1], s_signs))));
        Assert.NotNull(Perturbed(Hard, kernels, made => new(Injection.At(made.Ports[1], s_signs))).Pass.Tangents);
        Says("perturbs fc1, which is frozen", Refused("mlp:6-5-4-3,tanh", made => AtPorts(made, s_signs), "fc1"));
        Says("perturbs fc2.weight, which is frozen",
            Refused("mlp:6-5-4-3,tanh", made => new(Injection.In(made.Parameters[2], s_signs)), "fc2"));
        Says("the blocks that read it are frozen", Refused("mlp:6-5-4-3,tanh", _ => new(Injection.AtInput(s_signs)), "fc1"));
        Says("perturbs fc1, which belongs to another network",
            Refused("mlp:6-5-4-3,tanh", _ => new(Injection.At(foreign.Ports[0], s_signs))));
        Says("Activations cannot be recomputed under perturbing: its tangents need the activities of the whole pass upward",
            Assert.Throws<ConcordException>(() => new Learner(Kit.Made(Kit.Network("mlp:6-5-4-3,tanh"),
                new Perturbing(made => AtPorts(made, s_signs))), default, Kit.PlainSgd, kernels, Kit.Seed,
                ActivationPolicy.Recomputed)).Message);
        Says("perturbs the input without having declared that it reads it", Assert.Throws<ConcordException>(
            () => new Learner(Kit.Made(Kit.Network("mlp:6-3"),
                new Perturbing(_ => new(Injection.AtInput(s_signs))) { Reads = Needs.Error }),
                default, Kit.PlainSgd, kernels, Kit.Seed)).Message);
        Says("reads a tangent without having asked for one",
            Assert.Throws<ConcordException>(() => Kit.Step(Perturbed("mlp:6-5-3", kernels, _ => null), N)).Message);
        Says("would learn along directions of its weights, and none is drawn in it", Assert.Throws<ConcordException>(
            () => new Learner(Kit.Made(Kit.Network("mlp:6-5-3"), new Perturbing(made => AtPorts(made, s_signs)) { Along = true }), default,
                Kit.PlainSgd, kernels, Kit.Seed)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Injection.AtInput(s_signs, -1));
        Assert.Throws<ArgumentException>(() => new TangentPlan());
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void WhatIsRecordedIsWhatAStepDoesAndAWarmStepAllocatesNothing(string network)
    {
        foreach (var along in new[] { true, false }) CheckCost(network, along);
    }

    private static void CheckCost(string network, bool along)
    {
        Blueprint Made() => new(() => Kit.Network(network), () => new Perturbing(made => along
            ? InWeights(made, s_normal)
            : new([.. AtPorts(made, new(ActiveOnly: true)).Injections, .. AtPorts(made, new(PerSample: false)).Injections
                .Select(injection => Injection.At(injection.Port!, injection.Perturbation, 1))])) { Along = along });
        var cost = RuleCost.Of(Made(), N);
        using var kernels = Kit.Single();
        var learner = new Learner(Made(), default, Kit.PlainSgd, kernels, Kit.Seed);
        Kit.Fill(learner.Pass, N);
        kernels.Log = new();
        learner.Step(0.1);
        foreach (var phase in Enum.GetValues<Phase>().Except([Phase.Update]))
            Assert.True(cost.Of(phase) == kernels.Log[phase], $"{phase}: modelled {cost.Of(phase)}, counted {kernels.Log[phase]}");
        Assert.Equal(learner.Pass.Bytes / sizeof(float),
            N * (learner.Network.Input.Length + learner.Network.Output.Length) + cost.Memory.Activations + cost.Memory.Signals);
        kernels.Log = null;
        Assert.Equal(0, Allocation.Of(() => learner.Step(0.1)));
    }

    // Asks for tangents and learns from them: along directions of the weights, or from what the outputs' tangent says at a port.
    private sealed class Perturbing(Func<Network, TangentPlan?> plan) : LearningRule
    {
        private TangentPlan? _plan;

        public bool Along { get; init; }

        public Needs Reads { get; init; } = Needs.Error | Needs.Input;

        public override string Name => "perturbing";

        public override TangentPlan? Tangents => _plan;

        public override Needs NeedsAt(Port port) => Reads;

        public override void Attach(RuleState state) => _plan = plan(state.Network);

        public override Route RouteAt(Port port) => Along ? Route.Directions : port.IsOutput ? Route.Arriving : Route.Here;

        public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
        {
            if (port.IsOutput) return arriving!;
            var (pass, signal) = (backward.Pass, backward.SignalBuffer(port));
            var dots = pass.Workspace.Get(pass.Kernels, this, "dots", new(pass.Rows), Role.Error);
            backward.Kernels.RowDots(pass.OutputTangent(), pass.Error, dots);
            backward.Kernels.ScaleRows(dots, pass.Direction(port), signal);
            return signal;
        }

        public override void LearnAlong(Port port, RuleBackwardPass backward)
        {
            var (pass, kernels) = (backward.Pass, backward.Kernels);
            var dots = pass.Workspace.Get(kernels, this, "dots", new(pass.Rows), Role.Error);
            kernels.RowDots(pass.OutputTangent(), pass.Error, dots);
            backward.Along(port.Below, kernels.Sum(dots));
        }
    }
}
