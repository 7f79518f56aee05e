using Concord.Numerics;

namespace Concord.Tests.Numerics;

public class RowTests
{
    [Fact]
    public void ARowIsAddedToEverySample() => Scene.ForAll(s =>
    {
        Tensor row = s.DrawRow(), y = s.Draw();
        var before = y.ToArray();
        s.Kernels.AddRow(row, y);
        s.Equal(i => before[i] + row[i % s.Width], y);
    });

    [Fact]
    public void RowsAreMultipliedWithEachOtherAndScaled() => Scene.ForAll(s =>
    {
        Tensor a = s.Draw(), b = s.Draw(), dots = s.DrawColumn(), y = s.Garbage();
        s.Kernels.RowDots(a, b, dots);
        s.Equal(n => Enumerable.Range(n * s.Width, s.Width).Sum(i => a[i] * b[i]), dots, 4);
        s.Kernels.ScaleRows(dots, b, y);
        s.Equal(i => dots[i / s.Width] * b[i], y);
        var before = b.ToArray();
        s.Kernels.ScaleRows(dots, b, b);
        s.Equal(i => dots[i / s.Width] * before[i], b);
        if (s.Width != 1) Assert.Contains("a number for each of the", Assert.Throws<ArgumentException>(
            () => s.Kernels.ScaleRows(s.Draw(new Shape(s.Rows + 1)), b, y)).Message, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void AGatherIsAProductWithASparseMatrix(int nonZeros) => Scene.ForAll(s =>
    {
        var columns = s.Width + 3;
        Tensor source = s.Draw(new Shape(s.Rows, columns)), values = s.Draw(new Shape(s.Width, nonZeros)), result = s.Garbage();
        var index = Enumerable.Range(0, values.Length).Select(i => i * 5 % columns).ToArray();
        s.Kernels.Gather(source, index, values, result);
        s.Equal(e => Enumerable.Range(e % s.Width * nonZeros, nonZeros).Sum(i => values[i] * source[e / s.Width * columns + index[i]]),
            result, 4);
    });

    [Fact]
    public void OneHotRowsHaveOneOne() => Scene.ForAll(s =>
    {
        if (s.Width == 0) return;
        var labels = Enumerable.Range(0, s.Rows).Select(n => n * 11 % s.Width).ToArray();
        var y = s.Garbage();
        s.Kernels.OneHot(labels, y);
        s.Equal(i => labels[i / s.Width] == i % s.Width ? 1 : 0, y);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ABatchIsPickedAndNormalisedAChannelAtATime(int channels) => Scene.ForAll(s =>
    {
        var width = s.Width * channels;
        const int samples = 7;
        var bytes = Enumerable.Range(0, samples * width).Select(i => (byte)(i * 37 + i / 256)).ToArray();
        var singles = bytes.Select(b => b / 3f).ToArray();
        var rows = Enumerable.Range(0, s.Rows).Select(n => n * 3 % samples).ToArray();
        float[] offset = [.. Enumerable.Range(0, channels).Select(c => 100.3f + c)],
            scale = [.. Enumerable.Range(0, channels).Select(c => 0.013f * (c + 1))];
        var y = s.Garbage(new Shape(s.Rows, channels, s.Width));
        double Expected(int i, Func<int, double> source) =>
            (source(rows[i / width] * width + i % width) - offset[i % width / s.Width]) * scale[i % width / s.Width];
        s.Kernels.LoadRows(bytes, rows, offset, scale, y);
        s.Equal(i => Expected(i, k => bytes[k]), y, 4);
        s.Kernels.LoadRows(singles, rows, offset, scale, y);
        s.Equal(i => Expected(i, k => singles[k]), y, 4);
    });

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void TheDoubleProductIsTheSumOverTheInnerAxis(bool transposeA, bool transposeB)
    {
        using var kernels = new Concord.Numerics.Engines.DoubleKernels();
        foreach (var (m, n, k) in ((int, int, int)[])[(1, 1, 1), (3, 5, 4), (0, 3, 2), (2, 0, 3), (2, 3, 0), (7, 9, 33)])
        {
            var s = new Scene(kernels, m, n, m + n + k);
            Tensor a = s.Draw(transposeA ? new Shape(k, m) : new Shape(m, k)), b = s.Draw(transposeB ? new Shape(n, k) : new Shape(k, n)),
                y = s.Garbage();
            double Dot(int i) => Enumerable.Range(0, k)
                .Sum(p => a[transposeA ? p * m + i / n : i / n * k + p] * b[transposeB ? i % n * k + p : p * n + i % n]);
            kernels.Product(a, transposeA, b, transposeB, y, 0.5);
            s.Equal(i => 0.5 * Dot(i), y, 40);
            kernels.Product(a, transposeA, b, transposeB, y, 1, -2);
            s.Equal(i => Dot(i) - 2 * 0.5 * Dot(i), y, 40);
        }
    }
}
