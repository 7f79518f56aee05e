using Concord.Layers;
using Concord.Numerics;

namespace Concord.Optimizers;

/// <summary>
/// What the optimizer did in this step: W' = (1 - Decay) W - Delta, for every weight that moved. There is no pass any more.
/// </summary>
public abstract class Update
{
    /// <summary>The engine.</summary>
    public abstract Kernels Kernels { get; }

    /// <summary>Steps taken, this one included.</summary>
    public abstract long Steps { get; }

    /// <summary>
    /// What was subtracted from the parameter apart from decay: learning rate, momentum, adaptive scaling and clipping included.
    /// </summary>
    /// <exception cref="InvalidOperationException">No rule declared that it reads updates.</exception>
    public abstract Tensor Delta(Parameter parameter);

    /// <summary>The decoupled decay of this step: learning rate times decay.</summary>
    public abstract double Decay(Parameter parameter);
}
