using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// PEPITA (Dellaferrera, Kreiman 2022): the batch passes a second time, with its input changed by the output error, and each block learns
/// from what that changed,
/// <para>x~_0 = x_0 + e F, dW_l = sum_n (x_l - x~_l) x~_(l-1)', db_l = sum_n (x_l - x~_l), at the output dW_L = sum_n e~ x~_(L-1)',</para>
/// <para>with e and e~ [N, K] the errors of the first and of the second pass, and F [K, n_0] random and fixed: U(-a, a),
/// a = 0.05 sqrt(6 / n_0). No derivative of an activation is taken, norms do not learn, and both passes drop the same units. x_l stands
/// after the activation and before a pool or dropout; x~_(l-1) is what the weight reads in the second pass, after these.</para>
/// </summary>
/// <param name="projection">How F is drawn.</param>
public sealed class Pepita(ProjectionOptions projection) : LearningRule
{
    private static readonly FeedbackDistribution s_distribution = new(Normal: false, site => Math.Sqrt(6.0 / site.Units));

    private Projection? _f;
    private Port _top = null!;
    private RulePass _second = null!;

    internal Pepita(OptionValues values) : this(new ProjectionOptions(s_distribution, values, isSingle: true))
    {
    }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = ProjectionOptions.DeclareSingle(scale: 0.05);

    /// <inheritdoc/>
    public override string Name => "pepita";

    /// <inheritdoc/>
    public override Projection? ProjectionAtInput => _f;

    /// <inheritdoc/>
    public override Placement? PlacementOf(string block) => Placement.AfterActivation;

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.Here;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) =>
        Needs.Error | Needs.Input | Needs.SecondPass | (port.IsOutput ? Needs.None : Needs.Activation);

    /// <inheritdoc/>
    public override bool CorrelatesAt(Port port) => true;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        _top = state.Ports[^1];
        _f = projection.Draw([("input", state.Network.Input)], state.Network.Output.Length, state)[0];
    }

    /// <inheritdoc/>
    public override void Observe(RulePass pass)
    {
        var input = pass.Workspace.Get(pass.Kernels, this, "input", pass.Input.Shape, Role.Activation);
        using (new WorkScope(pass.Kernels, Phase.Error)) _f!.Apply(pass.Kernels, pass.Workspace, pass.Error, input);
        using (new WorkScope(pass.Kernels, Phase.ExtraForward)) pass.Kernels.Combine(1, pass.Input, 1, input);
        _second = pass.Again(Variation.Input(input), upTo: _top);
        if (_top.IsOutput) _second.Judge();
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (port.IsOutput) return _second.Error;
        var signal = backward.SignalBuffer(port);
        backward.Kernels.Combine(1, backward.Pass.At(port), 0, signal);
        backward.Kernels.Combine(-1, _second.At(port), 1, signal);
        return signal;
    }

    /// <inheritdoc/>
    public override Tensor? Learn(Port port, Tensor signal, RuleBackwardPass backward) => backward.Correlate(port.Below, signal, _second);
}
