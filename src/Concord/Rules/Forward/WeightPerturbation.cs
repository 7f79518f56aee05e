using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Forward gradient by weight perturbation (Baydin, Pearlmutter, Syme, Wood, Torr 2022; FG-W of Ren, Kornblith, Liao, Hinton 2022): all
/// weights and biases get one random direction V for the batch, and the loss's derivative along it says how far to go along it,
/// <para>dW = V sum_n o_n . e_n, o [N, K] the outputs' tangent along all directions, e [N, K] the error,</para>
/// <para>an unbiased estimate of the gradient in one pass upward, its variance about the number of weights times the gradient's square. Of
/// several directions the mean is taken. No signal is delivered anywhere, not even at the output, and nothing crosses a weight.</para>
/// </summary>
/// <param name="options">The directions.</param>
public sealed class WeightPerturbation(PerturbationOptions options) : LearningRule
{
    private readonly double[] _derivatives = new double[options.Directions];
    private TangentPlan? _tangents;

    internal WeightPerturbation(OptionValues values) : this(new PerturbationOptions(values, Declared)) { }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared => PerturbationOptions.OfWeights;

    /// <inheritdoc/>
    public override string Name => "fg-weight";

    /// <inheritdoc/>
    public override TangentPlan? Tangents => _tangents;

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => Learners(port).Any() ? Route.Directions : Route.None;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => Needs.Error;

    /// <inheritdoc/>
    public override void Attach(RuleState state) => _tangents = options.In([.. state.Ports.SelectMany(Learners)]);

    /// <inheritdoc/>
    public override void Observe(RulePass pass)
    {
        if (_tangents is null) return;
        using var _ = new WorkScope(pass.Kernels, Phase.Error);
        var dots = pass.Workspace.Get(pass.Kernels, this, "dots", new(pass.Rows), Role.Error);
        for (var lane = 0; lane < options.Directions; lane++)
        {
            pass.Kernels.RowDots(pass.OutputTangent(lane), pass.Error, dots);
            _derivatives[lane] = pass.Kernels.Sum(dots) / options.Directions;
        }
    }

    /// <inheritdoc/>
    public override void LearnAlong(Port port, RuleBackwardPass backward)
    {
        for (var lane = 0; lane < options.Directions; lane++) backward.Along(port.Below, _derivatives[lane], lane);
    }

    private static IEnumerable<Parameter> Learners(Port port) => port.Below.Parameters.Where(parameter => !parameter.Frozen);
}
