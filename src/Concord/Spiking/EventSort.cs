using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Spiking;

/// <summary>
/// Sorts events by time with a radix sort on the bits of the time: numbers that are not negative rank as the whole numbers that their
/// bits are. Linear in the number of events, and stable: events at one time keep their order. A comparison sort, or an insertion for
/// every interval, would be quadratic where many neurons fire in one long interval.
/// </summary>
internal static class EventSort
{
    private const int Digits = 256;

    /// <summary>Finds the order of the times.</summary>
    /// <param name="times">Times, of which none is negative or not a number.</param>
    /// <param name="order">Receives the places of the times from the earliest to the latest; as long as the times.</param>
    /// <param name="keys">Scratch, as long as the times.</param>
    /// <param name="otherOrder">Scratch, as long as the times.</param>
    /// <param name="otherKeys">Scratch, as long as the times.</param>
    public static void Order<T>(ReadOnlySpan<T> times, Span<int> order, Span<ulong> keys, Span<int> otherOrder, Span<ulong> otherKeys)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var bytes = Unsafe.SizeOf<T>();
        Span<int> counts = stackalloc int[bytes * Digits];
        counts.Clear();
        var sorted = true;
        for (var i = 0; i < times.Length; i++)
        {
            var key = keys[i] = Bits(times[i]);
            order[i] = i;
            sorted &= i == 0 || keys[i - 1] <= key;
            for (var b = 0; b < bytes; b++) counts[b * Digits + (int)(key >> (8 * b) & 255)]++;
        }
        if (sorted) return;
        Span<int> from = order, to = otherOrder;
        Span<ulong> fromKeys = keys, toKeys = otherKeys;
        var swapped = false;
        for (var b = 0; b < bytes; b++)
        {
            var places = counts.Slice(b * Digits, Digits);
            if (places[(int)(keys[0] >> (8 * b) & 255)] == times.Length) continue;   // all times share this digit
            var sum = 0;
            for (var digit = 0; digit < Digits; digit++) (places[digit], sum) = (sum, sum + places[digit]);
            for (var i = 0; i < times.Length; i++)
            {
                var place = places[(int)(fromKeys[i] >> (8 * b) & 255)]++;
                to[place] = from[i];
                toKeys[place] = fromKeys[i];
            }
            swapped = !swapped;
            from = swapped ? otherOrder : order;
            to = swapped ? order : otherOrder;
            fromKeys = swapped ? otherKeys : keys;
            toKeys = swapped ? keys : otherKeys;
        }
        if (swapped) otherOrder[..times.Length].CopyTo(order);
    }

    /// <summary>The bits of a time as a whole number of the same rank.</summary>
    private static ulong Bits<T>(T time) where T : unmanaged => Unsafe.SizeOf<T>() == sizeof(float)
        ? Unsafe.BitCast<T, uint>(time) : Unsafe.BitCast<T, ulong>(time);
}
