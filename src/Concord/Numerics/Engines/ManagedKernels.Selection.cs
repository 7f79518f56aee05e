using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override int CopySelectedCore(in Selection selection, Tensor x, Tensor y)
    {
        T* from = Pointer(x), to = Pointer(y);
        using var mode = Team.Compute();
        var copied = selection.Kind switch
        {
            SelectionKind.Block => CopyBlock(from, to, y.Length, selection.First, Math.Min(selection.Count, y.Length)),
            SelectionKind.Random => CopyTop(new WordKeys(selection.Stream), 32, from, to, y.Length, selection.Count),
            SelectionKind.Largest => CopyTop(new DifferenceKeys(from, to), 8 * sizeof(T), from, to, y.Length, selection.Count),
            SelectionKind.Beyond => CopyBeyond(from, to, y.Length, Of(selection.Threshold)),
            _ => CopyChanged(from, to, y.Length),
        };
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        return copied;
    }

    private static int CopyBlock(T* from, T* to, int length, int first, int count)
    {
        var head = Math.Min(count, length - first);
        new Span<T>(from + first, head).CopyTo(new(to + first, head));
        new Span<T>(from, count - head).CopyTo(new(to, count - head));
        return count;
    }

    private static int CopyBeyond(T* from, T* to, int length, T threshold)
    {
        var copied = 0;
        for (var i = 0; i < length; i++)
            if (T.Abs(from[i] - to[i]) > threshold)
            {
                to[i] = from[i];
                copied++;
            }
        return copied;
    }

    private static int CopyChanged(T* from, T* to, int length)
    {
        var copied = 0;
        for (var i = 0; i < length; i++)
            if ((from[i] < T.Zero) != (to[i] < T.Zero))
            {
                to[i] = from[i];
                copied++;
            }
        return copied;
    }

    /// <summary>Whole numbers by which elements are ranked.</summary>
    private interface IKeys
    {
        /// <summary>The keys of elements start to start + count - 1; start is a multiple of <see cref="KeyBlock"/>.</summary>
        void Fill(int start, int count, ulong* keys);
    }

    private const int KeyBlock = 1024;

    /// <summary>A random word per element: the elements with the largest words are a choice without replacement.</summary>
    private readonly struct WordKeys(RandomStream stream) : IKeys
    {
        public void Fill(int start, int count, ulong* keys)
        {
            const int group = 4 * PhiloxVector.Group;
            var words = stackalloc uint[KeyBlock];
            PhiloxVector.Fill(stream, (ulong)start / 4, (count + group - 1) / group * PhiloxVector.Group, words);
            for (var i = 0; i < count; i++) keys[i] = words[i];
        }
    }

    /// <summary>|x - y|: numbers that are not negative rank as the whole numbers that their bits are.</summary>
    private readonly struct DifferenceKeys(T* x, T* y) : IKeys
    {
        public void Fill(int start, int count, ulong* keys)
        {
            for (var i = 0; i < count; i++)
            {
                var difference = T.Abs(x[start + i] - y[start + i]);
                keys[i] = typeof(T) == typeof(float) ? Unsafe.BitCast<T, uint>(difference) : Unsafe.BitCast<T, ulong>(difference);
            }
        }
    }

    /// <summary>
    /// Copies the elements with the largest keys, of equal ones those that come first. The smallest key that is copied is found eleven
    /// bits at a time, from the highest on, by counting how many keys have each value of them (radix selection).
    /// </summary>
    private static int CopyTop<TKeys>(TKeys of, int bits, T* from, T* to, int length, int count) where TKeys : unmanaged, IKeys
    {
        const int Digit = 11;
        if (count >= length) return CopyBlock(from, to, length, 0, length);
        if (count == 0) return 0;
        var keys = stackalloc ulong[KeyBlock];
        var having = stackalloc int[1 << Digit];
        var (known, prefix, left) = (0UL, 0UL, count);
        for (var shift = bits; shift > 0;)
        {
            var values = 1UL << Math.Min(Digit, shift);
            shift = Math.Max(0, shift - Digit);
            new Span<int>(having, 1 << Digit).Clear();
            for (var start = 0; start < length; start += KeyBlock)
            {
                var block = Math.Min(KeyBlock, length - start);
                of.Fill(start, block, keys);
                for (var i = 0; i < block; i++)
                    if ((keys[i] & known) == prefix) having[(keys[i] >> shift) & (values - 1)]++;
            }
            var value = values - 1;
            while (having[value] < left) left -= having[value--];
            known |= (values - 1) << shift;
            prefix |= value << shift;
        }
        for (var start = 0; start < length; start += KeyBlock)
        {
            var block = Math.Min(KeyBlock, length - start);
            of.Fill(start, block, keys);
            for (var i = 0; i < block; i++)
                if (keys[i] > prefix || (keys[i] == prefix && left-- > 0)) to[start + i] = from[start + i];
        }
        return count;
    }
}
