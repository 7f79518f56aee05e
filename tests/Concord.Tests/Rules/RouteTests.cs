using Concord.Cost;
using Concord.Diagnostics;
using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>Signals that come from a port further up in one hop: who gets them, what they cost and which are refused.</summary>
public sealed class RouteTests
{
    private const string Model = "mlp:6-5-4-3-2,tanh";

    private static Learner Learner(LearningRule rule, Kernels kernels, string freeze = "",
        ActivationPolicy activations = ActivationPolicy.Stored)
    {
        var network = ModelDescription.Parse(Model);
        if (freeze.Length > 0) network.Freeze(BlockPatterns.Parse(freeze));
        return new(Kit.Made(network, rule), default, Kit.PlainSgd, kernels, Kit.Seed, activations);
    }

    [Fact]
    public void APortGetsWhatWasDeliveredFurtherUp()
    {
        using var kernels = Kit.Double();
        var rule = new InOneHop(("fc1", "fc2"), ("fc2", "fc4"), ("fc3", "fc4"));
        var learner = Learner(rule, kernels);
        Kit.Step(learner, 3, beforeStep: _ =>
        {
            foreach (var port in learner.Network.Ports.SkipLast(1))
            {
                var source = learner.Plan.RouteAt(port).Source!;
                double[] above = learner.BackwardPass.SignalAt(source)!.ToArray(), matrix = rule.Matrices[port].ToArray();
                var expected = Enumerable.Range(0, 3 * port.Shape.Length).Select(i => Enumerable.Range(0, source.Shape.Length)
                    .Sum(k =>
                        above[i / port.Shape.Length * source.Shape.Length + k] * matrix[k * port.Shape.Length + i % port.Shape.Length]));
                Kit.Close([.. expected], learner.BackwardPass.SignalAt(port)!.ToArray(), what: port.Name);
            }
        });
    }

    [Fact]
    public void ThePlanNamesEachSource()
    {
        using var kernels = Kit.Double();
        var plan = Learner(new InOneHop(("fc1", "fc3"), ("fc2", "fc4")), kernels).Plan;
        Assert.Equal(["fc3, in one hop", "the output, in one hop", "fc4", "the loss"], plan.Rows.Select(row => row.Signal));
        Assert.Equal([false, false, true, true], plan.Rows.Select(row => row.Exact));
        Assert.Equal(["dense 3x5, given", "dense 2x4, given"], plan.Rows.Take(2).Select(row => row.Feedback));
        Assert.Equal([false, false, true], plan.Network.Blocks.Skip(1).Select(plan.WantsInput));
    }

    [Fact]
    public void DeliveriesAndPartsCountWhatComesFromOtherParts()
    {
        var cost = RuleCost.Of(new Blueprint(() => ModelDescription.Parse(Model), () => new InOneHop(("fc1", "fc3"), ("fc2", "fc4"))), 7);
        Assert.Equal([("fc3", 3L * 5), ("output", 2L * 4), ("fc4", 2L * 3)],
            cost.ErrorFanIns.Select(fanIn => (fanIn.Source, fanIn.Words)).Take(3));
        // fc1 takes fc3's three errors, fc2 the two of the output
        Assert.Equal([7 * 3, 7 * 2, 7 * 3, 0], cost.Partition(4).Parts.Select(part => part.Errors));
        Assert.Equal([7 * 15, 7 * 8, 7 * 6, 0], cost.Partition(4).Parts.Select(part => part.ErrorWires));
        // fc1 and fc2, then fc3 and fc4
        Assert.Equal([7 * (3 + 2), 0], cost.Partition(2).Parts.Select(part => part.Errors));
    }

    [Fact]
    public void TheProbeComparesFeedbackWithTheWeightsBetweenPortAndSource()
    {
        using var kernels = Kit.Double();
        var rule = new InOneHop(("fc1", "fc3"));
        var learner = Learner(rule, kernels);
        kernels.Product(Kit.Parameter(learner.Network, "fc2.weight").Value, false, Kit.Parameter(learner.Network, "fc3.weight").Value,
            false, rule.UnitsFirst);
        Kit.Fill(learner.Pass, 5);
        learner.Pass.Forward(0, true);
        learner.Objective.Error(learner.Pass);
        learner.Plan.CreditAssignment.Teach(learner.BackwardPass);
        Assert.Equal(1,
            new AlignmentProbe(learner.Plan).Measure(learner.BackwardPass).Single(row => row.Port == "fc1").WeightCosine, 1e-12);
    }

