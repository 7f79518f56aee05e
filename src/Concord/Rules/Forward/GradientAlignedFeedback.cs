using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Direct feedback that turns towards the derivative of the outputs: our reading of GrAPE (Caillon, Fagnou, Delattre, Allauzen 2026), of
/// which the abstract alone was at hand. With v_l [N, n_l] directions at the ports and o [N, K] what they make of the outputs,
/// <para>s_l = e D_l, G_l = mean_n o_n' v_l,n, c = cos(D_l, G_l), D_l += eta (G_l / |G_l| - c D_l / |D_l|) / |D_l|,</para>
/// <para>which descends 1 - c. D_l [K, n_l] starts random, U(-1/sqrt n_l, 1/sqrt n_l), and turns without changing its norm to first order:
/// unlike <see cref="ForwardDirectFeedback"/> it never learns its scale. Once in so many steps the true gradient may stand in for the
/// signals (<c>anchor.period</c>), so that the weights make a step of backpropagation; it crosses all weights above the lowest port, which
/// is counted as transport.</para>
/// </summary>
/// <param name="optimizer">How D moves.</param>
/// <param name="directions">The directions.</param>
/// <param name="scale">Factor on the start.</param>
/// <param name="anchor">After how many steps one of backpropagation; 0 for never.</param>
public sealed class GradientAlignedFeedback(GroupOptimizer optimizer, PerturbationOptions directions, double scale = 1, int anchor = 0)
    : LearnedFeedback("grape", optimizer, new(InitializerKind.PyTorch), scale)
{
    private static readonly Option<int> s_anchor = new("anchor.period", OptionType.Whole(), 0,
        "Every so many steps the weights follow the true gradient, which reads all weights above; 0 for never.");

    private readonly RowComparison[] _comparison = new RowComparison[1];
    private HashSet<Connection> _above = [];
    private TangentPlan? _tangents;

    internal GradientAlignedFeedback(OptionValues values) : this(LearnedFeedbackOptions.Of(values),
        new PerturbationOptions(values, PerturbationOptions.OfPorts), values.Of(FeedbackOptions.Scale), values.Of(s_anchor)) { }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } =
        [.. LearnedFeedbackOptions.OfTurns, FeedbackOptions.Scale, .. PerturbationOptions.OfPorts, s_anchor];

    /// <inheritdoc/>
    public override TangentPlan? Tangents => _tangents;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => base.NeedsAt(port) | (anchor > 0 && !port.IsOutput ? Needs.TrueGradient : Needs.None);

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        base.Attach(state);
        _tangents = directions.At([.. state.HiddenPorts]);
        _above = [.. state.Network.Owners.Keys.Where(connection => state.Network.BlockOf(connection).Index > state.Ports[0].Index)];
    }

    /// <inheritdoc/>
    public override Transport Transported(Connection connection, long steps) =>
        anchor > 0 && _above.Contains(connection) ? Carrier.Own.Transported(connection, steps / anchor) : default;

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        var signal = base.SignalAt(port, arriving, backward);
        if (port.IsOutput || anchor == 0 || !backward.Pass.Learns || !backward.Pass.IsDue(anchor)) return signal;
        using var _ = new WorkScope(backward.Kernels, Phase.Adaptation, period: anchor);
        backward.Kernels.Copy(backward.Pass.TrueGradient(port), signal);
        return signal;
    }

    /// <inheritdoc/>
    protected override void Gather(Port port, Tensor matrix, RulePass pass, in Accumulator gradient)
    {
        var estimate = pass.Workspace.Get(pass.Kernels, port, "estimate", matrix.Shape, Role.Gradient);
        for (var lane = 0; lane < directions.Directions; lane++)
            pass.Kernels.Product(pass.OutputTangent(lane), true, pass.Direction(port, lane), false, estimate, 1, lane == 0 ? 0 : 1);
        pass.Kernels.CompareRows(matrix.Matrix(matrix.Length), estimate.Matrix(matrix.Length), _comparison);
        var (dot, ofD, ofG) = (_comparison[0].Dot, _comparison[0].SquaredA, _comparison[0].SquaredB);
        var isTurned = ofD > 0 && ofG > 0;   // a vector of length zero has no direction
        var factor = gradient.Alpha * pass.Rows;
        pass.Kernels.Combine(isTurned ? factor * dot / (Math.Sqrt(ofG) * Math.Pow(ofD, 1.5)) : 0, matrix, gradient.Beta, gradient.Target);
        pass.Kernels.Combine(isTurned ? -factor / Math.Sqrt(ofD * ofG) : 0, estimate, 1, gradient.Target);
    }
}
