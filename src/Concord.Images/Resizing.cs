namespace Concord.Images;

/// <summary>
/// Resizes by area: a pixel of the result is the mean of what lies under it, each pixel of the image weighted by the area that they share,
/// rounded to the nearest. In whole numbers, so the same bits everywhere. The sides are stretched to fit.
/// </summary>
internal static class Resizing
{
    /// <param name="from">One channel of the image.</param>
    /// <param name="size">Its height and width.</param>
    /// <param name="to">Receives the result.</param>
    /// <param name="wanted">Height and width of that.</param>
    public static void Mean(ReadOnlySpan<byte> from, ImageSize size, Span<byte> to, ImageSize wanted)
    {
        if (size == wanted)
        {
            from.CopyTo(to);
            return;
        }
        var area = (long)size.Height * size.Width;
        for (var y = 0; y < wanted.Height; y++)
            for (var x = 0; x < wanted.Width; x++)
            {
                var sum = area / 2;
                foreach (var (row, tall) in new Shares(y, size.Height, wanted.Height))
                    foreach (var (column, wide) in new Shares(x, size.Width, wanted.Width))
                        sum += tall * wide * from[row * size.Width + column];
                to[y * wanted.Width + x] = (byte)(sum / area);
            }
    }

    // The pixels of a side under pixel `at` of the result, with what they share: pixel i of `own` lies from i wanted to (i + 1) wanted,
    // pixel j of the result from j own to (j + 1) own.
    private readonly struct Shares(int at, int own, int wanted)
    {
        public Enumerator GetEnumerator() => new((long)at * own, (long)(at + 1) * own, wanted);

        public struct Enumerator(long begin, long end, int wanted)
        {
            private long _next = begin / wanted;

            public (int Pixel, long Share) Current { get; private set; }

            public bool MoveNext()
            {
                if (_next * wanted >= end) return false;
                Current = ((int)_next, Math.Min(end, (_next + 1) * wanted) - Math.Max(begin, _next * wanted));
                _next++;
                return true;
            }
        }
    }
}
