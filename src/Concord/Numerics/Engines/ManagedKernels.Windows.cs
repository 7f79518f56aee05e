namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void LoadWindowsCore(ReadOnlySpan<byte> source, Shape image, ReadOnlySpan<int> rows,
        ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y) =>
        LoadWindowsOf(source, image, rows, windows, offset, scale, window, y);

    /// <inheritdoc/>
    protected override void LoadWindowsCore(ReadOnlySpan<float> source, Shape image, ReadOnlySpan<int> rows,
        ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y) =>
        LoadWindowsOf(source, image, rows, windows, offset, scale, window, y);

    private void LoadWindowsOf<TSource>(ReadOnlySpan<TSource> source, Shape image, ReadOnlySpan<int> rows,
        ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y)
        where TSource : unmanaged
    {
        fixed (TSource* from = source)
        fixed (int* picked = rows)
        fixed (SampleWindow* at = windows)
        fixed (float* offsets = offset, scales = scale)
            Rows(new WindowWork<TSource>(from, image[0], image[1], image[2], picked, at, offsets, scales, window[1], window[2], Pointer(y)),
                rows.Length, window.Length, Cheap, y);
    }

    /// <summary>
    /// A row of pixels at a time: what lies in the image is converted, what lies outside it is filled,
    /// the whole turned round where it is flipped; holes last.
    /// </summary>
    private readonly struct WindowWork<TSource>(
        TSource* source, int channels, int imageHeight, int imageWidth, int* rows, SampleWindow* windows, float* offset, float* scale,
        int height, int width, T* y) : IRangeWork
        where TSource : unmanaged
    {
        public void Run(int start, int end)
        {
            var odd = stackalloc TSource[Conversion<TSource>.Block];
            var done = stackalloc T[Conversion<TSource>.Block];
            for (var n = start; n < end; n++)
                for (var c = 0; c < channels; c++)
                    Plane(source + ((long)rows[n] * channels + c) * imageHeight * imageWidth, windows[n], T.CreateTruncating(offset[c]),
                        T.CreateTruncating(scale[c]), y + ((long)n * channels + c) * height * width, odd, done);
        }

        private void Plane(TSource* from, in SampleWindow window, T minus, T times, T* to, TSource* odd, T* done)
        {
            var padding = (T.Zero - minus) * times;
            // the columns of the window that lie in the image, if any
            var first = (int)Math.Clamp(-(long)window.Left, 0, width);
            var last = (int)Math.Clamp((long)imageWidth - window.Left, first, width);
            for (var i = 0; i < height; i++, to += width)
            {
                var row = new Span<T>(to, width);
                var at = (long)window.Top + i;
                if (at < 0 || at >= imageHeight) row.Fill(padding);
                else
                {
                    row[..first].Fill(padding);
                    if (last > first) Conversion<TSource>.Run(from + at * imageWidth + window.Left + first, last - first, minus, times,
                        to + first, odd, done);
                    row[last..].Fill(padding);
                    if (window.Flip) row.Reverse();
                }
                if (i >= window.Hole.Top && i < window.Hole.Bottom) row[window.Hole.Left..window.Hole.Right].Clear();
            }
        }
    }
}
