namespace Concord.Numerics;

public abstract partial class Kernels
{
    /// <summary>
    /// y_n = a window of image rows[n], normalised: channel by channel, (x - offset_c) * scale_c, where x is 0 outside of the image and the
    /// result itself is 0 in the hole. So padding is black before normalisation, and a hole is the mean after it, as their papers have it.
    /// </summary>
    /// <param name="source">Images of that shape, one after another.</param>
    /// <param name="image">[C, H, W].</param>
    /// <param name="rows">Which image each result comes from.</param>
    /// <param name="windows">Which part of it.</param>
    /// <param name="offset">One entry per channel.</param>
    /// <param name="scale">One entry per channel.</param>
    /// <param name="window">[C, h, w]: the shape of every result.</param>
    /// <param name="y">N rows of C h w elements.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist, or a hole reaches beyond the window.</exception>
    public void LoadWindows(ReadOnlySpan<byte> source, Shape image, ReadOnlySpan<int> rows, ReadOnlySpan<SampleWindow> windows,
        ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y)
    {
        CheckWindows(source.Length, image, rows, windows, offset, scale, window, y);
        LoadWindowsCore(source, image, rows, windows, offset, scale, window, y);
    }

    /// <summary>The same from images in single precision, with the same parameters and exceptions.</summary>
    public void LoadWindows(ReadOnlySpan<float> source, Shape image, ReadOnlySpan<int> rows, ReadOnlySpan<SampleWindow> windows,
        ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y)
    {
        CheckWindows(source.Length, image, rows, windows, offset, scale, window, y);
        LoadWindowsCore(source, image, rows, windows, offset, scale, window, y);
    }

    /// <summary>What the method of that name does, once shapes, rows and holes are checked.</summary>
    protected abstract void LoadWindowsCore(ReadOnlySpan<byte> source, Shape image, ReadOnlySpan<int> rows,
        ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y);

    /// <summary>The same from images in single precision.</summary>
    protected abstract void LoadWindowsCore(ReadOnlySpan<float> source, Shape image, ReadOnlySpan<int> rows,
        ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y);

    private void CheckWindows(int length, Shape image, ReadOnlySpan<int> rows, ReadOnlySpan<SampleWindow> windows,
        ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y)
    {
        if (image.Rank != 3 || window.Rank != 3 || window[0] != image[0] || offset.Length != image[0] || scale.Length != image[0])
            throw new ArgumentException($"Windows {window} of images {image} with {offset.Length} offsets and {scale.Length} scales do not "
                + "fit: [C, h, w] of [C, H, W] and one of each a channel were expected.");
        if (rows.Length != windows.Length || rows.Length != y.Shape.Rows || y.Shape.RowLength != window.Length)
            throw new ArgumentException(
                $"{rows.Length} rows and {windows.Length} windows {window} do not fill a batch of shape {y.Shape}.");
        foreach (var row in rows)
            if (row < 0 || ((long)row + 1) * image.Length > length)
                throw new ArgumentOutOfRangeException(nameof(rows), $"Row {row} lies outside {length} elements in images {image}.");
        foreach (ref readonly var at in windows)
            if (at.Hole.Top < 0 || at.Hole.Left < 0 || at.Hole.Bottom < at.Hole.Top || at.Hole.Right < at.Hole.Left
                || at.Hole.Bottom > window[1] || at.Hole.Right > window[2])
                throw new ArgumentOutOfRangeException(nameof(windows), $"The hole {at.Hole} does not lie in a window {window}.");
        if (Log is not null) Count(nameof(LoadWindows), y.Shape, 0, Of(y), Put(y));
    }
}
