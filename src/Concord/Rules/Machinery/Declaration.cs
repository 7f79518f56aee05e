using System.Runtime.CompilerServices;
using Concord.Networks;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// What a rule declared that it reads, at every port of the network, and what it may therefore read now: the rule sees passes, walks and
/// updates through views that are held to it.
/// </summary>
internal sealed class Declaration
{
    private readonly Network _network;
    private readonly Needs[] _atPorts;
    private readonly bool[] _sources, _correlates;
    private readonly Needs _anywhere;
    private readonly RuleUpdate _update;
    private readonly ConditionalWeakTable<BackwardPass, RuleBackwardPass> _views = [];
    private readonly ConditionalWeakTable<BackwardPass, RuleBackwardPass>.CreateValueCallback _makeView;
    private Port? _now;   // whose signal or gradients are being made; null before the walk down

    /// <summary>Asks a rule.</summary>
    /// <param name="rule">The rule; of a map, one of its rules.</param>
    /// <param name="network">The network.</param>
    /// <param name="own">The ports that the rule stands at.</param>
    public Declaration(LearningRule rule, Network network, IReadOnlyCollection<Port> own)
    {
        (Rule, Tangents, _network) = (rule, rule.Tangents, network);
        _atPorts = [.. network.Ports.Select(rule.NeedsAt)];
        _anywhere = own.Aggregate(Needs.None, (needs, port) => needs | _atPorts[port.Index]);
        All = _atPorts.Aggregate(Needs.None, (needs, at) => needs | at) & Needs.Activation | _anywhere;
        _correlates = [.. network.Ports.Select(port => own.Contains(port) && rule.CorrelatesAt(port))];
        _sources = [.. network.Ports.Select(source => own.Any(port => port == source || rule.RouteAt(port).Source == source))];
        _update = new(this);
        _makeView = backward => new(backward, this);
    }

    /// <summary>Whose it is.</summary>
    public LearningRule Rule { get; }

    /// <summary>The tangents that it asks for.</summary>
    public TangentPlan? Tangents { get; }

    /// <summary>Holds the rule to the tangents that it asked for.</summary>
    /// <exception cref="ConcordException">It asked for none.</exception>
    public void CheckTangent()
    {
        if (Tangents is null)
            throw new ConcordException($"The rule {Rule.Name} reads a tangent without having asked for one. "
                + $"Let {nameof(LearningRule.Tangents)} return a {nameof(TangentPlan)}.");
    }

    /// <summary>All that the rule reads somewhere.</summary>
    public Needs All { get; }

    /// <summary>What it reads at a port.</summary>
    public Needs At(Port port) => _atPorts[port.Index];

    /// <summary>A walk as the rule sees it.</summary>
    /// <param name="backward">The walk.</param>
    /// <param name="at">The port whose signal or gradients are being made; null before the walk down.</param>
    public RuleBackwardPass ViewOf(BackwardPass backward, Port? at)
    {
        _now = at;
        return _views.GetValue(backward, _makeView);
    }

    /// <summary>A step of the optimizer as the rule sees it.</summary>
    public Update ViewOf(Update step) => _update.Of(step);

    /// <summary>Holds the rule to what it declared at the port of the moment, or, before the walk down, at any of its ports.</summary>
    /// <exception cref="ConcordException">It did not declare that.</exception>
    public void Check(Needs need)
    {
        if (((_now is { } port ? _atPorts[port.Index] : _anywhere) & need) == 0)
            throw Undeclared(need, _now is null ? "before the walk down" : $"at {_now.Name}", _now is null ? "its ports" : _now.Name);
    }

    /// <summary>Holds the rule to the activities that it declared.</summary>
    /// <exception cref="ConcordException">It did not declare that port's.</exception>
    /// <exception cref="ArgumentException">The port is one of another network.</exception>
    public void CheckActivation(Port port)
    {
        _network.CheckPort(port);
        if ((_atPorts[port.Index] & Needs.Activation) == 0) throw Undeclared(Needs.Activation, $"of {port.Name}", port.Name);
    }

    /// <summary>Holds the rule to updates, if it declared them at any of its ports.</summary>
    /// <exception cref="ConcordException">It did not.</exception>
    public void CheckUpdate(string parameter)
    {
        if ((_anywhere & Needs.Update) == 0) throw Undeclared(Needs.Update, $"of {parameter}", "its ports");
    }

    /// <summary>Holds the rule to signals of its own ports and of those that its routes come from.</summary>
    /// <exception cref="ConcordException">No route of the rule comes from there.</exception>
    /// <exception cref="ArgumentException">The port is one of another network.</exception>
    public void CheckSignal(Port port)
    {
        _network.CheckPort(port);
        if (!_sources[port.Index])
            throw new ConcordException($"The rule {Rule.Name} reads the signal at {port.Name}, and no route of its ports comes from there. "
                + "Let RouteAt return Route.From that port.");
    }

    /// <summary>Holds the rule to the blocks that it said learn by correlation.</summary>
    /// <exception cref="ConcordException">It did not declare that one.</exception>
    public void CheckCorrelation(Block block)
    {
        if (!_correlates[block.Index])
            throw new ConcordException($"The rule {Rule.Name} lets the block {block.Name} learn by correlation without having declared it. "
                + $"Let CorrelatesAt return true for {block.Name}.");
    }

    private ConcordException Undeclared(Needs need, string where, string ports) => new(
        $"The rule {Rule.Name} reads {Words(need)} {where} without having declared it. "
            + $"Add {nameof(Needs)}.{need} to what NeedsAt returns for {ports}.");

    private static string Words(Needs need) => need switch
    {
        Needs.Error => "the error",
        Needs.Targets => "the targets",
        Needs.Losses => "the losses",
        Needs.Activation => "the activity",
        Needs.Input => "the network's input",
        Needs.Update => "the optimizer's step",
        Needs.TrueGradient => "the true gradient",
        _ => "a second pass",
    };
}
