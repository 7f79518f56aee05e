using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Forward direct feedback alignment, FDFA (Bacho, Chu 2022-24; Directional DFA in the first versions of the paper): direct feedback that
/// learns the derivative J_l [K, n_l] of the outputs by the port from tangents of the same pass. Every hidden port gets a random direction
/// v_l [N, n_l], all at once, and o [N, K] is what comes to the outputs,
/// <para>s_l = e D_l, D_l += alpha (mean_n o_n' v_l,n - D_l), D_l = 0 at first.</para>
/// <para>Each estimate has the mean J_l, for directions are independent, and D_l is their average over about 1 / alpha steps: a small alpha
/// lets it vary less and follow the weights more slowly. The released code moves D_l by Adam instead (<c>feedback.optimizer=adam</c>). All
/// below the lowest hidden port has a tangent of zero, so a step takes hardly more than one of backpropagation; the estimate is one
/// product. No signal crosses a weight on its way down.</para>
/// </summary>
/// <param name="optimizer">How D moves; plain gradient descent is the average, its rate alpha.</param>
/// <param name="directions">The directions.</param>
public sealed class ForwardDirectFeedback(GroupOptimizer optimizer, PerturbationOptions directions)
    : LearnedFeedback("fdfa", optimizer, new(InitializerKind.Zero))
{
    private readonly FeedbackAverage? _average = optimizer.Settings is { Kind: OptimizerKind.Sgd, Momentum: 0, WeightDecay: 0 } average
        ? new(average.LearningRate, directions.Directions) : null;

    private TangentPlan? _tangents;

    internal ForwardDirectFeedback(OptionValues values) : this(LearnedFeedbackOptions.AverageOf("fdfa", values),
        new PerturbationOptions(values, PerturbationOptions.OfPorts)) { }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = [.. LearnedFeedbackOptions.OfAverages, .. PerturbationOptions.OfPorts];

    /// <inheritdoc/>
    public override TangentPlan? Tangents => _tangents;

    /// <inheritdoc/>
    public override FeedbackAverage? AverageAt(Port port) => ProjectionAt(port) is null ? null : _average;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        base.Attach(state);
        _tangents = directions.At([.. state.HiddenPorts]);
    }

    /// <inheritdoc/>
    protected override void Gather(Port port, Tensor matrix, RulePass pass, in Accumulator gradient)
    {
        pass.Kernels.Combine(gradient.Alpha * pass.Rows, matrix, gradient.Beta, gradient.Target);
        for (var lane = 0; lane < directions.Directions; lane++)
            pass.Kernels.Product(pass.OutputTangent(lane), true, pass.Direction(port, lane), false, gradient.Target,
                -gradient.Alpha / directions.Directions, 1);
    }
}