    [Theory]
    [InlineData("fc2", "fc1", "", "the block fc2 would take its signal from fc1, which is below it and gets its signal later")]
    [InlineData("fc2", "fc2", "", "the block fc2 would take its signal from fc2, itself: that is Route.Here")]
    [InlineData("fc2", "fc1", "fc1", "the block fc2 would take its signal from fc1, which is frozen and gets no signal")]
    [InlineData("fc1", "fc3", "", "the block fc1 would take its signal from fc3, which gets none", "fc3")]
    [InlineData("fc1", "another", "", "the block fc1 would take its signal from fc3, a port of another network")]
    public void ASourceWithoutASignalIsRefused(string block, string source, string freeze, string says, string shallow = "")
    {
        using var kernels = Kit.Double();
        var rule = new InOneHop((block, source)) { Shallow = shallow };
        var mistake = Assert.Throws<ConcordException>(() => Learner(rule, kernels, freeze)).Message;
        Assert.Contains(says, mistake, StringComparison.Ordinal);
        Assert.Contains("Choose a port above it", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void ActivationsAreRecomputedOnlyWhereSignalsComeFromTheOutputOrHere()
    {
        using var kernels = Kit.Double();
        Kit.Step(Learner(new InOneHop(("fc1", "fc4"), ("fc2", "fc4"), ("fc3", "fc4")), kernels, activations: ActivationPolicy.Recomputed),
            3);
        var mistake = Assert.Throws<ConcordException>(() => Learner(new InOneHop(("fc1", "fc3"), ("fc2", "fc4"), ("fc3", "fc4")), kernels,
            activations: ActivationPolicy.Recomputed)).Message;
        Assert.Contains("the block fc1 waits for the signal of fc3", mistake, StringComparison.Ordinal);
    }

    // Some ports take another port's signal through a random matrix; the rest is backpropagation.
    private sealed class InOneHop(params (string Port, string Source)[] hops) : LearningRule
    {
        private readonly Dictionary<Port, (Port Source, Projection Projection)> _hops = [];

        public Dictionary<Port, Tensor> Matrices { get; } = [];

        public Tensor UnitsFirst { get; private set; } = null!;

        public string Shallow { get; init; } = "";

        public override string Name => "in-one-hop";

        public override Route RouteAt(Port port) => port.Name == Shallow ? Route.None : _hops.TryGetValue(port, out var hop)
            ? Route.From(hop.Source) : Route.Arriving;

        public override Needs NeedsAt(Port port) => Needs.Error;

        public override Projection? ProjectionAt(Port port) => _hops.TryGetValue(port, out var hop) ? hop.Projection : null;

        public override void Attach(RuleState state)
        {
            foreach (var (name, from) in hops)
            {
                var port = state.Ports.Single(port => port.Name == name);
                var source = from == "another" ? ModelDescription.Parse(Model).Ports[2]
                    : state.Network.Ports.Single(port => port.Name == from);
                Matrices[port] = state.Kernels.Allocate(new(source.Shape.Length, port.Shape.Length), Role.Feedback);
                state.Kernels.FillNormal(state.Stream(name), 0, 1, Matrices[port]);
                _hops[port] = (source, hops.Length == 1 ? new DenseProjection(UnitsFirst = state.Kernels.Allocate(
                    new(port.Shape.Length, source.Shape.Length), Role.Feedback), unitsFirst: true) : new DenseProjection(Matrices[port]));
            }
        }

        public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
        {
            if (!_hops.TryGetValue(port, out var hop)) return arriving!;
            var signal = backward.SignalBuffer(port);
            hop.Projection.Apply(backward.Kernels, backward.Workspace,
                hop.Source.IsOutput ? backward.Pass.Error : backward.SignalAt(hop.Source)!, signal);
            return signal;
        }
    }
}
