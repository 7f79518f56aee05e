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
    private readonly Dictionary<Port, Learned> _feedback = [];
    private ParameterGroup? _group;
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
        var outputs = _output.Shape.Length;
        TensorMemory.Check(state.Kernels, [.. ports.Select(port => new TensorMemory.Extent(
            $"The direct feedback of {port.Name}", outputs, port.Shape.Length)
            { Instead = "Choose a rule whose feedback takes less for these blocks, as sparse-dfa." })]);
        _group = state.Group("feedback", optimizer);
        foreach (var port in ports)
        {
            var units = port.Shape.Length;
            var matrix = new Parameter(new(outputs, units), start, units, outputs) { Name = port.Name };
            state.Learn(matrix, _group);
            if (scale != 1) state.Kernels.Combine(scale, matrix.Value, 0, matrix.Value);
            _feedback[port] = new(matrix, new DenseProjection(matrix.Value, distribution: _group.Movement));
        }
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (port.IsOutput) return arriving!;
        var (signal, (matrix, projection)) = (backward.SignalBuffer(port), _feedback[port]);
        projection.Apply(backward.Kernels, backward.Workspace, backward.Pass.Error, signal);
        using var _ = new WorkScope(backward.Kernels, Phase.Adaptation);
        // here the activity of the port is at hand, kept or computed again
        if (_group!.TryTake(matrix, backward.Pass, out var gradient)) Gather(port, matrix.Value, backward.Pass, gradient);
        return signal;
    }

    /// <summary>Adds the gradient of a port's matrix, as a sum over the samples.</summary>
    /// <param name="port">The port.</param>
    /// <param name="matrix">D as it is, K x n.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="gradient">Where it goes.</param>
    protected abstract void Gather(Port port, Tensor matrix, RulePass pass, in Accumulator gradient);

    private sealed record Learned(Parameter Matrix, Projection Projection);
}
