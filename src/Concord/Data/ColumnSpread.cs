using System.Globalization;

namespace Concord.Data;

/// <summary>
/// Finds out, number by number, whether single precision keeps the spread of a column, and if not, what to take out of it. It does not
/// where the rounding of one of its numbers is more than a thousandth of the column's standard deviation, as of times in seconds since 1970
/// that lie within hours of each other; nor where the deviation comes near to the least number that engines tell from zero.
/// </summary>
internal struct ColumnSpread
{
    private const double MostLost = 1.0 / 1024;
    private const double FarFromZero = 1 << 13;                                   // deviations from the mean to zero
    private static readonly double s_small = double.ScaleB(1, -110);              // deviations below are scaled
    private const int MostExponent = 1000;
    private long _count;
    private double _mean, _squares, _low, _high, _lost;

    /// <summary>Takes a number into account.</summary>
    /// <param name="value">The number.</param>
    /// <param name="narrowed">The single next to it.</param>
    public void Add(double value, float narrowed)
    {
        if (_count++ == 0) (_low, _high) = (value, value);
        var distance = value - _mean;
        _mean += distance / _count;
        _squares += distance * (value - _mean);   // Welford 1962
        _low = Math.Min(_low, value);
        _high = Math.Max(_high, value);
        var seen = float.IsNormal(narrowed) ? narrowed : 0;   // engines take subnormal numbers for zero
        _lost = Math.Max(_lost, Math.Abs(seen - value));
    }

    /// <summary>What to subtract and to multiply by; 0 and 1 where single precision keeps the spread.</summary>
    public readonly (double Offset, double Scale) ToTakeOut()
    {
        // squares of numbers below 1e-154 are zero; no deviation is smaller than that bound
        var deviation = Math.Max(Math.Sqrt(_squares / _count), (_high - _low) / Math.Sqrt(2.0 * _count));
        if (!(deviation > 0) || _lost <= MostLost * deviation && deviation >= s_small) return (0, 1);
        return (Math.Abs(_mean) > FarFromZero * deviation ? Rounded(_mean, deviation) : 0,
            deviation < s_small ? double.ScaleB(1, Math.Min(-Math.ILogB(deviation), MostExponent)) : 1);
    }

    /// <summary>A number near to another, with as few digits as tell it from its neighbours.</summary>
    private static double Rounded(double value, double within)
    {
        var digits = (int)Math.Clamp(Math.Ceiling(Math.Log10(Math.Abs(value) / within)), 1, 17);
        return double.Parse(value.ToString($"E{digits - 1}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
