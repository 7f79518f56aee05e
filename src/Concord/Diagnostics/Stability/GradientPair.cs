using Concord.Layers;
using Concord.Networks;
using Concord.Rules;

namespace Concord.Diagnostics;

/// <summary>The gradients of all weights that a rule makes of an error, and the true ones, on one pass.</summary>
internal sealed class GradientPair
{
    private const int Lane = 4;   // rules walk in lane 0, probes and a rule's own true gradient in 1 to 3
    private readonly Plan _plan;
    private readonly Pass _pass;
    private readonly BackwardPass _rule, _true;

    /// <summary>Both for a pass that is not yet evaluated: what tangents ride on is made here.</summary>
    /// <param name="plan">The rule's plan.</param>
    /// <param name="pass">A pass through its network that stores its activities.</param>
    /// <exception cref="ConcordException">The rule learns online: of a pass in slices there is no gradient to hold it against.</exception>
    public GradientPair(Plan plan, Pass pass)
    {
        if (plan.Online is not null)
            throw new ConcordException($"The rule {plan.Rule.Name} learns step by step in time, and here the gradients of a whole pass are "
                + "compared. Leave it out; the cosines that concord compare shows are those of its signals.");
        (_plan, _pass) = (plan, pass);
        List<Parameter> parameters = [.. plan.Network.Parameters.Where(parameter => !parameter.Frozen)];
        (Rule, True) = (new(pass.Kernels, parameters), new(pass.Kernels, parameters));
        _rule = plan.BackwardPass(pass, Rule);
        _true = new(pass, _ => Carrier.Own, [.. plan.Network.Blocks.Select(block => block.Index > plan.Frozen)], True, Lane)
            { IsTrue = true };
    }

    /// <summary>What the rule made.</summary>
    public Gradients Rule { get; }

    /// <summary>The true gradients.</summary>
    public Gradients True { get; }

    /// <summary>Evaluates the batch that stands in the pass.</summary>
    /// <param name="objective">The loss.</param>
    /// <param name="step">The step that draws are keyed by.</param>
    /// <param name="training">Whether by a batch's own statistics and with dropout.</param>
    /// <returns>The mean loss.</returns>
    public double Evaluate(Objective objective, long step, bool training)
    {
        _pass.Forward(step, training);
        return objective.Error(_pass);
    }

    /// <summary>Walks down by the true derivative from the error as it stands.</summary>
    public void WalkTrue()
    {
        True.Begin();
        var signal = _pass.Error;
        for (var i = _plan.Network.Blocks.Count - 1; i >= _plan.Frozen; i--) signal = _true.Backward(_plan.Network.Blocks[i], signal)!;
    }

    /// <summary>Lets the rule make what it would learn from the error as it stands.</summary>
    public void WalkRule()
    {
        Rule.Begin();
        _plan.CreditAssignment.Observe(_rule);
        _plan.CreditAssignment.Teach(_rule);
    }
}
