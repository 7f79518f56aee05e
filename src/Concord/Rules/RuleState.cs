using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>What a rule gets when it is attached to a network: its ports and connections, its random streams, its place in checkpoints.</summary>
public sealed class RuleState : FeedbackState
{
    private readonly List<RecurringWork> _recurring;

    internal RuleState(Network network, IReadOnlyList<Port> ports, FeedbackState feedback, List<RecurringWork> recurring) : base(feedback)
    {
        (Network, Ports, _recurring) = (network, ports, recurring);
        Connections = [.. network.Owners.Where(entry => entry.Value is { } owner && ports.Contains(owner)).Select(entry => entry.Key)];
    }

    /// <summary>The whole network.</summary>
    public Network Network { get; }

    /// <summary>The ports this rule is responsible for, lowest first.</summary>
    public IReadOnlyList<Port> Ports { get; }

    /// <summary>Those of them below the output.</summary>
    public IEnumerable<Port> HiddenPorts => Ports.Where(port => !port.IsOutput);

    /// <summary>The connections whose crossing this rule decides: what arrives at a port is its own rule's business.</summary>
    public IReadOnlyList<Connection> Connections { get; }

    /// <summary>
    /// Has feedback moved after every so many steps: work that is counted at the connection's block, a step's share of it in the cost of a step.
    /// </summary>
    /// <param name="period">After how many steps it is done, the first time after so many; at least 1.</param>
    /// <param name="connection">Whose feedback is moved.</param>
    /// <param name="work">What is done; it is told of the step that the weights made. The same work each time.</param>
    /// <exception cref="ArgumentOutOfRangeException">The period is below 1.</exception>
    public void Every(int period, Connection connection, Action<Update> work)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 1);
        Every(period, connection, work, steps => steps % period == 0);
    }

    /// <summary>The same with a schedule that may begin otherwise; a period of 0 leaves the work out of a step's cost.</summary>
    internal void Every(int period, Connection connection, Action<Update> work, Func<long, bool> isDue) =>
        _recurring.Add(new(period, Ports[0], Network.BlockOf(connection).Name, work, isDue));

    /// <summary>The same state for some of the ports: what a map hands to each of its rules.</summary>
    internal RuleState For(IReadOnlyList<Port> ports) => new(Network, ports, this, _recurring);
}

/// <summary>Work that a rule has done now and then, after the weights have moved.</summary>
/// <param name="Period">After how many steps it is done again; 0 if only at the beginning of a run.</param>
/// <param name="Port">A port of the rule's.</param>
/// <param name="Place">Where it is counted.</param>
/// <param name="Work">What is done.</param>
/// <param name="IsDue">Whether it is done after that many steps.</param>
internal sealed record RecurringWork(int Period, Port Port, string Place, Action<Update> Work, Func<long, bool> IsDue)
{
    /// <summary>Does it, due or not.</summary>
    public void Do(Update update)
    {
        using var _ = new WorkScope(update.Kernels, Phase.Adaptation, Place, Period);
        Work(update);
    }
}
