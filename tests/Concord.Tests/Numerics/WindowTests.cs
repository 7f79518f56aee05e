using Concord.Numerics;

namespace Concord.Tests.Numerics;

public class WindowTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AWindowShowsTheImageWhereItLiesOnIt(int channels) => Scene.ForAll(s =>
    {
        // shapes up to 70 x 70, windows that lie inside, across an edge, around the image and beside it
        int height = s.Rows % 9 + 1, width = s.Width + 1, viewHeight = s.Rows % 5 + 1, viewWidth = s.Width % 40 + 1;
        const int samples = 3, batch = 8;
        Shape image = new(channels, height, width), view = new(channels, viewHeight, viewWidth);
        var draws = RandomStream.FromSeed(s.Rows * 100 + s.Width);
        var bytes = Enumerable.Range(0, samples * image.Length).Select(i => (byte)(i * 37 + i / 256)).ToArray();
        var singles = bytes.Select(b => b / 3f).ToArray();
        var rows = Enumerable.Range(0, batch).Select(n => n * 2 % samples).ToArray();
        var windows = Enumerable.Range(0, batch).Select(n =>
        {
            int Draw(int i, int bound) => draws.Below((ulong)(16 * n + i), bound);
            int top = Draw(0, viewHeight + 1), left = Draw(1, viewWidth + 1);
            return new SampleWindow(Draw(2, height + 2 * viewHeight + 1) - viewHeight, Draw(3, width + 2 * viewWidth + 1) - viewWidth,
                Draw(4, 2) == 1, n % 2 == 0 ? default
                    : new(top, left, top + Draw(5, viewHeight - top + 1), left + Draw(6, viewWidth - left + 1)));
        }).ToArray();
        float[] offset = [.. Enumerable.Range(0, channels).Select(c => 100.3f + c)],
            scale = [.. Enumerable.Range(0, channels).Select(c => 0.013f * (c + 1))];

        double Expected(int e, Func<int, double> source)
        {
            int j = e % viewWidth, i = e / viewWidth % viewHeight, c = e / (viewWidth * viewHeight) % channels, n = e / view.Length;
            var at = windows[n];
            if (i >= at.Hole.Top && i < at.Hole.Bottom && j >= at.Hole.Left && j < at.Hole.Right) return 0;
            int y = at.Top + i, x = at.Left + (at.Flip ? viewWidth - 1 - j : j);
            var pixel = y < 0 || y >= height || x < 0 || x >= width ? 0 : source(((rows[n] * channels + c) * height + y) * width + x);
            return (pixel - offset[c]) * scale[c];
        }

        foreach (var shape in (Shape[])[view.Batch(batch), new(batch, view.Length)])
        {
            var result = s.Garbage(shape);
            s.Kernels.LoadWindows(bytes, image, rows, windows, offset, scale, view, result);
            s.Equal(e => Expected(e, k => bytes[k]), result, 4);
            s.Kernels.LoadWindows(singles, image, rows, windows, offset, scale, view, result);
            s.Equal(e => Expected(e, k => singles[k]), result, 4);
        }
    });

    [Fact]
    public void AWindowAsLargeAsTheImageIsTheImageToTheBit()
    {
        using var kernels = new FloatKernels();
        var image = new Shape(3, 7, 11);
        var bytes = Enumerable.Range(0, 4 * image.Length).Select(i => (byte)(i * 41)).ToArray();
        int[] rows = [3, 0, 2];
        float[] offset = [1.5f, 100, 3], scale = [0.3f, 0.01f, 2];
        Tensor whole = kernels.Allocate(image.Batch(3)), windows = kernels.Allocate(image.Batch(3));
        kernels.LoadRows(bytes, rows, offset, scale, whole);
        kernels.LoadWindows(bytes, image, rows, new SampleWindow[3], offset, scale, image, windows);
        Assert.Equal(whole.ToArray(), windows.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void WhatDoesNotFitIsRefused(int mistake)
    {
        using var kernels = new FloatKernels();
        var image = mistake == 0 ? new Shape(12) : new Shape(3, 2, 2);
        var view = mistake == 1 ? new Shape(2, 2, 2) : new Shape(3, 2, 1);
        var rows = new[] { mistake == 2 ? 2 : 1 };
        var windows = new SampleWindow[mistake == 3 ? 2 : 1];
        if (mistake == 4) windows[0] = new(0, 0, false, new(0, 0, 1, 2));
        var y = kernels.Allocate(new(1, mistake == 5 ? 7 : 6));
        Assert.ThrowsAny<ArgumentException>(() => kernels.LoadWindows(new byte[24], image, rows, windows, [0, 0, 0], [1, 1, 1], view, y));
    }
}
