using Concord.Numerics;

namespace Concord.Rules;

/// <summary>A loss on the activity at one port, with what it has of its own.</summary>
internal abstract class LocalLoss
{
    /// <summary>The derivative of the loss with respect to the activity, times the number of samples: a signal as the optimizer
    /// takes it.</summary>
    /// <param name="activity">N x the port's shape.</param>
    /// <param name="pass">The pass; in a training step the head gathers its gradients.</param>
    public abstract Tensor SignalAt(Tensor activity, RulePass pass);

    private protected static Tensor Buffer(RulePass pass, object owner, string name, Shape shape, Role role = Role.Error, int index = 0) =>
        pass.Workspace.Get(pass.Kernels, owner, name, shape, role, index);
}
