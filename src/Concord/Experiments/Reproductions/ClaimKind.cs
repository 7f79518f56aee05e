namespace Concord.Experiments;

/// <summary>How a quantity is said to go from one kind of runs to the next, or where it is said to lie.</summary>
public enum ClaimKind
{
    /// <summary>Strictly up.</summary>
    Rising,

    /// <summary>Strictly down.</summary>
    Falling,

    /// <summary>All within a band.</summary>
    Unchanged,

    /// <summary>Each at most a number.</summary>
    AtMost,

    /// <summary>Each at least a number.</summary>
    AtLeast,
}
