namespace Concord.Cost;

/// <summary>
/// Words of memory that a step occupies, as this program lays it out. The batch itself, inputs and targets, is not counted.
/// </summary>
/// <param name="Weights">All parameters.</param>
/// <param name="Activations">What the pass upward keeps for the walk down: activities, masks, moments.</param>
/// <param name="Signals">Output errors, losses and teaching signals, with the room within a block that activities pass through
/// first.</param>
/// <param name="Gradients">Gradients of what learns, and the step itself where a rule reads it.</param>
/// <param name="Feedback">All feedback: tensors, indices, magnitudes.</param>
public sealed record MemoryCost(long Weights, long Activations, long Signals, long Gradients, long Feedback)
{
    /// <summary>Bytes of copies in bf16, packed ones apart; 0 in single precision.</summary>
    public long CopyBytes { get; init; }

    /// <summary>All words, without copies.</summary>
    public long Total => Weights + Activations + Signals + Gradients + Feedback;
}
