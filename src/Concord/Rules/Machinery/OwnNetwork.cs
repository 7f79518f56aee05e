using System.Runtime.CompilerServices;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// A network of a rule's own, as a head on a port or a map from one port back to another: ordinary layers, whose words count as feedback
/// and which belong to the checkpoint. Activities belong to the pass that it is evaluated with, so a probe's are not those of training;
/// gradients are gathered in training steps alone. Made by <see cref="RuleState.Network"/>.
/// </summary>
public sealed class OwnNetwork
{
    private readonly ParameterGroup? _group;
    private readonly Dictionary<Connection, FeedbackCarrier> _carriers = [];
    private readonly ConditionalWeakTable<Pass, Walk> _walks = [];
    private readonly ConditionalWeakTable<Pass, Walk>.CreateValueCallback _makeWalk;

    // What the parameters are is said at RuleState.NetworkOf.
    internal OwnNetwork(RuleState state, string name, Shape input, IReadOnlyList<Layer> layers, ParameterGroup? group, Shape? output,
        Func<Connection, FeedbackCarrier>? carrier)
    {
        (Name, Network, _group) = (name, new(input, new LayerGroup(name, layers)), group);
        if (output is { } expected && Network.Output != expected)
            throw new ConcordException($"The rule's network {name} turns {input} into {Network.Output}, where {expected} is needed: "
                + "give it layers that fit.");
        Network.Initialize(state.Kernels, state.Stream(name), Role.Feedback);
        if (group is null)
            foreach (var layer in layers) layer.Freeze();
        foreach (var parameter in Network.Parameters) state.Register(parameter, group);
        foreach (var (buffer, tensor) in Network.Buffers) state.Keep(buffer, tensor);
        if (carrier is not null)
            foreach (var connection in Network.Owners.Keys) _carriers[connection] = carrier(connection);
        foreach (var drawn in _carriers.Values) drawn.Draw(state);
        _makeWalk = pass => new(pass, _group, connection => _carriers.TryGetValue(connection, out var drawn) ? drawn : Carrier.Own);
    }

    /// <summary>Its name, unique in the run.</summary>
    public string Name { get; }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>One line for the plan: layers, what signals cross on their way back, and how it moves.</summary>
    public string Description => string.Join(", ", Network.Blocks.SelectMany(block => block.Layers).Select(layer => layer.ToString())
        .Concat(_carriers.Values.Select(carrier => $"back through {carrier.Description}"))) + $" ({_group?.Movement ?? "fixed"})";

    /// <summary>Evaluates it: dropout and batch norm work as in the pass that it belongs to.</summary>
    /// <param name="input">N x its input; read where it stands, so it stays as it is until <see cref="Backward"/>.</param>
    /// <param name="pass">The pass that it is evaluated with.</param>
    /// <param name="call">Which of several evaluations with one pass that are looked at together.</param>
    /// <returns>N x its output, until the next evaluation of that number with that pass.</returns>
    /// <exception cref="ConcordException">The input has another shape.</exception>
    public Tensor Forward(Tensor input, RulePass pass, int call = 0)
    {
        if (input.Shape.RowLength != Network.Input.Length)
            throw new ConcordException(
                $"The rule's network {Name} takes {Network.Input} and was given {input.Shape} for {pass.Rows} samples.");
        return pass.Pass.Through(this, Network,
            input.Shape == Network.Input.Batch(pass.Rows) ? input : input.Reshape(Network.Input.Batch(pass.Rows)), call).Logits;
    }

    /// <summary>Carries a signal down what <see cref="Forward"/> evaluated: gradients for its group, and the signal at its input.</summary>
    /// <param name="signal">N x its output; the derivative of what is to become less, per sample.</param>
    /// <param name="pass">The pass that it was evaluated with.</param>
    /// <param name="wantsInput">Whether the signal at the input is wanted.</param>
    /// <param name="factor">Factor on the gradients, and not on the signal.</param>
    /// <param name="call">Which evaluation.</param>
    /// <returns>N x its input; null if it is not wanted.</returns>
    /// <exception cref="InvalidOperationException">There is no such evaluation.</exception>
    public Tensor? Backward(Tensor signal, RulePass pass, bool wantsInput = true, double factor = 1, int call = 0)
    {
        var evaluated = pass.Pass.MadeThrough(this, call)
            ?? throw new InvalidOperationException($"The rule's network {Name} was not evaluated with this pass.");
        return _walks.GetValue(evaluated, _makeWalk).Down(Network, signal, pass, wantsInput, factor);
    }

    // The walk down one evaluation.
    private sealed class Walk : IGradientSink
    {
        private readonly ParameterGroup? _group;
        private readonly bool[] _wanted = [false];
        private readonly BackwardPass _backward;
        private RulePass? _pass;

        public Walk(Pass evaluated, ParameterGroup? group, Func<Connection, Carrier> carriers)
        {
            _group = group;
            _backward = new(evaluated, carriers, _wanted, this);
        }

        public Phase Phase => Phase.Adaptation;

        public bool TryTake(Parameter parameter, out Accumulator gradient)
        {
            gradient = default;
            return _group?.TryTake(parameter, _pass!, out gradient) == true;
        }

        public Tensor? Down(Network network, Tensor signal, RulePass pass, bool wantsInput, double factor)
        {
            if (!wantsInput && !pass.Learns) return null;
            (_pass, _wanted[0]) = (pass, wantsInput);
            return _backward.Backward(network.Blocks[0], signal, factor);
        }
    }
}
