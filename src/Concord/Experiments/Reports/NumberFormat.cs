using System.Globalization;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>How figures are written on a page: the same whatever the reader's language, with a true minus sign.</summary>
internal static class NumberFormat
{
    /// <summary>What stands where there is no figure.</summary>
    public const string None = "–";

    /// <summary>Decimals of a loss.</summary>
    public const int LossDecimals = 4;

    /// <summary>What stands in the place of an interval that too few seeds give.</summary>
    public const string NoInterval = "no interval";

    private static readonly string[] s_thousands = ["", "k", "M", "G", "T"];

    /// <summary>A number with so many decimals.</summary>
    public static string Fixed(double value, int decimals) =>
        double.IsFinite(value)
            ? value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).Replace('-', '−') : None;

    /// <summary>A number to three figures, with a power of ten where it is far from 1.</summary>
    public static string Figures(double value) =>
        double.IsFinite(value) ? value.ToString("g3", CultureInfo.InvariantCulture).Replace('-', '−') : None;

    /// <summary>A mean and, where there is one, what stands after the plus-minus sign.</summary>
    public static string Spread(double mean, double spread, int decimals) =>
        double.IsFinite(spread) && double.IsFinite(mean) ? $"{Fixed(mean, decimals)} ± {Fixed(spread, decimals)}" : Fixed(mean, decimals);

    /// <summary>Mean and standard deviation over seeds; or that they are void.</summary>
    public static string Spread(SeedStatistic value, int decimals) => value.Shown(Spread(value.Mean, value.Std, decimals));

    /// <summary>Mean and standard deviation of shares, in per cent.</summary>
    public static string Percent(SeedStatistic share) => Spread(100 * share.Mean, 100 * share.Std, 2);

    /// <summary>An accuracy in per cent, or a loss.</summary>
    public static string Score(SeedScore score) => score.IsLoss ? Spread(score.Loss, LossDecimals) : Percent(score.Accuracy);

    /// <summary>The same of one run; with its name and unit.</summary>
    public static string Named(Score score) => score.IsLoss ? $"loss {Fixed(score.Loss, LossDecimals)}"
        : FormattableString.Invariant($"accuracy {100 * score.Accuracy:0.00} %");

    /// <summary>A difference of accuracies in points, or of losses, ± half its 95 % interval.</summary>
    public static string Difference(SeedStatistic difference, SeedScore of) =>
        Spread(of.Scale * difference.Mean, of.Scale * difference.HalfWidth95, of.IsLoss ? LossDecimals : 2)
            + (difference.Count == 0 || double.IsFinite(difference.HalfWidth95) ? "" : $" ({NoInterval})");

    /// <summary>An interval of scores: of shares in per cent, never outside 0 and 1; of losses as they are.</summary>
    public static string Interval(SeedScore score) => score.Shown.Count > 0 && double.IsNaN(score.Shown.HalfWidth95) ? NoInterval
        : !score.IsLoss ? Interval(score.Accuracy)
        : double.IsFinite(score.Loss.HalfWidth95) ? $"{Fixed(score.Loss.Mean - score.Loss.HalfWidth95, LossDecimals)} to "
            + Fixed(score.Loss.Mean + score.Loss.HalfWidth95, LossDecimals)
        : None;

    /// <summary>An interval of shares, in per cent; a share is never outside 0 and 1.</summary>
    private static string Interval(SeedStatistic share) => double.IsFinite(share.HalfWidth95)
        ? $"{Fixed(100 * Math.Max(0, share.Mean - share.HalfWidth95), 2)} to {Fixed(100 * Math.Min(1, share.Mean + share.HalfWidth95), 2)}"
        : None;

    /// <summary>A count to three figures, in thousands, millions, ...</summary>
    public static string Count(double count)
    {
        if (!double.IsFinite(count)) return None;
        var power = 0;
        for (; count >= 999.5 && power < s_thousands.Length - 1; power++) count /= 1000;
        return Fixed(count, power == 0 || count >= 99.95 ? 0 : count >= 9.995 ? 1 : 2) + (power == 0 ? "" : $" {s_thousands[power]}");
    }

    /// <summary>Seconds to two or three figures.</summary>
    public static string Seconds(double seconds) => Fixed(seconds, seconds < 1 ? 3 : seconds < 100 ? 2 : 0);

    /// <summary>Bytes.</summary>
    public static string Bytes(long? bytes) => bytes is not { } count ? None : count < 1000 ? $"{Count(count)} B" : $"{Count(count)}B";

    /// <summary>Whole numbers, the same ones once, a long list by its ends.</summary>
    public static string List(IEnumerable<long> values)
    {
        const int Most = 6;
        var distinct = values.Distinct().Order().ToList();
        return distinct.Count <= Most
            ? string.Join(", ", distinct.Select(value => value.ToString(CultureInfo.InvariantCulture)))
            : string.Create(CultureInfo.InvariantCulture, $"{distinct[0]} to {distinct[^1]} ({distinct.Count})");
    }
}
