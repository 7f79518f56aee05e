using Concord.Numerics;
using Concord.Numerics.Engines;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Numerics;

/// <summary>A team that does its parts one after the other, the last one first, so that a cut which matters shows.</summary>
internal sealed unsafe class FakeTeam(int threads) : Team
{
    public override int Threads => threads;

    protected override void Fork(delegate*<void*, int, int, void> body, void* state, int members)
    {
        for (var member = members - 1; member >= 0; member--) body(state, member, members);
    }
}

/// <summary>The managed engine in single precision under any team, with a product that is plain to read.</summary>
internal sealed unsafe class FloatKernels(int threads = 1) : ManagedKernels<float>(new FakeTeam(threads))
{
    public override string Name => "test";

    protected override void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, float* b,
        float beta, float* y)
    {
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
            {
                var sum = 0.0;
                for (var p = 0; p < k; p++) sum += (double)a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
                y[i * n + j] = (float)(alpha * sum + (beta == 0 ? 0 : (double)beta * y[i * n + j]));
            }
    }
}

/// <summary>An engine, a shape and tensors drawn for them: what a test of one operation needs.</summary>
internal sealed class Scene(Kernels kernels, int rows, int width, int seed)
{
    private int _drawn;

    public Kernels Kernels => kernels;

    public int Rows => rows;

    public int Width => width;

    /// <summary>Relative to the size of the numbers that meet in the result.</summary>
    public double Tolerance => kernels.ElementType == ElementType.Single ? 4e-6 : 2e-14;

    /// <summary>Runs the test with float and double at a hundred random shapes each, empty and odd ones among them.</summary>
    public static void ForAll(Action<Scene> test)
    {
        var length = Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Constant(1)), (6, Gen.Choose(0, 19)), (1, Gen.Choose(20, 70)));
        using var single = new FloatKernels();
        using var twice = new DoubleKernels();
        foreach (var kernels in (Kernels[])[single, twice])
        {
            test(new Scene(kernels, 2_500, 11, 3));   // as tall as the pixels of images are
            Prop.ForAll(
                Arb.From(Gen.Zip(length, length)), Arb.From(Gen.Choose(0, 1 << 20)),
                (shape, seed) => test(new Scene(kernels, shape.Item1, shape.Item2, seed))).QuickCheckThrowOnFailure();
        }
    }

    /// <summary>A batch of standard normal numbers.</summary>
    public Tensor Draw() => Draw(new Shape(rows, width));

    /// <summary>One number per column.</summary>
    public Tensor DrawRow() => Draw(new Shape(width));

    /// <summary>One number per row.</summary>
    public Tensor DrawColumn() => Draw(new Shape(rows));

    public Tensor Draw(Shape shape)
    {
        var tensor = kernels.Allocate(shape);
        var random = RandomStream.FromSeed(seed).At(_drawn++);
        for (var i = 0; i < tensor.Length; i++)
            tensor[i] = RandomStream.ToNormals(random.Word(2 * (ulong)i), random.Word(2 * (ulong)i + 1)).First;
        return tensor;
    }

    /// <summary>A number as the engine's precision holds it.</summary>
    public double Round(double value) => kernels.ElementType == ElementType.Single ? (float)value : value;

    /// <summary>A tensor full of not-a-number: what is overwritten must not be read.</summary>
    public Tensor Garbage() => Garbage(new Shape(rows, width));

    public Tensor Garbage(Shape shape)
    {
        var tensor = kernels.Allocate(shape);
        for (var i = 0; i < tensor.Length; i++) tensor[i] = double.NaN;
        return tensor;
    }

    public void Equal(Func<int, double> expected, Tensor actual, double scale = 1)
    {
        for (var i = 0; i < actual.Length; i++)
        {
            double e = expected(i), a = actual[i];
            Assert.True(Math.Abs(e - a) <= Tolerance * scale * Math.Max(1, Math.Abs(e)) || e.Equals(a),
                $"Element {i} of {actual}: expected {e:R}, found {a:R}.");
        }
    }
}
