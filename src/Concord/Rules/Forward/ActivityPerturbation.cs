using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Forward gradient by activity perturbation (FG-A of Ren, Kornblith, Liao, Hinton 2022): every hidden port gets a random direction v_l
/// [N, n_l], and each sample learns from how its own loss answers,
/// <para>s_l = (o . e) v_l, o [N, K] the outputs' tangent along all directions at once, e [N, K] the error,</para>
/// <para>an unbiased estimate of the true gradient at the port, whose variance grows with the units that are perturbed and not with the
/// weights. Of several directions the mean is taken. The port stands after the activation; the output layer has its exact gradient, and
/// nothing crosses a weight on a way back. Through batch statistics a sample's estimate sees its own part of the derivative only.</para>
/// </summary>
/// <param name="options">The directions.</param>
public sealed class ActivityPerturbation(PerturbationOptions options) : LearningRule
{
    private TangentPlan? _tangents;

    internal ActivityPerturbation(OptionValues values) : this(new PerturbationOptions(values, Declared)) { }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared => PerturbationOptions.OfSignals;

    /// <inheritdoc/>
    public override string Name => "fg-activity";

    /// <inheritdoc/>
    public override TangentPlan? Tangents => _tangents;

    /// <inheritdoc/>
    public override Placement? PlacementOf(string block) => Placement.AfterActivation;

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.Here;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => port.IsOutput ? Needs.None : Needs.Error;

    /// <inheritdoc/>
    public override void Attach(RuleState state) => _tangents = options.At([.. state.HiddenPorts]);

    /// <inheritdoc/>
    public override void Observe(RulePass pass)
    {
        if (_tangents is null) return;
        using var _ = new WorkScope(pass.Kernels, Phase.Error);
        for (var lane = 0; lane < options.Directions; lane++)
        {
            pass.Kernels.RowDots(pass.OutputTangent(lane), pass.Error, Derivatives(pass, lane));
            if (options.Directions > 1)
                pass.Kernels.Combine(1.0 / options.Directions, Derivatives(pass, lane), 0, Derivatives(pass, lane));
        }
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (port.IsOutput) return arriving!;
        var (kernels, pass, signal) = (backward.Kernels, backward.Pass, backward.SignalBuffer(port));
        kernels.ScaleRows(Derivatives(pass, 0), pass.Direction(port), signal);
        for (var lane = 1; lane < options.Directions; lane++)
        {
            var further = pass.Workspace.Get(kernels, port, "further", signal.Shape, Role.Error);
            kernels.ScaleRows(Derivatives(pass, lane), pass.Direction(port, lane), further);
            kernels.Combine(1, further, 1, signal);
        }
        return signal;
    }

    private Tensor Derivatives(RulePass pass, int lane) =>
        pass.Workspace.Get(pass.Kernels, this, "derivatives", new(pass.Rows), Role.Error, lane);
}
