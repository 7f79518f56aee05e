namespace Concord.Cost;

/// <summary>
/// The part of a training step that a saving is a share of. The three are never mixed: a rule that saves the whole error phase may
/// save a quarter of the backward phase and a tenth of the step.
/// </summary>
public enum StepPart
{
    /// <summary>Carrying teaching signals down, and nothing else.</summary>
    ErrorPhase,

    /// <summary>The error phase and the weight gradient: all that comes after the loss, but for the update.</summary>
    BackwardPhase,

    /// <summary>Everything: forward, error, weight gradient, update, and the feedback's own adaptation.</summary>
    WholeStep,
}
