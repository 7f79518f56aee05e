using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Cost;

/// <summary>What kind of step is recorded.</summary>
/// <param name="Rows">Samples in the batch.</param>
/// <param name="Objective">The loss; softmax cross-entropy unless given.</param>
/// <param name="Accumulates">Whether gradients are added to what stands there (a momentum) and so read it.</param>
/// <param name="Activations">Whether the hidden blocks that learn are evaluated a second time.</param>
/// <param name="Given">The lowest blocks that are not evaluated, because what they make of the samples is at hand
/// (<see cref="Pass.Given"/>).</param>
/// <param name="Optimizer">What parameters of a rule's own move by that move as the weights do; plain gradient descent if null.</param>
/// <param name="Precision">What operands of products are rounded to; the machine at hand need not have it.</param>
public sealed record StepShape(int Rows, Objective Objective = default, bool Accumulates = false,
    ActivationPolicy Activations = ActivationPolicy.Stored, int Given = 0,
    OptimizerSettings? Optimizer = null, Precision Precision = Precision.Full);
