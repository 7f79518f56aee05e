using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// Max pools of two by two inputs side by side, which most pools are. The four inputs of an output are named, so nothing is left of the
/// loops over a window, which take longer than the memory; the results are those of the loops.
/// </summary>
internal abstract unsafe partial class ManagedKernels<T>
{
    private static bool IsOfFour(Window window) => window is { Height: 2, Width: 2, Stride: 2, Padding: 0, Dilation: 1 };

    private readonly struct MaxOfFourWork(ImagePass pass, T* x, T* y, T* places) : IRangeWork
    {
        public void Run(int start, int end)
        {
            int channels = pass.Channels, below = pass.Columns * channels, rest = channels % Lanes<T>.Count;
            for (var index = start; index < end; index++)
            {
                var from = x + index / pass.OutputRows * pass.Image + 2L * (index % pass.OutputRows) * below;
                var at = (long)index * pass.OutputColumns * channels;
                for (var j = 0; j < pass.OutputColumns; j++, at += channels, from += 2 * channels)
                {
                    var c = 0;
                    for (; c < channels - rest; c += Lanes<T>.Count)
                        Do(from + c, channels, below, y + at + c, places + at + c, Lanes<T>.Count);
                    if (rest > 0) Do(from + c, channels, below, y + at + c, places + at + c, rest);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Do(T* from, int right, int below, T* y, T* places, int count)
        {
            Vector<T> first = Lanes<T>.Load(from, count), second = Lanes<T>.Load(from + right, count),
                third = Lanes<T>.Load(from + below, count), fourth = Lanes<T>.Load(from + below + right, count);
            var place = Later(second, first, T.One, Vector<T>.Zero);
            var top = Lanes<T>.Larger(second, first);
            place = Later(third, top, Of(2), place);
            top = Lanes<T>.Larger(third, top);
            place = Later(fourth, top, Of(3), place);
            Lanes<T>.Store(Lanes<T>.Larger(fourth, top), y, count);
            Lanes<T>.Store(place, places, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<T> Later(Vector<T> value, Vector<T> top, T number, Vector<T> place) =>
            Vector.ConditionalSelect(Vector.GreaterThan(value, top), new(number), place);
    }

    /// <summary>
    /// Each place is written once, by the one output that has it. An image may be a row or a column larger than its windows, which gets
    /// zeros; then a signal is added to zero, which only a zero with a sign can tell from being written.
    /// </summary>
    private readonly struct SignalOfFourWork<TFunction>(ImagePass pass, TFunction f, T* y, T* places, T* signal, T* result) : IRangeWork
        where TFunction : unmanaged, IFunction
    {
        public void Run(int start, int end)
        {
            int channels = pass.Channels, below = pass.Columns * channels, rest = channels % Lanes<T>.Count;
            int beyond = (pass.Columns - 2 * pass.OutputColumns) * channels, under = pass.Rows - 2 * pass.OutputRows;
            var tiles = pass.Tiles;
            for (var index = start; index < end; index++)
            {
                var to = result + index / pass.OutputRows * pass.Image + 2L * (index % pass.OutputRows) * below;
                var at = (long)index * pass.OutputColumns * channels;
                for (var j = 0; j < pass.OutputColumns; j++, at += channels, to += 2 * channels)
                {
                    var c = 0;
                    for (; c < channels - rest; c += Lanes<T>.Count) Do(at + c, to + c, channels, below, Lanes<T>.Count, tiles);
                    if (rest > 0) Do(at + c, to + c, channels, below, rest, tiles);
                }
                if (tiles) continue;
                new Span<T>(to, beyond).Clear();
                new Span<T>(to + below, beyond).Clear();
                if (index % pass.OutputRows == pass.OutputRows - 1) new Span<T>(to + below + beyond, under * below).Clear();
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Do(long at, T* to, int right, int below, int count, bool tiles)
        {
            Vector<T> place = Lanes<T>.Load(places + at, count), share = Lanes<T>.Load(signal + at, count);
            if (y != null) share *= f.Slope(Lanes<T>.Load(y + at, count));
            if (!tiles) share += Vector<T>.Zero;
            Lanes<T>.Store(Won(place, share, T.Zero), to, count);
            Lanes<T>.Store(Won(place, share, T.One), to + right, count);
            Lanes<T>.Store(Won(place, share, Of(2)), to + below, count);
            Lanes<T>.Store(Won(place, share, Of(3)), to + below + right, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<T> Won(Vector<T> place, Vector<T> share, T number) =>
            Vector.BitwiseAnd(Vector.Equals(place, new(number)), share);
    }
}
