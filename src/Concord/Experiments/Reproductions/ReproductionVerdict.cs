namespace Concord.Experiments;

/// <summary>What a reproduction found.</summary>
public enum ReproductionVerdict
{
    /// <summary>Ours differs by no more than is allowed.</summary>
    Reproduced,

    /// <summary>
    /// It differs by more, though not by many times as much, and lies on the same side of every other figure of the quantity as the
    /// published one does.
    /// </summary>
    DirectionOnly,

    /// <summary>Neither.</summary>
    Missed,

    /// <summary>
    /// Our runs are shorter than the published ones, or had fewer samples, so that the two are no measures of the same thing.
    /// </summary>
    CutPlan,

    /// <summary>Ours is of one or two seeds, and chance may explain as much as is allowed.</summary>
    FewSeeds,

    /// <summary>There is no published figure to compare with.</summary>
    Unpublished,
}
