namespace Concord.Training;

/// <summary>Which controls of depth a comparison has.</summary>
public enum DepthLadder
{
    /// <summary>None.</summary>
    None,

    /// <summary>All blocks frozen.</summary>
    AllFrozen,

    /// <summary>All frozen, all but the last, all but the last two, ...</summary>
    Whole,
}
