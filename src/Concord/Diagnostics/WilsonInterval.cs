namespace Concord.Diagnostics;

/// <summary>
/// A 95 % interval for the probability of success, given k successes in n trials (Wilson 1927): where a normal approximation about
/// k / n fails, near 0 and 1, this one stays within [0, 1] and keeps its coverage.
/// </summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct WilsonInterval(double Low, double High)
{
    private const double Z = 1.959963984540054;   // the normal distribution's 97.5 % point

    /// <summary>The interval.</summary>
    /// <param name="successes">k, from 0 to n.</param>
    /// <param name="trials">n; NaN to NaN for none.</param>
    public static WilsonInterval Of(int successes, int trials)
    {
        if (trials == 0) return new(double.NaN, double.NaN);
        double n = trials, share = successes / n, divisor = 1 + Z * Z / n;
        var (centre, half) = ((share + Z * Z / (2 * n)) / divisor, Z * Math.Sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / divisor);
        return new(successes == 0 ? 0 : Math.Max(0, centre - half), successes == trials ? 1 : Math.Min(1, centre + half));
    }
}
