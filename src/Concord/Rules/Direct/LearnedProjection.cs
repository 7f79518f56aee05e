using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// A matrix of direct feedback that a rule learns for itself: s = e D, with an element of D [K, n] for each output and unit of a port.
/// </summary>
internal sealed class LearnedProjection
{
    private readonly Port _port;
    private readonly Parameter _matrix;
    private readonly ParameterGroup? _group;

    /// <summary>Draws it.</summary>
    /// <param name="state">Where.</param>
    /// <param name="port">The port.</param>
    /// <param name="start">What it starts from, drawn for the port's units as inputs.</param>
    /// <param name="group">What it learns in; null if it stays as it is drawn.</param>
    /// <param name="scale">Factor on the start.</param>
    public LearnedProjection(RuleState state, Port port, Initializer start, ParameterGroup? group, double scale = 1)
    {
        var (outputs, units) = (state.Network.OutputPort.Shape.Length, port.Shape.Length);
        (_port, _group) = (port, group);
        _matrix = new(new(outputs, units), start, units, outputs) { Name = port.Name };
        state.Learn(_matrix, group);
        if (scale != 1) state.Kernels.Combine(scale, Matrix, 0, Matrix);
        Projection = new DenseProjection(Matrix, distribution: group?.Movement ?? "fixed");
    }

    /// <summary>D as it is.</summary>
    public Tensor Matrix => _matrix.Value;

    /// <summary>The same, to be shown and counted.</summary>
    public Projection Projection { get; }

    /// <summary>s = e D, N x n.</summary>
    public Tensor SignalOn(RuleBackwardPass backward)
    {
        var signal = backward.SignalBuffer(_port);
        backward.Deliver(Projection, backward.Pass.Error, signal);
        return signal;
    }

    /// <summary>Where the gradient goes (<see cref="ParameterGroup.TryTake"/>).</summary>
    public bool TryTake(RulePass pass, out Accumulator gradient)
    {
        gradient = default;
        return _group?.TryTake(_matrix, pass, out gradient) == true;
    }
}
