using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Direct feedback whose matrices learn: s_l = e D_l as in direct feedback alignment, D_l [K, n_l] with an element for each output and
/// unit, of images for each position. D_l is that of the step's beginning: it moves by what the pass says, after the weights. The port
/// stands after the activation, and the output layer has its exact gradient.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="optimizer">How the matrices move.</param>
/// <param name="start">What they start from, drawn for the n_l units as inputs.</param>
/// <param name="scale">Factor on that.</param>
public abstract class LearnedFeedback(string name, GroupOptimizer optimizer, Initializer start, double scale = 1) : LearningRule
{
    private readonly Dictionary<Port, LearnedProjection> _feedback = [];
    private Port _output = null!;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Placement? PlacementOf(string block) => Placement.AfterActivation;

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.From(_output);

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => port.IsOutput ? Needs.None : Needs.Error;

    /// <inheritdoc/>
    public override Projection? ProjectionAt(Port port) => _feedback.GetValueOrDefault(port)?.Projection;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        _output = state.Network.OutputPort;
        List<Port> ports = [.. state.HiddenPorts];
        if (ports.Count == 0) return;
        TensorMemory.Check(state.Kernels, [.. ports.Select(port => new TensorMemory.Extent(
            $"The direct feedback of {port.Name}", _output.Shape.Length, port.Shape.Length)
            { Instead = "Choose a rule whose feedback takes less for these blocks, as sparse-dfa." })]);
        var group = state.Group("feedback", optimizer);
        foreach (var port in ports) _feedback[port] = new(state, port, start, group, scale);
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (port.IsOutput) return arriving!;
        var learned = _feedback[port];
        var signal = learned.SignalOn(backward);
        using var _ = new WorkScope(backward.Kernels, Phase.Adaptation);
        // here the activity of the port is at hand, kept or computed again
        if (learned.TryTake(backward.Pass, out var gradient)) Gather(port, learned.Matrix, backward.Pass, gradient);
        return signal;
    }

    /// <summary>Adds the gradient of a port's matrix, as a sum over the samples.</summary>
    /// <param name="port">The port.</param>
    /// <param name="matrix">D as it is, K x n.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="gradient">Where it goes.</param>
    protected abstract void Gather(Port port, Tensor matrix, RulePass pass, in Accumulator gradient);
}
