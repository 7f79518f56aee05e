namespace Concord.Diagnostics;

/// <summary>Quantiles of the cosine over samples, interpolated linearly between neighbours in order; NaN where no sample counts.</summary>
/// <param name="P5">Five percent lie below.</param>
/// <param name="P25">A quarter lies below.</param>
/// <param name="Median">Half lies below.</param>
/// <param name="P75">A quarter lies above.</param>
/// <param name="P95">Five percent lie above.</param>
public readonly record struct CosineQuantiles(double P5, double P25, double Median, double P75, double P95)
{
    /// <summary>Those of no sample.</summary>
    public static CosineQuantiles None { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);

    /// <summary>Those of values, which are put in order.</summary>
    internal static CosineQuantiles Of(Span<double> values)
    {
        if (values.IsEmpty) return None;
        values.Sort();
        return new(At(values, 0.05), At(values, 0.25), At(values, 0.5), At(values, 0.75), At(values, 0.95));
    }

    private static double At(ReadOnlySpan<double> sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
    }
}
