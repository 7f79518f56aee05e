using System.Globalization;

namespace Concord.Experiments.Charts;

/// <summary>One axis: its range, its scale, and what is written next to it.</summary>
internal sealed class Axis
{
    private readonly bool _log;

    private Axis(double low, double high, bool log, IReadOnlyList<(double Value, string Label)> marks) =>
        (Low, High, _log, Marks) = (low, high, log, marks);

    /// <summary>Where it begins.</summary>
    public double Low { get; }

    /// <summary>Where it ends.</summary>
    public double High { get; }

    /// <summary>Its ticks, in order.</summary>
    public IReadOnlyList<(double Value, string Label)> Marks { get; }

    /// <summary>A linear axis over some values; those that are not finite count for nothing.</summary>
    /// <param name="values">What it must hold.</param>
    /// <param name="most">How many intervals between ticks there may be.</param>
    /// <param name="round">Whether it ends at ticks; else at the outermost values.</param>
    /// <param name="least">The least step.</param>
    /// <param name="floor">It never goes below.</param>
    /// <param name="ceiling">It never goes above.</param>
    public static Axis Linear(IEnumerable<double> values, int most, bool round = true, double least = 0,
        double floor = double.NegativeInfinity, double ceiling = double.PositiveInfinity)
    {
        var (low, high) = Range(values.Select(value => Math.Clamp(value, floor, ceiling)));
        var rest = Math.Max(Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-9, 1e-290);
        if (high - low < rest)
        {
            // one value stands in the middle, with room around it
            var room = low == 0 ? 1 : Math.Max(Math.Abs(low) * 0.1, rest);
            room = Math.Max(room, least);
            (low, high) = (Math.Max(floor, low - room), Math.Min(ceiling, high + room));
        }
        var step = Ticks.StepFor(high - low, most, least);
        if (round)
        {
            // A value a hair beyond a tick ends the axis there, without a further tick.
            low = Math.Max(floor, Math.Min(low, step.Times((long)Math.Floor(low / step.Value + 1e-9))));
            high = Math.Min(ceiling, Math.Max(high, step.Times((long)Math.Ceiling(high / step.Value - 1e-9))));
        }
        return new(low, high, false, [.. Ticks.Within(low, high, step).Select(value => (value, Ticks.Label(value, step.Power)))]);
    }

    /// <summary>A logarithmic axis over the values above 0.</summary>
    public static Axis Logarithmic(IEnumerable<double> values, int most)
    {
        var (low, high) = Range(values.Where(value => value > 0), otherwise: 1);
        if (high / low < 1.01) (low, high) = (low / 2, high * 2);
        return new(low, high, true, [.. Ticks.Powers(low, high, most).Select(value => (value, value is >= 1e4 or < 1e-3
            ? value.ToString("0e0", CultureInfo.InvariantCulture) : Ticks.Label(value, (int)Math.Floor(Math.Log10(value) + 1e-9))))]);
    }

    /// <summary>Whether a value can be shown.</summary>
    public bool Holds(double value) => double.IsFinite(value) && (!_log || value > 0);

    /// <summary>Where a value stands between two places; beyond the range, at its end.</summary>
    public double Position(double value, double from, double to)
    {
        var part = !_log ? (value - Low) / (High - Low) : value > Low
            ? (Math.Log(value) - Math.Log(Low)) / (Math.Log(High) - Math.Log(Low)) : 0;
        return from + Math.Clamp(part, 0, 1) * (to - from);
    }

    private static (double Low, double High) Range(IEnumerable<double> values, double otherwise = 0)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (var value in values)
        {
            if (!double.IsFinite(value)) continue;
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }
        return low > high ? (otherwise, otherwise) : (low, high);
    }
}
