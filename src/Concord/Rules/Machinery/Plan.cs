using System.Runtime.CompilerServices;
using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// Made once from a rule's routes, before training: who gets a signal from where, which input signals are never computed, what
/// is read of an update. A trainable block that no signal reaches is refused by name: silent freezing is the commonest bug.
/// </summary>
public sealed class Plan
{
    private readonly Route[] _routes;
    private readonly bool[] _wanted, _correlates;
    private readonly HashSet<Connection> _crossed;
    private readonly RandomStream _directions;
    private readonly FeedbackMemory _feedback;
    private readonly Declaration?[] _declarations;   // of the rule that stands at each port; null where it is frozen
    private readonly ConditionalWeakTable<Pass, RulePass> _readers = [];
    private readonly ConditionalWeakTable<Pass, RulePass>.CreateValueCallback _makeReader;

    /// <summary>Attaches the rule to the network and plans.</summary>
    /// <param name="network">Initialised; if the rule wants its ports elsewhere, <see cref="Network"/> is a new cut of it.</param>
    /// <param name="rule">A rule that was not attached before.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="stream">The stream of feedback.</param>
    /// <param name="window">Time steps after which the weights move, and beyond which no signal walks back; null for all.</param>
    /// <exception cref="ConcordException">A block that should learn gets no signal,
    /// the rule names blocks that the network does not have, or there can be no such windows.</exception>
    public Plan(Network network, LearningRule rule, Kernels kernels, RandomStream stream, int? window = null)
    {
        rule.Check(network);
        if (network.Blocks.Any(block => rule.PlacementOf(block.Name) is { } wanted && wanted != network.PlacementOf(block.Name)))
            network = network.Recut(name => rule.PlacementOf(name) ?? network.PlacementOf(name));
        PlanValidation.CheckLearning(network);
        (Network, Rule, Kernels) = (network, rule, kernels);
        var state = new FeedbackState(kernels, stream);
        var own = new RuleMemory();
        Frozen = network.FrozenBlocks;
        Port[] taught = [.. network.Ports.Skip(Frozen)];
        rule.AttachTo(new(network, taught, state, own));
        (Feedback, Counters, FeedbackWords) = (state.Memory.Tensors, state.Memory.Counters, state.Memory.Words);
        _feedback = state.Memory;
        (Groups, Networks) = (own.Groups, own.Networks);
        _directions = state.Stream("directions");
        _routes = [.. network.Ports.Select(port => port.Index < Frozen ? Route.None
            : rule.RouteAt(port) is var route && port.IsOutput && route != Route.Directions ? Route.Arriving : route)];
        _wanted = [.. network.Blocks.Select(block => block.Index > 0 && _routes[block.Index - 1] == Route.Arriving)];
        RecomputedBlocks = Array.FindLastIndex(_routes[..^1], route => route != Route.None) + 1;
        Declarations = [.. taught.GroupBy(rule.RuleAt).Select(ports => new Declaration(ports.Key, network, [.. ports]))];
        _declarations = [.. network.Ports.Select(port => port.Index < Frozen ? null
            : Array.Find(Declarations, declared => declared.Rule == rule.RuleAt(port)))];
        Online = OnlineRefusals.Check(this, window);
        Needs = Declarations.Aggregate(Needs.None, (needs, declared) => needs | declared.All);
        _makeReader = pass => new(pass, null, learns: false);
        Tangents = Declarations.Select(declared => declared.Tangents).OfType<TangentPlan>()
            .Aggregate((TangentPlan?)null, (all, plan) => all?.With(plan) ?? plan);
        _correlates = [.. network.Ports.Select(port => _routes[port.Index] != Route.None && rule.CorrelatesAt(port))];
        _crossed = [.. network.Ports.Where(PassesDown).SelectMany(port => port.Below.Sequence.Crossed(_wanted[port.Index]))];
        if (Online is { Walks: false })
            _crossed.ExceptWith(network.Blocks.SelectMany(block => block.Layers).Where(layer => layer.HasState)
                .SelectMany(layer => layer.InnerConnections));
        PlanValidation.Check(this);
        CreditAssignment = new(this);
        Adaptation = new(this, own);
    }

    /// <summary>The network, cut where the rule wants it.</summary>
    public Network Network { get; }

    /// <summary>The rule.</summary>
    public LearningRule Rule { get; }

    /// <summary>The walk down: signals, and what is learned from them.</summary>
    public CreditAssignment CreditAssignment { get; }

    /// <summary>What moves after a step of the weights.</summary>
    public Adaptation Adaptation { get; }

    /// <summary>The engine that the network and the rule were made on.</summary>
    internal Kernels Kernels { get; }

    /// <summary>
    /// The lowest blocks that are frozen (<see cref="Network.FrozenBlocks"/>): no signal goes there, and the rule makes nothing for them.
    /// </summary>
    public int Frozen { get; }

    /// <summary>The tangents that a pass carries for all rules; null where none asks for any.</summary>
    public TangentPlan? Tangents { get; }

    /// <summary>All that the rule declared that it reads.</summary>
    public Needs Needs { get; }

    /// <summary>What each rule declared; a map has several.</summary>
    internal Declaration[] Declarations { get; }

    /// <summary>What the rule declared that stands at a port, which is not frozen.</summary>
    internal Declaration DeclarationAt(Port port) => _declarations[port.Index]!;

    /// <summary>The lowest port at which something is read, and the name of the rule that reads it; null where none does.</summary>
    internal (string Rule, Port Port)? ReaderOf(Needs need)
    {
        foreach (var port in Network.Ports.Skip(Frozen))
            if (DeclarationAt(port) is var declared && (declared.At(port) & need) != 0) return (declared.Rule.Name, port);
        return null;
    }

