using Concord.Numerics;

namespace Concord.Tests.Numerics;

public class ReductionTests
{
    [Fact]
    public void RowSumsGoWhereTheAccumulatorSays() => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), row = s.DrawRow();
        var before = row.ToArray();
        s.Kernels.SumRows(x, new(row, 0.5, 0.25));
        s.Equal(j => 0.25 * before[j] + 0.5 * Column(s, x, j).Sum(), row, 20);
    });

    [Fact]
    public void SumsOverAllElementsAreKeptInDouble() => Scene.ForAll(s =>
    {
        var x = s.Draw();
        Assert.Equal(x.ToArray().Sum(), s.Kernels.Sum(x), 1e-10);
        Assert.Equal(x.ToArray().Sum(v => v * v), s.Kernels.SumSquares(x), 1e-9);
        if (x.Length == 0) return;
        x[x.Length - 1] = double.NaN;
        Assert.False(double.IsFinite(s.Kernels.Sum(x)));
    });

    [Fact]
    public void ASumOfManySinglesDoesNotDrown()
    {
        using var kernels = new FloatKernels();
        var x = kernels.Allocate(new Shape(3_000_001));
        kernels.Fill(x, 0.1);
        Assert.Equal(x.Length * (double)0.1f, kernels.Sum(x), 1e-6);
        Assert.Equal(x.Length * (double)0.1f * 0.1f, kernels.SumSquares(x), 1e-6);
    }

    [Fact]
    public void RowsAreComparedInDouble() => Scene.ForAll(s =>
    {
        Tensor a = s.Draw(), b = s.Draw();
        for (var i = 0; i < a.Length; i += 5) a[i] = 0;
        for (var i = 1; i < a.Length; i += 5) (a[i], b[i]) = (1e-30, i % 2 == 0 ? 1e-30 : -1e-30);
        var rows = new RowComparison[s.Rows];
        s.Kernels.CompareRows(a, b, rows);
        for (var n = 0; n < s.Rows; n++)
        {
            var pairs = Enumerable.Range(n * s.Width, s.Width).Select(i => (A: a[i], B: b[i])).ToArray();
            Assert.Equal(pairs.Sum(p => p.A * p.B), rows[n].Dot, 1e-10);
            Assert.Equal(pairs.Sum(p => p.A * p.A), rows[n].SquaredA, 1e-10);
            Assert.Equal(pairs.Sum(p => p.B * p.B), rows[n].SquaredB, 1e-10);
            Assert.Equal(pairs.Count(p => Math.Sign(p.A) * Math.Sign(p.B) > 0), rows[n].SameSign);
        }
    });

    [Fact]
    public void TheFirstOfTheLargestWinsAndNoNumberLosesToWhatIsNone()
    {
        using var kernels = new FloatKernels();
        var x = kernels.Allocate(new Shape(5, 4));
        x.CopyFrom([1, 3, 3, 2, double.NaN, -5, -4, double.NaN, 7, double.NaN, 7, 6, double.NaN, double.NaN, double.NaN, double.NaN,
            double.NegativeInfinity, double.NegativeInfinity, -1, -1]);
        var columns = new int[5];
        kernels.ArgMaxRows(x, columns);
        Assert.Equal([1, 2, 0, 0, 2], columns);
        kernels.ArgMaxRows(kernels.Allocate(new Shape(5, 0)), columns);
        Assert.Equal([-1, -1, -1, -1, -1], columns);
    }

    [Fact]
    public void ArgMaxIsTheFirstIndexOfTheMaximum() => Scene.ForAll(s =>
    {
        var x = s.Draw();
        for (var i = 0; i < x.Length; i++) x[i] = Math.Round(x[i]);
        var columns = new int[s.Rows];
        s.Kernels.ArgMaxRows(x, columns);
        for (var n = 0; n < s.Rows && s.Width > 0; n++)
        {
            var row = x.ToArray().AsSpan(n * s.Width, s.Width).ToArray();
            Assert.Equal(Array.IndexOf(row, row.Max()), columns[n]);
        }
    });

    internal static IEnumerable<double> Column(Scene s, Tensor x, int j) => Enumerable.Range(0, s.Rows).Select(n => x[n * s.Width + j]);

    internal static IEnumerable<double> Row(Scene s, Tensor x, int n) => Enumerable.Range(0, s.Width).Select(j => x[n * s.Width + j]);
}
