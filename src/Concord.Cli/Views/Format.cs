using System.Globalization;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>How figures are written for people.</summary>
internal static class Format
{
    private static readonly string[] s_thousands = ["", "k", "M", "G", "T"];

    public static string Number(double value, string format = "g4") =>
        double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A share as a percentage.</summary>
    public static string Percent(double share) =>
        double.IsNaN(share) ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.00} %");

    /// <summary>Mean and, where there is one, standard deviation of a share.</summary>
    public static string Percent(SeedStatistic share) => double.IsNaN(share.Std) ? Percent(share.Mean)
        : string.Create(CultureInfo.InvariantCulture, $"{100 * share.Mean:0.00} ± {100 * share.Std:0.00} %");

    /// <summary>Mean and, where there is one, standard deviation; or that they are void.</summary>
    public static string Spread(SeedStatistic value, string format = "0.000") => value.Shown(
        double.IsNaN(value.Mean) ? "-" : double.IsNaN(value.Std) ? Number(value.Mean, format)
            : $"{Number(value.Mean, format)} ± {Number(value.Std, format)}");

    /// <summary>An accuracy as a percentage, or a loss.</summary>
    public static string Score(Score score) => score.IsLoss ? Number(score.Loss) : Percent(score.Accuracy);

    /// <summary>The same over seeds.</summary>
    public static string Score(SeedScore score) => score.IsLoss ? Spread(score.Loss, "g4") : Percent(score.Accuracy);

    /// <summary>A count in thousands, millions, ...</summary>
    public static string Count(double count)
    {
        var power = 0;
        for (; count >= 999.5 && power < s_thousands.Length - 1; power++) count /= 1000;
        return string.Create(CultureInfo.InvariantCulture,
            $"{(power == 0 || count >= 100 ? count.ToString("0", CultureInfo.InvariantCulture)
                : count.ToString("0.0", CultureInfo.InvariantCulture))}{(power == 0 ? "" : " ")}{s_thousands[power]}");
    }

    public static string Bytes(long bytes) => bytes == 0 ? "0" : bytes < 1000 ? string.Create(CultureInfo.InvariantCulture, $"{bytes} B")
        : $"{Count(bytes)}B";

    public static string Seconds(double seconds) => double.IsNaN(seconds) ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s");

    /// <summary>What comes before training, and how far it is.</summary>
    public static string Preparing(Preparation preparation) =>
        string.Create(CultureInfo.InvariantCulture, $"{preparation.What} {100 * preparation.Share:0} %");

    /// <summary>A time to wait, to the second.</summary>
    public static string Wait(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}h{time.Minutes:00}m")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m{time.Seconds:00}s");
}
