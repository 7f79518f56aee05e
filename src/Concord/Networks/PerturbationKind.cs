namespace Concord.Networks;

/// <summary>What the elements of a random direction are drawn from; mean 0 and variance 1 in all cases.</summary>
public enum PerturbationKind
{
    /// <summary>1 or -1: of all such distributions the one whose estimates vary least.</summary>
    Rademacher,

    /// <summary>Standard normal.</summary>
    Normal,
}
