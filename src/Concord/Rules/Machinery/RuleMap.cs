using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// Rules mixed per port: block names, or patterns with *, to rules. It is itself a rule: each port and each connection asks its
/// own, and a rule that stands for several ports is attached, observes and adapts once, for just those. Frozen convolutions
/// below sparse direct feedback are one line: <c>conv*=shallow,fc*=sparse-dfa</c>.
/// </summary>
/// <param name="entries">Patterns, tried in order, each with its rule. The output port takes the rule that matches it as well.</param>
public sealed class RuleMap(IReadOnlyList<(string Pattern, LearningRule Rule)> entries) : LearningRule
{
    private readonly RuleMapEntries _entries = new(entries);
    private readonly Dictionary<Port, LearningRule> _ofPort = [];
    private readonly Dictionary<Connection, LearningRule> _ofConnection = [];
    private readonly List<LearningRule> _rules = [];

    /// <inheritdoc/>
    public override string Name => _entries.Name;

    /// <inheritdoc/>
    public override Placement? PlacementOf(string block) => _entries.RuleOf(block).PlacementOf(block);

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        foreach (var port in state.Ports) _ofPort[port] = _entries.RuleOf(port.Name);
        foreach (var (connection, owner) in state.Network.Owners)
            // a frozen port has no rule
            if (owner is not null && _ofPort.TryGetValue(owner, out var rule)) _ofConnection[connection] = rule;
        foreach (var group in state.Ports.GroupBy(port => _ofPort[port]))
        {
            _rules.Add(group.Key);
            group.Key.AttachTo(state.For([.. group]));
        }
    }

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => _ofPort[port].RouteAt(port);

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => _ofPort[port].NeedsAt(port);

    /// <inheritdoc/>
    public override bool CorrelatesAt(Port port) => _ofPort[port].CorrelatesAt(port);

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) => _ofConnection[connection].CarrierOf(connection);

    /// <inheritdoc/>
    public override Projection? ProjectionAt(Port port) => _ofPort[port].ProjectionAt(port);

    /// <inheritdoc/>
    public override FeedbackAverage? AverageAt(Port port) => _ofPort[port].AverageAt(port);

    /// <inheritdoc/>
    public override OwnNetwork? NetworkAt(Port port) => _ofPort[port].NetworkAt(port);

    /// <inheritdoc/>
    public override Projection? ProjectionAtInput =>
        _rules.Select(rule => rule.ProjectionAtInput).FirstOrDefault(projection => projection is not null);

    /// <inheritdoc/>
    public override void Prepare(PreparationContext context)
    {
        foreach (var rule in _rules) rule.Prepare(context);
    }

    /// <inheritdoc/>
    internal override void EndEpoch(Kernels kernels)
    {
        foreach (var rule in _rules) rule.EndEpoch(kernels);
    }

    /// <inheritdoc/>
    internal override bool WritesWeights => _rules.Any(rule => rule.WritesWeights);

    /// <inheritdoc/>
    internal override LearningRule? InUse => _entries.Rules.Select(rule => rule.InUse).FirstOrDefault(rule => rule is not null);

    /// <inheritdoc/>
    internal override LearningRule RuleAt(Port port) => _ofPort[port].RuleAt(port);

    /// <summary>
    /// A rule, if it is a map without the entries that decide nothing in a network: a run may be older than their refusal.
    /// </summary>
    internal static LearningRule Within(LearningRule rule, Network network) =>
        rule is RuleMap map ? new RuleMap(map._entries.Within(network)) : rule;

    /// <inheritdoc/>
    internal override void Check(Network network) => _entries.Check(network);
}
