using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// What a rule gets when it is attached to a network: its ports and connections, its random streams, its place in checkpoints.
/// </summary>
public sealed class RuleState : FeedbackState
{
    private readonly RuleMemory _own;

    internal RuleState(Network network, IReadOnlyList<Port> ports, FeedbackState feedback, RuleMemory own) : base(feedback)
    {
        (Network, Ports, _own) = (network, ports, own);
        Connections = [.. network.Owners.Where(entry => entry.Value is { } owner && ports.Contains(owner)).Select(entry => entry.Key)];
    }

    /// <summary>The whole network.</summary>
    public Network Network { get; }

    /// <summary>The ports this rule is responsible for, lowest first.</summary>
    public IReadOnlyList<Port> Ports { get; }

    /// <summary>Those of them below the output.</summary>
    public IEnumerable<Port> HiddenPorts => Ports.Where(port => !port.IsOutput);

    /// <summary>The connections whose crossing this rule decides: the rule of a port decides what arrives there.</summary>
    public IReadOnlyList<Connection> Connections { get; }

    /// <summary>
    /// Has feedback moved after every so many steps: work that is counted at the connection's block,
    /// a step's share of it in the cost of a step.
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
        _own.Recurring.Add(new(period, Ports[0], Network.BlockOf(connection).Name, work, isDue));

    /// <summary>A group of parameters of the rule's own, which move together by an optimizer of their own.</summary>
    /// <param name="name">Its name in checkpoints. Where two rules of a map give the same,
    /// the second also gets the name of its lowest port.</param>
    /// <param name="optimizer">How it moves; options of the rule may choose.</param>
    public ParameterGroup Group(string name, GroupOptimizer optimizer)
    {
        if (_own.Groups.Any(group => group.Name == name)) name = $"{name}.{Ports[0].Name}";
        if (_own.Groups.Any(group => group.Name == name))
            throw new ConcordException($"A rule made two groups of parameters named {name}; give each its own name.");
        var made = new ParameterGroup(name, optimizer, this);
        _own.Groups.Add(made);
        return made;
    }

    /// <summary>
    /// Draws a parameter of the rule's own and has it learn in a group. Its gradient goes where <see cref="ParameterGroup.TryTake"/> says.
    /// </summary>
    /// <param name="parameter">It has a name, which is unique in the group.</param>
    /// <param name="group">One of the rule's; null if it stays as it is drawn.</param>
    /// <exception cref="ConcordException">It has no name of its own.</exception>
    public void Learn(Parameter parameter, ParameterGroup? group)
    {
        var (others, name) = (group is null ? "the rule's" : $"the group {group.Name}", parameter.Name);
        var isTaken = group?.Parameters.Any(other => other.Name == name) ?? Memory.Tensors.Any(other => other.Name == $"feedback.{name}");
        if (name.Length == 0 || isTaken)
            throw new ConcordException($"A parameter of {others} {(isTaken ? $"shares its name {name} with another" : "has no name")}; "
                + "checkpoints know it by a name of its own.");
        parameter.Initialize(Kernels, Stream("parameters"), Role.Feedback);
        Register(parameter, group);
    }

    /// <summary>Makes a network of the rule's own: its words count as feedback, and it belongs to the checkpoint.</summary>
    /// <param name="name">Its name, unique in the run, as <c>pred.fc1</c>; the draw depends on it.</param>
    /// <param name="input">One sample's shape at its input.</param>
    /// <param name="layers">Its layers, which stand in no other network.</param>
    /// <param name="group">What its parameters learn in, unless they are frozen; null if all stay as they are drawn.</param>
    /// <param name="output">One sample's shape at its output, if something depends on it.</param>
    /// <param name="carrier">What a signal crosses a weight of it through, on its way back: feedback that stays as it is drawn. The weight
    /// itself where null.</param>
    /// <exception cref="ConcordException">The name is taken, a layer cannot take the shape it meets,
    /// or the output has another shape.</exception>
    public OwnNetwork NetworkOf(string name, Shape input, IReadOnlyList<Layer> layers, ParameterGroup? group = null, Shape? output = null,
        Func<Connection, FeedbackCarrier>? carrier = null)
    {
        if (_own.Networks.Any(other => other.Name == name))
            throw new ConcordException($"A rule made two networks of its own named {name}; give each its own name, as that of a port.");
        var made = new OwnNetwork(this, name, input, layers, group, output, carrier);
        _own.Networks.Add(made);
        return made;
    }

    /// <summary>
    /// Moves a group now by what it has gathered since its last step: for parameters that must have moved before they are used, several
    /// times a step if need be. Otherwise a group moves once, after the weights. Where nothing was gathered,
    /// as outside a training step, nothing moves.
    /// </summary>
    /// <param name="group">A group of this run's.</param>
    public void Step(ParameterGroup group)
    {
        if (!_own.Groups.Contains(group)) throw new ArgumentException($"The group {group.Name} is one of another run's.", nameof(group));
        group.Step();
    }

    /// <summary>Registers a parameter that was drawn: with the group that it learns in, or as feedback that stays as it is.</summary>
    internal void Register(Parameter parameter, ParameterGroup? group)
    {
        if (group is null || parameter.Frozen)
        {
            Keep(parameter.Name, parameter.Value);
            return;
        }
        group.Add(parameter);
        Count(parameter.Shape.Length);
    }

    /// <summary>The same state for some of the ports: what a map hands to each of its rules.</summary>
    internal RuleState For(IReadOnlyList<Port> ports) => new(Network, ports, this, _own);
}
