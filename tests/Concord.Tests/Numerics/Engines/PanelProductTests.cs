using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Numerics.Engines.Products;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Numerics.Engines;

public sealed unsafe class PanelProductTests
{
    /// <summary>Widths that this machine has; wider ones would be emulated, and would not show the hardware's.</summary>
    public static TheoryData<int> Widths => new(
        from width in Enum.GetValues<VectorWidth>()
        where width <= VectorWidths.Widest
        select (int)width);

    [Theory, MemberData(nameof(Widths))]
    public void AProductIsRightAtEveryEdge(int width)
    {
        using var team = new ThreadTeam(2);
        var multiply = Doer(new PanelProduct(team, (VectorWidth)width));
        foreach (var product in ProductCase.Edges())
            Assert.True(product.ErrorOf(multiply) < 1, product.ToString());
    }

    [Theory, MemberData(nameof(Widths))]
    public void AProductIsRightAtRandomShapes(int width)
    {
        var multiply = Doer(new PanelProduct(new SerialTeam(), (VectorWidth)width));
        Prop.ForAll(ProductCase.Any, product => product.ErrorOf(multiply) < 1).QuickCheckThrowOnFailure();
    }

    [Theory, MemberData(nameof(Widths))]
    public void AProductHasTheSameBitsOnAnyNumberOfThreads(int width)
    {
        using ThreadTeam two = new(2), three = new(3);
        var multiply = Doer(new PanelProduct(new SerialTeam(), (VectorWidth)width));
        var others = new[] { Doer(new PanelProduct(two, (VectorWidth)width)), Doer(new PanelProduct(three, (VectorWidth)width)) };
        var shapes =
            from shape in new[] { (64, 500, 300), (1, 1003, 784), (1003, 1, 784), (1000, 10, 128), (77, 130, 259),
                (530, 477, 1), (10, 999, 64) }
            from transposeA in new[] { false, true }
            from transposeB in new[] { false, true }
            select new ProductCase(shape.Item1, shape.Item2, shape.Item3, transposeA, transposeB, 0.7f, 0.9f);
        foreach (var product in shapes)
        {
            var expected = product.ResultOf(multiply);
            foreach (var other in others)
                Assert.True(expected.AsSpan().SequenceEqual(product.ResultOf(other)), product.ToString());
        }
    }

    [Theory, MemberData(nameof(Widths))]
    public void AFewRowsTimesATransposedMatrixHaveTheBitsOfOtherProducts(int width)
    {
        using var team = new ThreadTeam(3);
        var multiply = new PanelProduct(team, (VectorWidth)width);
        foreach (var transposeA in new[] { false, true })
            foreach (var (m, n, k) in new[] { (2, 9, 64), (7, 250, 257), (33, 100, 600), (49, 77, 1000), (100, 403, 300) })
            {
                Tensor a = Random(m, k), b = Random(n, k), y = new(new(m, n)), packed = new(new(m, n));
                y.Singles.Fill(float.NaN);
                multiply.Multiply(transposeA, true, m, n, k, 1, a.Pointer<float>(), b.Pointer<float>(), 0, y.Pointer<float>());
                // what is added to is computed in the other way
                multiply.Multiply(transposeA, true, m, n, k, 1, a.Pointer<float>(), b.Pointer<float>(), 1, packed.Pointer<float>());
                Assert.True(packed.Singles.SequenceEqual(y.Singles), $"{m}x{n}x{k}, {transposeA}");
            }

        static Tensor Random(int rows, int columns)
        {
            var tensor = new Tensor(new(rows, columns));
            var random = new Random(rows + columns);
            foreach (ref var element in tensor.Singles) element = random.NextSingle() - 0.5f;
            return tensor;
        }
    }

    [Fact]
    public void AWarmProductAllocatesNothing()
    {
        using var team = new ThreadTeam(2);
        var multiply = new PanelProduct(team);
        Tensor x = new(new(128, 256)), w = new(new(256, 256)), y = new(new(128, 256));
        for (var i = 0; i < 3; i++) Products();
        Assert.Equal(0, Allocation.Of(Products));

        void Products()
        {
            multiply.Multiply(false, false, 128, 256, 256, 1, x.Pointer<float>(), w.Pointer<float>(), 0, y.Pointer<float>());
            multiply.Multiply(false, true, 1, 256, 256, 1, x.Pointer<float>(), w.Pointer<float>(), 0, y.Pointer<float>());
            multiply.Multiply(true, false, 256, 128, 1, 1, x.Pointer<float>(), w.Pointer<float>(), 1, y.Pointer<float>());
        }
    }

    [Fact]
    public void AProductReadsNothingBeyondItsOperands()
    {
        // NaN all around: whatever is read in excess would show.
        var multiply = new PanelProduct(new SerialTeam());
        foreach (var product in ProductCase.Edges().Append(new(33, 21, 300, false, true, 1, 0)).Where(p => p.M * p.N * p.K > 0))
        {
            float[] a = Framed(product.M * product.K), b = Framed(product.K * product.N), y = Framed(product.M * product.N);
            fixed (float* pa = a, pb = b, py = y)
                multiply.Multiply(product.TransposeA, product.TransposeB, product.M, product.N, product.K, 1, pa + 64, pb + 64, 0, py + 64);
            Assert.All(y[64..^64], value => Assert.Equal(product.K, value));
            Assert.All(y[..64].Concat(y[^64..]), value => Assert.True(float.IsNaN(value), product.ToString()));
        }

        static float[] Framed(int count) =>
            [.. Enumerable.Repeat(float.NaN, 64), .. Enumerable.Repeat(1f, count), .. Enumerable.Repeat(float.NaN, 64)];
    }

    private static ProductCase.Doer Doer(PanelProduct multiply) => (product, a, b, y) =>
        multiply.Multiply(product.TransposeA, product.TransposeB, product.M, product.N, product.K, product.Alpha, a, b, product.Beta, y);
}
