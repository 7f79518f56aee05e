namespace Concord.Numerics;

/// <summary>What a kernel call is done for. Costs are reported a phase at a time and never mixed.</summary>
public enum Phase
{
    /// <summary>The pass upward, and the output error that closes it.</summary>
    Forward,

    /// <summary>Carrying teaching signals down: carriers, projections and the local derivatives in between.</summary>
    Error,

    /// <summary>Signal times presynaptic activity.</summary>
    WeightGradient,

    /// <summary>
    /// Moving the forward weights: the optimizer's elementwise pass (multiply-accumulates only where momentum is orthogonalised).
    /// </summary>
    Update,

    /// <summary>Moving or redrawing the feedback tensors.</summary>
    Adaptation,

    /// <summary>Second passes and tangents that a rule asks for, the drawing of their directions included.</summary>
    ExtraForward,

    /// <summary>Measuring alignment; never part of a rule's cost.</summary>
    Probe,
}
