using System.Globalization;
using Concord.Diagnostics;
using MathNet.Numerics.Distributions;

namespace Concord.Training;

/// <summary>One figure over several seeds.</summary>
/// <param name="Values">One value per seed; those that are NaN count for nothing.</param>
public sealed record SeedStatistic(IReadOnlyList<double> Values)
{
    /// <summary>The mean; NaN without values.</summary>
    public double Mean { get; } = Values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The standard deviation of a sample, dividing by n - 1; NaN below two values.</summary>
    public double Std
    {
        get
        {
            var finite = Values.Where(double.IsFinite).ToList();
            return finite.Count < 2 ? double.NaN : Math.Sqrt(finite.Sum(value => (value - Mean) * (value - Mean)) / (finite.Count - 1));
        }
    }

    /// <summary>Of how many seeds the figure is void (<see cref="PortAlignment.VoidBelow"/>); their values are NaN.</summary>
    public int Void { get; init; }

    /// <summary>The figure as it is shown, given its mean and spread in words: VOID in their place, or next to them.</summary>
    public string Shown(string figure) => Void == 0 ? figure : Count == 0 ? PortAlignment.VoidWord
        : string.Create(CultureInfo.InvariantCulture, $"{figure} ({PortAlignment.VoidWord} in {Void} of {Values.Count})");

    /// <summary>How many values count.</summary>
    public int Count => Values.Count(double.IsFinite);

    /// <summary>One of which mean, standard deviation and number of values are known, and not the values.</summary>
    internal static SeedStatistic Of(double mean, double std, int count)
    {
        var apart = std * Math.Sqrt((count - 1) / 2.0);
        return new([mean - apart, mean + apart, .. Enumerable.Repeat(mean, count - 2)]);
    }

    /// <summary>The fewest seeds that an interval is given for: that of two is too wide to say anything.</summary>
    public const int LeastSeeds = 3;

    /// <summary>
    /// Half the width of the 95 % interval of the mean, if the values are normal: t s / sqrt n, with Student's t of n - 1 degrees of
    /// freedom; NaN below <see cref="LeastSeeds"/> values.
    /// </summary>
    public double HalfWidth95 => Count < LeastSeeds ? double.NaN : StudentT.InvCDF(0, 1, Count - 1, 0.975) * Std / Math.Sqrt(Count);

    /// <summary>
    /// The differences a - b at equal seeds, one value per seed that both have. Pairing takes out what the seed alone decides: weights,
    /// shuffles and masks.
    /// </summary>
    /// <param name="a">Value by seed.</param>
    /// <param name="b">Value by seed of what it is compared with.</param>
    public static SeedStatistic PairedDifference(IReadOnlyDictionary<long, double> a, IReadOnlyDictionary<long, double> b) =>
        new([.. a.Where(pair => b.ContainsKey(pair.Key)).Select(pair => pair.Value - b[pair.Key])]);

    /// <summary>
    /// How many standard deviations of the difference lie between two means: (a - b) / sqrt(s_a^2 + s_b^2). Infinite where neither
    /// varies and they differ; NaN below two seeds.
    /// </summary>
    public double StandardDeviationsAbove(SeedStatistic other)
    {
        var difference = Mean - other.Mean;
        return difference == 0 ? 0 : difference / Math.Sqrt(Std * Std + other.Std * other.Std);
    }
}
