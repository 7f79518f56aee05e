namespace Concord.Training;

/// <summary>Bytes.</summary>
/// <param name="Weights">Of all parameters.</param>
/// <param name="Feedback">Of all feedback tensors and what else they need.</param>
/// <param name="Training">Of parameters, gradients, moments, feedback, activations and signals together:
/// what the run held at its peak.</param>
/// <param name="Activations">Of activities and what else layers keep for the walk down, at their peak; part of the former.</param>
public readonly record struct MemoryUse(long Weights, long Feedback, long Training, long Activations);
