namespace Concord.Networks;

/// <summary>What a training pass does with activities that the walk down needs.</summary>
public enum ActivationPolicy
{
    /// <summary>Keeps them from the pass upward to the walk down.</summary>
    Stored,

    /// <summary>
    /// Keeps only the block at hand, and computes each block's again when it learns (MEM-DFA; Chu and others 2020): memory does not grow
    /// with depth, for one more pass upward. For rules whose signals never go from block to block.
    /// </summary>
    Recomputed,
}
