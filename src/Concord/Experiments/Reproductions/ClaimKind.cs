namespace Concord.Experiments;

/// <summary>How a quantity is said to go from one kind of runs to the next.</summary>
public enum ClaimKind
{
    /// <summary>Strictly up.</summary>
    Rising,

    /// <summary>Strictly down.</summary>
    Falling,

    /// <summary>All within a band.</summary>
    Unchanged,
}
