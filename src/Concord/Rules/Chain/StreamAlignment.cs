using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Feedback alignment along a residual stream, as Hao, Wan, Zhai 2026 have it: a signal crosses the sum of a residual unit in one hop,
/// <para>s_(l-1) = s_l B_l, s_l [N, n_l] the signal at the unit's port, B_l [n_l, n_(l-1)] random and fixed,</para>
/// with no identity term for the skip. The unit learns from s_l by its exact derivative, through its own weights. All other weights are
/// crossed as in <c>fa</c>, s_(l-1) = d_l B_l with B_l of the weight's shape, and so on a network without residual units it is <c>fa</c>.
/// <para>Their units end at the sum. Where an activation or a pool follows it in the block, the hop passes over that as well.</para>
/// <para>On a network with such units <c>fa</c> is another rule: there the skip brings the signal down as it is, and the branch adds what
/// random tensors in its weights' places make of it.</para>
/// </summary>
public sealed class StreamAlignment : LearningRule
{
    private readonly Initializer? _initializer;
    private readonly Dictionary<Connection, RandomCarrier> _carriers = [];
    private readonly Dictionary<Port, (Port Sum, Projection Feedback)> _streams = [];   // by the port below a unit

    internal StreamAlignment(OptionValues values) => _initializer = values.Of(FeedbackOptions.Init);

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = [FeedbackOptions.Init];

    /// <inheritdoc/>
    public override string Name => "fa-stream";

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        List<Port> below = [.. state.HiddenPorts.Where(port => IsUnit(port.Above!))];
        TensorMemory.Check(state.Kernels, [.. below.Select(port =>
            new TensorMemory.Extent($"The feedback across the sum of {port.Above!.Name}", port.Above.Output.Length, port.Shape.Length)
            {
                Instead = "Use fa, which takes as much as the weights.",
            })]);
        foreach (var port in below)
        {
            var (unit, name) = (port.Above!, $"{port.Above!.Name}.stream");
            var (outputs, inputs) = (unit.Output.Length, port.Shape.Length);
            var matrix = state.Kernels.Allocate(new(outputs, inputs), Role.Feedback);
            var drawn = RandomCarrier.Distribution(_initializer, unit.Sequence.EnteringConnections[0].Weight);
            drawn.Fill(state.Kernels, state.Stream(name), matrix, inputs, outputs);
            state.Keep(name, matrix);
            _streams[port] = (state.Network.Ports[unit.Index], new DenseProjection(matrix, distribution: "random"));
        }
        foreach (var connection in state.Connections.Where(connection => !IsUnit(state.Network.BlockOf(connection))))
        {
            _carriers[connection] = new(connection, _initializer);
            _carriers[connection].Draw(state);
        }
    }

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => _streams.TryGetValue(port, out var stream) ? Route.From(stream.Sum) : Route.Arriving;

    /// <inheritdoc/>
    public override Projection? ProjectionAt(Port port) => _streams.GetValueOrDefault(port).Feedback;

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) =>
        _carriers.TryGetValue(connection, out var carrier) ? carrier : Carrier.Own;

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (!_streams.TryGetValue(port, out var stream)) return base.SignalAt(port, arriving, backward);
        var signal = backward.SignalBuffer(port);
        stream.Feedback.Apply(backward.Kernels, backward.Workspace, backward.SignalAt(stream.Sum)!, signal);
        return signal;
    }

    private static bool IsUnit(Block block) => block.Layers.Any(layer => layer is Residual);
}
