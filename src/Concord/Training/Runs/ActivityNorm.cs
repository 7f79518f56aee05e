namespace Concord.Training;

/// <summary>How large the activities of a hidden block are.</summary>
/// <param name="Block">The block; its activity is that at its port.</param>
/// <param name="Norm">Mean over samples of |x_n|, x_n all of a sample's activity there.</param>
/// <param name="Growth">
/// Norm / sqrt(units) over the same of the block below: the ratio of the norms where both have as many units, and no matter of widths where
/// they have not. NaN of the lowest block, and where the activity below is zero.
/// </param>
public sealed record ActivityNorm(string Block, double Norm, double Growth)
{
    /// <summary>Growth above which a network is failing (Hao, Wan, Zhai 2026); a healthy one's is under 5.</summary>
    public const double MostGrowth = 50;
}
