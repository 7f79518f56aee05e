using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Spiking;

/// <summary>
/// Sorts events by time on the bits of the time: numbers that are not negative rank as the whole numbers that their bits are. Stable:
/// events at one time keep their order. The leading bits, of those in which the times differ, put events into about as many bins as there
/// are events; what is left is done by insertion. Where that moves too much, because many times differ in late bits only, a radix sort
/// does it: linear in the number of events in any case, as a comparison sort, or an insertion for every interval, would not be where many
/// neurons fire in one long interval.
/// </summary>
internal static class EventSort
{
    private const int Digits = 256;
    private const int MostBins = 1 << 12;
    private const int MostMoves = 8;   // for each event

    /// <summary>Finds the order of the times.</summary>
    /// <param name="times">Times, of which none is negative or not a number.</param>
    /// <param name="order">Receives the places of the times from the earliest to the latest; as long as the times.</param>
    /// <param name="keys">Scratch, as long as the times.</param>
    /// <param name="otherOrder">Scratch, as long as the times.</param>
    /// <param name="otherKeys">Scratch, as long as the times.</param>
    public static void Order<T>(ReadOnlySpan<T> times, Span<int> order, Span<ulong> keys, Span<int> otherOrder, Span<ulong> otherKeys)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // scratch may be longer
        order = order[..times.Length];
        keys = keys[..times.Length];
        otherOrder = otherOrder[..times.Length];
        otherKeys = otherKeys[..times.Length];
        ulong least = ulong.MaxValue, most = 0, former = 0;
        var sorted = true;
        for (var i = 0; i < times.Length; i++)
        {
            var key = otherKeys[i] = Bits(times[i]);
            sorted &= former <= key;
            (least, most, former) = (Math.Min(least, key), Math.Max(most, key), key);
        }
        if (sorted)
        {
            for (var i = 0; i < order.Length; i++) order[i] = i;
            return;
        }
        if (TryBins(least, most, otherKeys, order, keys)) return;
        for (var i = 0; i < order.Length; i++) (order[i], keys[i]) = (i, otherKeys[i]);
        Radix(Unsafe.SizeOf<T>(), order, keys, otherOrder, otherKeys);
    }

    /// <summary>Bins and an insertion; false where that would take long.</summary>
    private static bool TryBins(ulong least, ulong most, ReadOnlySpan<ulong> keys, Span<int> order, Span<ulong> sorted)
    {
        var bins = Math.Min(MostBins, BitOperations.RoundUpToPowerOf2((uint)keys.Length));
        var shift = Math.Max(0, BitOperations.Log2(most - least) + 1 - BitOperations.Log2(bins));
        Span<int> ends = stackalloc int[(int)bins + 1];   // zeros
        foreach (var key in keys) ends[(int)((key - least) >> shift) + 1]++;
        var sum = 0;
        foreach (ref var end in ends) sum = end += sum;
        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys[i];
            var place = ends[(int)((key - least) >> shift)]++;
            (order[place], sorted[place]) = (i, key);
        }
        var moves = (long)MostMoves * keys.Length;
        for (var i = 1; i < sorted.Length; i++)
        {
            var (key, from) = (sorted[i], order[i]);
            if (sorted[i - 1] <= key) continue;
            var place = i;
            for (; place > 0 && sorted[place - 1] > key; place--) (sorted[place], order[place]) = (sorted[place - 1], order[place - 1]);
            (sorted[place], order[place]) = (key, from);
            if ((moves -= i - place) < 0) return false;
        }
        return true;
    }

    /// <summary>Sorts keys and what belongs to them, byte by byte.</summary>
    private static void Radix(int bytes, Span<int> order, Span<ulong> keys, Span<int> otherOrder, Span<ulong> otherKeys)
    {
        Span<int> places = stackalloc int[Digits];
        Span<int> from = order, to = otherOrder;
        Span<ulong> fromKeys = keys, toKeys = otherKeys;
        var swapped = false;
        for (var b = 0; b < bytes; b++)
        {
            places.Clear();
            foreach (var key in fromKeys) places[(int)(key >> (8 * b) & 255)]++;
            if (places[(int)(fromKeys[0] >> (8 * b) & 255)] == keys.Length) continue;   // all times share this digit
            var sum = 0;
            for (var digit = 0; digit < Digits; digit++) (places[digit], sum) = (sum, sum + places[digit]);
            for (var i = 0; i < fromKeys.Length; i++)
            {
                var place = places[(int)(fromKeys[i] >> (8 * b) & 255)]++;
                (to[place], toKeys[place]) = (from[i], fromKeys[i]);
            }
            swapped = !swapped;
            from = swapped ? otherOrder : order;
            to = swapped ? order : otherOrder;
            fromKeys = swapped ? otherKeys : keys;
            toKeys = swapped ? keys : otherKeys;
        }
        if (swapped) otherOrder.CopyTo(order);
    }

    /// <summary>The bits of a time as a whole number of the same rank.</summary>
    private static ulong Bits<T>(T time) where T : unmanaged => Unsafe.SizeOf<T>() == sizeof(float)
        ? Unsafe.BitCast<T, uint>(time) : Unsafe.BitCast<T, ulong>(time);
}
