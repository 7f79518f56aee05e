using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// What one training step takes under a plan, summed from what layers, carriers and projections state about themselves.
/// </summary>
public sealed class StepCost : CostSheet
{
    private readonly Plan _plan;
    private readonly HashSet<Parameter> _learners;
    private readonly Func<Parameter, bool> _accumulates;

    /// <summary>Sums a step.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="rows">Samples in the batch.</param>
    /// <param name="accumulates">Whether a parameter's gradient is added to what stands there (a momentum buffer) and so reads it; null for never.</param>
    /// <param name="objective">The loss; softmax cross-entropy unless given.</param>
    /// <param name="activations">Whether the hidden blocks that learn are evaluated a second time.</param>
    public StepCost(Plan plan, int rows, Func<Parameter, bool>? accumulates = null, Objective objective = default, ActivationPolicy activations = ActivationPolicy.Stored)
    {
        _plan = plan;
        _learners = [.. plan.Learners];
        _accumulates = accumulates ?? (_ => false);
        Rows = rows;
        Objective = objective;
        foreach (var block in plan.Network.Blocks) block.Sequence.StateForward(this);
        if (activations == ActivationPolicy.Recomputed)
        {
            Repeats = true;
            for (var i = 0; i < plan.RecomputedBlocks; i++) plan.Network.Blocks[i].Sequence.StateForward(this);
            Repeats = false;
        }
        Networks.Objective.State(this);
        plan.Rule.State(this);
        foreach (var port in plan.Network.Ports)
            if (plan.RouteAt(port) != Route.None) port.Below.Sequence.StateBackward(this, plan.WantsInput(port.Below));
    }

    /// <inheritdoc/>
    public override int Rows { get; }

    /// <summary>The loss.</summary>
    public Objective Objective { get; }

    /// <inheritdoc/>
    public override int Outputs => _plan.Network.Output.Length;

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) => _plan.CarrierOf(connection);

    /// <inheritdoc/>
    public override bool Learns(Parameter parameter, out bool keeps)
    {
        keeps = _accumulates(parameter);
        return _learners.Contains(parameter);
    }
}
