namespace Concord.Rules;

/// <summary>Where the magnitudes of a feedback tensor come from.</summary>
public enum Magnitude
{
    /// <summary>|B| = |W|, as it is at the refresh.</summary>
    OfWeight,

    /// <summary>|B| = s everywhere.</summary>
    Constant,

    /// <summary>|B| = |W|_F / sqrt(n): a constant that follows the weight's norm (strict normalisation).</summary>
    NormTracking,

    /// <summary>|B| = |M|, drawn once.</summary>
    Fixed,

    /// <summary>|B| = |M|, drawn again at every refresh.</summary>
    Redrawn,

    /// <summary>
    /// |B| = |W|_2 / |S|_2, S the signs of B: a constant that makes the largest singular value of B the weight's, both as matrices whose
    /// last axis is the output.
    /// </summary>
    SpectralTracking,
}

