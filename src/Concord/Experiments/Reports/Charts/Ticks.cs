using System.Globalization;

namespace Concord.Experiments.Charts;

/// <summary>Where an axis is marked: steps of 1, 2 or 5 times a power of ten.</summary>
internal static class Ticks
{
    private const int Finest = -300;

    /// <summary>The smallest such step that marks a range at most <paramref name="most"/> times.</summary>
    /// <param name="width">Of the range, above 0.</param>
    /// <param name="most">How many intervals may be.</param>
    /// <param name="least">The step is at least that (1 for whole numbers).</param>
    public static TickStep StepFor(double width, int most, double least = 0)
    {
        var wanted = Math.Max(width / most, least);
        var power = Math.Max((int)Math.Floor(Math.Log10(wanted)), Finest);
        foreach (var digit in (ReadOnlySpan<int>)[1, 2, 5])
        {
            var step = new TickStep(digit, power);
            if (step.Value >= wanted * (1 - 1e-12)) return step;
        }
        return new(1, power + 1);
    }

    /// <summary>All multiples of a step within a range.</summary>
    public static IReadOnlyList<double> Within(double low, double high, TickStep step)
    {
        List<double> values = [];
        var slack = 1e-9;
        for (var i = (long)Math.Ceiling(low / step.Value - slack); i <= (long)Math.Floor(high / step.Value + slack); i++)
            values.Add(step.Times(i));
        return values;
    }

    /// <summary>Powers of ten within a range above 0, or some of them; where there are few, their doubles and fives as well.</summary>
    public static IReadOnlyList<double> Powers(double low, double high, int most)
    {
        int first = (int)Math.Ceiling(Math.Log10(low) - 1e-9), last = (int)Math.Floor(Math.Log10(high) + 1e-9);
        var stride = Math.Max(1, (int)Math.Ceiling((last - first + 1) / (double)most));
        List<double> values = [];
        if (last - first >= 2)
        {
            for (var power = first; power <= last; power += stride) values.Add(new TickStep(1, power).Value);
            return values;
        }
        for (var power = first - 1; power <= last; power++)
            foreach (var digit in (ReadOnlySpan<int>)[1, 2, 5])
                if (new TickStep(digit, power).Value is var value && value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
                    values.Add(value);
        return values;
    }

    /// <summary>A value next to a tick.</summary>
    /// <param name="value">The value.</param>
    /// <param name="power">The power of ten of the step: decides the decimals.</param>
    public static string Label(double value, int power) =>
        value == 0 ? "0"
        : Math.Abs(value) >= 1e6 || power < -4 ? value.ToString(
            $"0.{new string('#', Math.Clamp((int)Math.Floor(Math.Log10(Math.Abs(value))) - power, 0, 14))}e0", CultureInfo.InvariantCulture)
        : value.ToString("F" + Math.Max(0, -power).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

/// <summary>A digit times a power of ten.</summary>
internal readonly record struct TickStep(int Digit, int Power)
{
    public double Value => Times(1);

    /// <summary>A multiple, rounded once: a division by a whole power of ten is exact where a product with a fraction is not.</summary>
    public double Times(long count) => Power >= 0 ? (double)count * Digit * Math.Pow(10, Power)
        : (double)count * Digit / Math.Pow(10, -Power);
}
