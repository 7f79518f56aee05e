namespace Concord.Training;

/// <summary>One figure over several seeds.</summary>
/// <param name="Values">One value a seed; those that are NaN count for nothing.</param>
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