    /// <summary>The feedback tensors, by the names that a checkpoint gives them.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Feedback { get; }

    /// <summary>Parameters of the rule's own.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Networks of the rule's own.</summary>
    public IReadOnlyList<OwnNetwork> Networks { get; }

    /// <summary>Numbers that the rule keeps from step to step, by the names that a checkpoint gives them.</summary>
    public IReadOnlyList<(string Name, Counter Counter)> Counters { get; }

    /// <summary>The connections that a signal crosses.</summary>
    public IReadOnlySet<Connection> Crossed => _crossed;

    /// <summary>How the rule learns while time goes on; null where it does not.</summary>
    public OnlineLearning? Online { get; }

    /// <summary>What was moved from the weights to the feedback in the first so many steps.</summary>
    public TransportMeter Transport(long steps) =>
        new(steps, [.. Network.Owners.Where(entry => entry.Value is not null).Select(entry => entry.Key).Select(connection =>
            new ConnectionTransport(connection.Weight.Name, connection.Weight.Shape.Length,
                Declarations.Aggregate(Crossed.Contains(connection) ? CarrierOf(connection).Transported(connection, steps) : default,
                    (moved, declared) => moved + declared.Rule.Transported(connection, steps))))]);

    /// <summary>Words of memory of all feedback, each tensor counted once.</summary>
    public long FeedbackWords { get; }

    /// <summary>Bytes of copies in bf16 of feedback.</summary>
    internal long FeedbackCopyBytes => _feedback.CopyBytes;

    /// <summary>
    /// The parameters that learn: those of blocks that get a signal, unless frozen; where a block learns by correlation,
    /// its weight and bias alone, and where it learns along directions, what has one.
    /// </summary>
    public IEnumerable<Parameter> Learners => Network.Ports.Where(port => _routes[port.Index] != Route.None)
        .SelectMany(port => CorrelatesAt(port) ? port.Below.Correlated
            : _routes[port.Index] == Route.Directions ? port.Below.Parameters.Where(HasDirection) : port.Below.Parameters)
        .Where(parameter => !parameter.Frozen);

    private bool HasDirection(Parameter parameter) => Tangents?.Injections.Any(injection => injection.Parameter == parameter) == true;

    /// <summary>Where the signal of a port comes from.</summary>
    public Route RouteAt(Port port) => _routes[port.Index];

    /// <summary>Whether the block below a port learns by correlation (<see cref="LearningRule.CorrelatesAt"/>).</summary>
    public bool CorrelatesAt(Port port) => _correlates[port.Index];

    /// <summary>Whether the block below a port takes the signal there through its layers, and passes one on.</summary>
    internal bool PassesDown(Port port) =>
        _routes[port.Index] != Route.None && _routes[port.Index] != Route.Directions && !_correlates[port.Index];

    /// <summary>Whether what is delivered at a port takes a second pass.</summary>
    internal bool PassesTwice(Port port) =>
        _routes[port.Index] != Route.None && (DeclarationAt(port).At(port) & Needs.SecondPass) != 0;

    /// <summary>Whether a direction is drawn at a port.</summary>
    internal bool IsPerturbed(Port port) => Tangents?.Injections.Any(injection => injection.Port == port) == true;

    /// <summary>The plan as a table.</summary>
    public IReadOnlyList<PlanRow> Rows => PlanTable.RowsOf(this);

    /// <summary>Whether the port below that block wants the signal at its input.</summary>
    public bool WantsInput(Block block) => _wanted[block.Index];

    /// <summary>The hidden blocks that are evaluated again where activities are recomputed: those up to the highest that learns.</summary>
    internal int RecomputedBlocks { get; }

    /// <summary>
    /// Through what a signal crosses that connection. The lowest ones belong to no port, or to a frozen one that no rule stands at: only a
    /// norm that stands before them in the lowest block that learns is ever reached through them, inside the block and so exactly.
    /// </summary>
    public Carrier CarrierOf(Connection connection) => Network.Owners[connection] is { } owner && owner.Index >= Frozen
        ? Rule.CarrierOf(connection) : Carrier.Own;

    /// <summary>A walk down a pass under this plan's rule.</summary>
    /// <exception cref="ConcordException">The pass recomputes its activities,
    /// and a hidden block waits for the signal of the one above.</exception>
    /// <param name="pass">A pass through <see cref="Network"/>.</param>
    /// <param name="sink">Where gradients go; null where none are wanted.</param>
    /// <param name="lane">Its number among those on this pass.</param>
    public BackwardPass BackwardPass(Pass pass, IGradientSink? sink, int lane = 0) => BackwardPass(pass, sink, lane, _wanted);

    /// <summary>A walk that goes on to the network's input, where nothing needs the signal.</summary>
    internal BackwardPass BackwardPassToInput(Pass pass, IGradientSink? sink, int lane) =>
        BackwardPass(pass, sink, lane, [true, .. _wanted[1..]]);

    private BackwardPass BackwardPass(Pass pass, IGradientSink? sink, int lane, bool[] wanted)
    {
        if (pass.Activations == ActivationPolicy.Recomputed) PlanValidation.CheckRecomputation(this);
        if (Tangents is not null) pass.Carry(Tangents, _directions);
        return new(pass, CarrierOf, wanted, sink, lane) { Online = Online };
    }

    /// <summary>The class that is answered for each sample of a pass.</summary>
    /// <param name="pass">A pass through <see cref="Network"/>.</param>
    /// <param name="answers">Receives the classes, N.</param>
    public void Answers(Pass pass, Span<int> answers) =>
        Rule.RuleAt(Network.OutputPort).Answers(_readers.GetValue(pass, _makeReader), answers);

    /// <summary>The table in plain text.</summary>
    public override string ToString() => PlanTable.Text(this);
}
