using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Diagnostics;

/// <summary>How what a rule would learn from one block relates to the true gradient.</summary>
/// <param name="Block">The block's name.</param>
/// <param name="Cosine">Of the gradients of all its weights; NaN where one of the two is zero.</param>
public sealed record BlockAlignment(string Block, double Cosine);

/// <summary>
/// The alignment of a whole update: g the true gradient of the loss by all weights, summed over the samples, and u what the rule puts in
/// its place, before any optimizer. With weights that flow along -u the loss changes as
/// <para>dL/dt = -g . u,</para>
/// <para>so that the sign of the whole network's cosine says whether the loss falls at this moment; no block's cosine does.</para>
/// </summary>
/// <param name="Cosine">g . u / (|g| |u|) over all weights that are not frozen; NaN where one of the two is zero.</param>
/// <param name="Blocks">The same within each block that is not frozen, lowest first.</param>
/// <param name="LossRate">dL/dt, L the loss summed over the samples.</param>
public sealed record UpdateAlignment(double Cosine, IReadOnlyList<BlockAlignment> Blocks, double LossRate)
{
    /// <summary>Measures it on the batch that stands in a pass. Changes nothing that training reads, unless it is evaluated as in
    /// training: that moves the running moments of batch norms.</summary>
    /// <param name="plan">The rule's plan.</param>
    /// <param name="pass">A pass through the plan's network that stores its activities, its input and targets filled.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="training">Whether it is evaluated as in training.</param>
    public static UpdateAlignment Of(Plan plan, Pass pass, Objective objective, bool training = false)
    {
        using var _ = new WorkScope(pass.Kernels, Phase.Probe);
        var pair = new GradientPair(plan, pass);
        pair.Evaluate(objective, pass.Step, training);
        return Of(plan, pair);
    }

    /// <summary>The same by the error as it stands.</summary>
    internal static UpdateAlignment Of(Plan plan, GradientPair pair)
    {
        pair.WalkTrue();
        pair.WalkRule();
        var whole = pair.True.Compare(pair.Rule, pair.True.Parameters);
        return new(CosineOf(whole), [.. plan.Network.Blocks.Skip(plan.Frozen).Select(block => new BlockAlignment(block.Name,
            CosineOf(pair.True.Compare(pair.Rule, block.Parameters.Where(parameter => !parameter.Frozen)))))], -whole.Dot);
    }

    private static double CosineOf(RowComparison two) => two.Dot / Math.Sqrt(two.SquaredA * two.SquaredB);
}
