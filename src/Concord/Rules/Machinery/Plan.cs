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
    private readonly RecurringWork[] _recurring;
    private readonly ParameterGroup[] _groups;
    private readonly Declaration[] _declared;        // of each rule; a map has several
    private readonly RuleUpdate[] _updates;
    private readonly int[] _ruleAt;                  // which of them stands at a port; -1 where it is frozen
    private readonly ConditionalWeakTable<BackwardPass, RuleBackwardPass[]> _views = [];
    private readonly ConditionalWeakTable<BackwardPass, RuleBackwardPass[]>.CreateValueCallback _makeViews;
    private readonly ConditionalWeakTable<Pass, RulePass> _readers = [];
    private readonly ConditionalWeakTable<Pass, RulePass>.CreateValueCallback _makeReader;

    /// <summary>Attaches the rule to the network and plans.</summary>
    /// <param name="network">Initialised; if the rule wants its ports elsewhere, <see cref="Network"/> is a new cut of it.</param>
    /// <param name="rule">A rule that was not attached before.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="stream">The stream of feedback.</param>
    /// <exception cref="ConcordException">A block that should learn gets no signal,
    /// or the rule names blocks that the network does not have.</exception>
    public Plan(Network network, LearningRule rule, Kernels kernels, RandomStream stream)
    {
        rule.Check(network);
        if (network.Blocks.Any(block => rule.PlacementOf(block.Name) is { } wanted && wanted != network.PlacementOf(block.Name)))
            network = network.Recut(name => rule.PlacementOf(name) ?? network.PlacementOf(name));
        Network = network;
        Rule = rule;
        Kernels = kernels;
        var state = new FeedbackState(kernels, stream);
        var own = new RuleMemory();
        Frozen = network.FrozenBlocks;
        if (Frozen == network.Blocks.Count) throw new ConcordException("Every block of the network is frozen: nothing is left to learn. "
            + "Leave out one at least, as the output's, of the setting freeze (--freeze).");
        Port[] taught = [.. network.Ports.Skip(Frozen)];
        rule.Attach(new(network, taught, state, own));
        (Feedback, Counters, FeedbackWords, _recurring) = (state.Memory.Tensors, state.Memory.Counters, state.Memory.Words,
            [.. own.Recurring]);
        (_groups, Networks) = ([.. own.Groups], own.Networks);
        if (Array.Find(_groups, group => group.Parameters.Count == 0) is { } empty)
            throw new ConcordException($"The rule {rule.Name} made a group of parameters named {empty.Name} and gave it none. "
                + "Give it one at least (RuleState.Learn, RuleState.NetworkOf), or do not make it.");
        _routes = [.. network.Ports.Select(port => port.Index < Frozen ? Route.None : port.IsOutput ? Route.Arriving : rule.RouteAt(port))];
        foreach (var port in taught) CheckSource(port);
        _wanted = [.. network.Blocks.Select(block => block.Index > 0 && _routes[block.Index - 1] == Route.Arriving)];
        RecomputedBlocks = Array.FindLastIndex(_routes[..^1], route => route != Route.None) + 1;
        List<LearningRule> rules = [.. taught.Select(rule.RuleAt).Distinct()];
        _ruleAt = [.. network.Ports.Select(port => port.Index < Frozen ? -1 : rules.IndexOf(rule.RuleAt(port)))];
        _declared = [.. rules.Select((each, i) => new Declaration(each, network, [.. taught.Where(port => _ruleAt[port.Index] == i)]))];
        Needs = _declared.Aggregate(Needs.None, (needs, declared) => needs | declared.All);
        _updates = [.. _declared.Select(declared => new RuleUpdate(declared))];
        _makeViews = backward => [.. _declared.Select(declared => new RuleBackwardPass(backward, declared))];
        _makeReader = pass => new(pass, null, learns: false);
        _correlates = [.. network.Ports.Select(port => _routes[port.Index] != Route.None && rule.CorrelatesAt(port))];
        foreach (var port in taught.Where(CorrelatesAt)) port.Below.CheckCorrelation();
        Crossed = network.Ports.Where(port => _routes[port.Index] != Route.None && !CorrelatesAt(port))
            .SelectMany(port => port.Below.Sequence.Crossed(_wanted[port.Index])).ToHashSet();
        for (var i = 0; i + 1 < _routes.Length; i++)
            if (_routes[i] == Route.Arriving && (_routes[i + 1] == Route.None || _correlates[i + 1]))
                throw new ConcordException($"No signal reaches the block {network.Blocks[i].Name} under {rule.Name}: the block "
                    + $"{network.Blocks[i + 1].Name} above it "
                    + $"{(_correlates[i + 1] ? "learns without passing one on" : "gets none to pass on")}. "
                    + $"Give {network.Blocks[i].Name} a rule of its own (a direct one, or 'shallow' to freeze it).");
        List<LearningRule> modulating = [.. rules.Where(each => each.ProjectionAtInput is not null)];
        if (modulating.Count > 1)
            throw new ConcordException(
                $"{modulating.Count} entries of the rule map {rule.Name} change the input for a second pass, and one pass "
                + $"serves all blocks. Give their blocks in one entry, the last, as in '*={modulating[0].Name}': "
                + "entries before it take theirs first.");
    }

    /// <summary>The network, cut where the rule wants it.</summary>
    public Network Network { get; }

    /// <summary>The rule.</summary>
    public LearningRule Rule { get; }

    /// <summary>The engine that the network and the rule were made on.</summary>
    internal Kernels Kernels { get; }

    /// <summary>
    /// The lowest blocks that are frozen (<see cref="Network.FrozenBlocks"/>): no signal goes there, and the rule makes nothing for them.
    /// </summary>
    public int Frozen { get; }

    /// <summary>All that the rule declared that it reads.</summary>
    public Needs Needs { get; }

    /// <summary>The lowest port at which something is read, and the name of the rule that reads it; null where none does.</summary>
    internal (string Rule, Port Port)? ReaderOf(Needs need)
    {
        foreach (var port in Network.Ports.Skip(Frozen))
            if (_declared[_ruleAt[port.Index]] is var declared && (declared.At(port) & need) != 0) return (declared.Rule.Name, port);
        return null;
    }

    /// <summary>The feedback tensors, by the names that a checkpoint gives them.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Feedback { get; }

    /// <summary>Parameters of the rule's own.</summary>
    public IReadOnlyList<ParameterGroup> Groups => _groups;

    /// <summary>Networks of the rule's own.</summary>
    public IReadOnlyList<OwnNetwork> Networks { get; }

    /// <summary>Numbers that the rule keeps from step to step, by the names that a checkpoint gives them.</summary>
    public IReadOnlyList<(string Name, Counter Counter)> Counters { get; }

    /// <summary>The connections that a signal crosses.</summary>
    public IReadOnlySet<Connection> Crossed { get; }

    /// <summary>What was moved from the weights to the feedback in the first so many steps.</summary>
    public TransportMeter Transport(long steps)
    {
        return new(steps, [.. Network.Owners.Where(entry => entry.Value is not null).Select(entry => entry.Key).Select(connection =>
            new ConnectionTransport(connection.Weight.Name, connection.Weight.Shape.Length,
                Crossed.Contains(connection) ? CarrierOf(connection).Transported(connection, steps) : default))]);
    }

    /// <summary>Words of memory of all feedback, each tensor counted once.</summary>
    public long FeedbackWords { get; }

    /// <summary>
    /// The parameters that learn: those of blocks that get a signal, unless frozen; where a block learns by correlation,
    /// its weight and bias alone.
    /// </summary>
    public IEnumerable<Parameter> Learners => Network.Ports.Where(port => _routes[port.Index] != Route.None)
        .SelectMany(port => CorrelatesAt(port) ? port.Below.Correlated : port.Below.Parameters).Where(parameter => !parameter.Frozen);

    /// <summary>Where the signal of a port comes from.</summary>
    public Route RouteAt(Port port) => _routes[port.Index];

    /// <summary>Whether the block below a port learns by correlation (<see cref="LearningRule.CorrelatesAt"/>).</summary>
    public bool CorrelatesAt(Port port) => _correlates[port.Index];

    /// <summary>Whether what is delivered at a port takes a second pass.</summary>
    internal bool PassesTwice(Port port) =>
        _routes[port.Index] != Route.None && (_declared[_ruleAt[port.Index]].At(port) & Needs.SecondPass) != 0;

    /// <summary>The plan as a table.</summary>
    public IReadOnlyList<PlanRow> Rows => PlanTable.RowsOf(this);

    /// <summary>Whether the port below that block wants the signal at its input.</summary>
    public bool WantsInput(Block block) => _wanted[block.Index];

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
        if (pass.Activations == ActivationPolicy.Recomputed
            && _declared.FirstOrDefault(each => (each.All & Needs.SecondPass) != 0) is { } second)
            throw new ConcordException($"Activations cannot be recomputed under {second.Rule.Name}: "
                + "it passes over the batch a second time and compares the two. Use 'stored' (--activations stored).");
        if (pass.Activations == ActivationPolicy.Recomputed)
            for (var i = _routes.Length - 2; i >= 0; i--)
                if ((_routes[i] == Route.Arriving ? Network.Blocks[i + 1].Name : _routes[i].Source is { IsOutput: false } port ? port.Name
                    : null) is { } source)
                    throw new ConcordException($"Activations cannot be recomputed under {Rule.Name}: "
                        + $"the block {Network.Blocks[i].Name} waits for the signal of {source}, so all must be kept until then. "
                        + "Use 'stored' (--activations stored), or a rule whose signals come from the output, such as dfa.");
        return new(pass, CarrierOf, wanted, sink, lane);
    }

    /// <summary>The hidden blocks that are evaluated again where activities are recomputed: those up to the highest that learns.</summary>
    internal int RecomputedBlocks { get; }

    /// <summary>The walk: from the last port to the first, what is delivered and what is learned from it.</summary>
    /// <param name="backward">A walk down a pass whose error is known and that the rule has observed.</param>
    public void Teach(BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, Phase.Error);
        if (backward.Pass.Activations == ActivationPolicy.Stored) TeachDownward(backward);
        else TeachUpward(backward);
    }

    private void TeachDownward(BackwardPass backward)
    {
        Tensor? arriving = backward.Pass.Error;
        for (var i = Network.Ports.Count - 1; i >= 0; i--)
        {
            var port = Network.Ports[i];
            if (_routes[i] == Route.None)
            {
                backward.Deliver(port, arriving = null);
                continue;
            }
            var signal = SignalAt(port, arriving, backward);
            backward.Deliver(port, signal);
            arriving = Learn(port, signal, backward);
        }
    }

    // The output's block still has its input from the pass; the others are computed again, each with what stands below it. No
    // weight has moved yet, for the optimizer steps after the walk.
    private void TeachUpward(BackwardPass backward)
    {
        var output = Network.OutputPort;
        Learn(output, SignalAt(output, backward.Pass.Error, backward), backward);
        for (var i = backward.Pass.Given; i < RecomputedBlocks; i++)
        {
            backward.Pass.Recompute(Network.Blocks[i]);
            if (_routes[i] != Route.None) Learn(Network.Ports[i], SignalAt(Network.Ports[i], null, backward), backward);
        }
    }

    /// <summary>Does once all that the rule ever does after a step, due or not.</summary>
    /// <param name="update">A step that is taken for the last of so many.</param>
    internal void AdaptEach(Func<int, Update> update)
    {
        var step = update(1);
        AdaptRules(step);
        foreach (var work in _recurring)
            if (work.Period > 0) work.Do(UpdateFor(work, update(work.Period)));
    }

    /// <summary>The signal at a port, on a walk down a pass that the rule has observed.</summary>
    internal Tensor SignalAt(Port port, Tensor? arriving, BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, block: port.IsOutput ? Objective.BlockName : port.Name);
        var index = _ruleAt[port.Index];
        return _declared[index].Rule.SignalAt(port, arriving, ViewsOf(backward)[index].At(port));
    }

    // A source must have got its signal by the time it is asked for: the walk goes down.
    private void CheckSource(Port port)
    {
        if (_routes[port.Index].Source is not { } source) return;
        var mistake = source.Index >= _routes.Length || Network.Ports[source.Index] != source
            ? "a port of another network: take it from RuleState.Network"
            : source == port ? "itself: that is Route.Here"
            : source.Index < Frozen ? "which is frozen and gets no signal"
            : source.Index < port.Index ? "which is below it and gets its signal later"
            : _routes[source.Index] == Route.None ? "which gets none"
            : null;
        if (mistake is not null)
            throw new ConcordException($"Under {Rule.Name} the block {port.Name} would take its signal from {source.Name}, {mistake}. "
                + "Choose a port above it that gets a signal.");
    }

    private Tensor? Learn(Port port, Tensor signal, BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, block: port.Name);
        var index = _ruleAt[port.Index];
        return _declared[index].Rule.Learn(port, signal, ViewsOf(backward)[index].At(port));
    }

    private RuleBackwardPass[] ViewsOf(BackwardPass backward) => _views.GetValue(backward, _makeViews);

    /// <summary>Lets the rule read a pass before the walk down it.</summary>
    /// <param name="backward">The walk; the error of its pass is known.</param>
    public void Observe(BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, Phase.Adaptation, Objective.BlockName);
        foreach (var view in ViewsOf(backward)) view.Rule.Observe(view.At(null).Pass);
    }

    /// <summary>The class that is answered for each sample of a pass.</summary>
    /// <param name="pass">A pass through <see cref="Network"/>.</param>
    /// <param name="answers">Receives the classes, N.</param>
    public void Answers(Pass pass, Span<int> answers) =>
        Rule.RuleAt(Network.OutputPort).Answers(_readers.GetValue(pass, _makeReader), answers);

    /// <summary>Makes the optimizers of the rule's own parameters.</summary>
    internal void Start(OptimizerSettings run)
    {
        foreach (var group in _groups) group.Start(run, Kernels);
    }

    /// <summary>Begins a training step.</summary>
    /// <param name="rate">The learning rate of the weights.</param>
    internal void Begin(double rate)
    {
        foreach (var group in _groups) group.Begin(rate);
    }

    /// <summary>
    /// Moves the feedback after the weights have moved, as far as it is due; before it,
    /// parameters of the rule's own that have not moved by themselves.
    /// </summary>
    /// <param name="update">The step that the weights made.</param>
    public void Adapt(Update update)
    {
        AdaptRules(update);
        foreach (var work in _recurring)
            if (work.IsDue(update.Steps)) work.Do(UpdateFor(work, update));
    }

    private void AdaptRules(Update update)
    {
        using var _ = new WorkScope(update.Kernels, Phase.Adaptation, Objective.BlockName);
        foreach (var group in _groups) group.Step();
        for (var i = 0; i < _declared.Length; i++) _declared[i].Rule.Adapt(_updates[i].Of(update));
    }

    private RuleUpdate UpdateFor(RecurringWork work, Update update) => _updates[_ruleAt[work.Port.Index]].Of(update);

    /// <summary>The table in plain text.</summary>
    public override string ToString() => PlanTable.Text(Rows, Networks);
}
