namespace Concord.Experiments;

/// <summary>Kinds of quantities, as a summary counts them; in its order.</summary>
internal enum FigureFamily
{
    /// <summary>Accuracies, errors and losses.</summary>
    Accuracies,

    /// <summary>Cosines, angles and agreement of signs.</summary>
    Alignments,

    /// <summary>Ranks and CKA.</summary>
    Representations,

    /// <summary>Of operations and of transport, which follow from sizes.</summary>
    Counts,
}
