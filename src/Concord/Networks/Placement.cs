namespace Concord.Networks;

/// <summary>
/// Where a block ends, and so where its teaching signal is delivered. With norms, pools or dropout these are different rules.
/// </summary>
public enum Placement
{
    /// <summary>Just before the next weighted layer, after activation, norm, pool and dropout.</summary>
    BlockEnd,

    /// <summary>Right after the activation; what follows it belongs to the block above.</summary>
    AfterActivation,

    /// <summary>Right before the activation, which belongs to the block above: the signal meets no f' of its own block.</summary>
    PreActivation,
}
