using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// The backward half of a step under a plan: the rule reads the pass, every port gets its teaching signal, and every block learns
/// from the signal at its port. Made by the plan (<see cref="Plan.CreditAssignment"/>).
/// </summary>
public sealed class CreditAssignment
{
    private readonly Plan _plan;

    internal CreditAssignment(Plan plan) => _plan = plan;

    /// <summary>Lets the rule read a pass before the walk down it.</summary>
    /// <param name="backward">The walk; the error of its pass is known.</param>
    public void Observe(BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, Phase.Adaptation, Objective.BlockName);
        foreach (var declared in _plan.Declarations) declared.Rule.Observe(declared.ViewOf(backward, at: null).Pass);
    }

    /// <summary>The walk: from the last port to the first, what is delivered and what is learned from it.</summary>
    /// <param name="backward">A walk down a pass whose error is known and that the rule has observed.</param>
    public void Teach(BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, Phase.Error);
        if (backward.Pass.Activations == ActivationPolicy.Stored) TeachDownward(backward);
        else TeachUpward(backward);
    }

    /// <summary>The signal at a port, on a walk down a pass that the rule has observed.</summary>
    internal Tensor SignalAt(Port port, Tensor? arriving, BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, block: port.IsOutput ? Objective.BlockName : port.Name);
        var declared = _plan.DeclarationAt(port);
        return declared.Rule.SignalAt(port, arriving, declared.ViewOf(backward, port));
    }

    private void TeachDownward(BackwardPass backward)
    {
        Tensor? arriving = backward.Pass.OutputSignal;
        for (var i = _plan.Network.Ports.Count - 1; i >= 0; i--)
        {
            var port = _plan.Network.Ports[i];
            if (_plan.RouteAt(port) == Route.None)
            {
                backward.Deliver(port, arriving = null);
                continue;
            }
            if (_plan.RouteAt(port) == Route.Directions)
            {
                backward.Deliver(port, arriving = null);
                LearnAlong(port, backward);
                continue;
            }
            var signal = backward.Deliver(port, SignalAt(port, arriving, backward))!;
            arriving = Learn(port, signal, backward);
        }
    }

    // The output's block still has its input from the pass; the others are computed again, each with what stands below it. No
    // weight has moved yet, for the optimizer steps after the walk.
    private void TeachUpward(BackwardPass backward)
    {
        var output = _plan.Network.OutputPort;
        Learn(output, SignalAt(output, backward.Pass.Error, backward), backward);
        for (var i = backward.Pass.Given; i < _plan.RecomputedBlocks; i++)
        {
            var port = _plan.Network.Ports[i];
            backward.Pass.Recompute(port.Below);
            if (_plan.RouteAt(port) != Route.None) Learn(port, SignalAt(port, null, backward), backward);
        }
    }

    private void LearnAlong(Port port, BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, block: port.Name);
        var declared = _plan.DeclarationAt(port);
        declared.Rule.LearnAlong(port, declared.ViewOf(backward, port));
    }

    private Tensor? Learn(Port port, Tensor signal, BackwardPass backward)
    {
        using var _ = new WorkScope(backward.Kernels, block: port.Name);
        var declared = _plan.DeclarationAt(port);
        return declared.Rule.Learn(port, signal, declared.ViewOf(backward, port));
    }
}
