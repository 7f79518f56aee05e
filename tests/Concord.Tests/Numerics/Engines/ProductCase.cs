using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Numerics.Engines;

/// <summary>A product y = beta y + alpha op(a) op(b) to be tried.</summary>
internal sealed record ProductCase(int M, int N, int K, bool TransposeA, bool TransposeB, float Alpha, float Beta)
{
    /// <summary>Does the product where it is to be tried.</summary>
    public unsafe delegate void Doer(ProductCase product, float* a, float* b, float* y);

    /// <summary>Shapes from empty to more than one block of every kind, all transposes, the factors that matter.</summary>
    public static Arbitrary<ProductCase> Any { get; } = (
        from m in Extent(80)
        from n in Extent(120)
        from k in Extent(400)
        from transposeA in Gen.Elements(false, true)
        from transposeB in Gen.Elements(false, true)
        from alpha in Gen.Elements(1f, -0.5f, 0f)
        from beta in Gen.Elements(0f, 1f, 0.9f)
        select new ProductCase(m, n, k, transposeA, transposeB, alpha, beta)).ToArbitrary();

    /// <summary>Every combination of edges of the tiles, the blocks and the paths of a batch of one.</summary>
    public static IEnumerable<ProductCase> Edges() =>
        from m in new[] { 0, 1, 3, 4, 8, 13, 65 }
        from n in new[] { 0, 1, 3, 10, 16, 47, 48, 97 }
        from k in new[] { 0, 1, 2, 10, 257 }
        from transposeA in new[] { false, true }
        from transposeB in new[] { false, true }
        from beta in new[] { 0f, 0.9f }
        select new ProductCase(m, n, k, transposeA, transposeB, -0.5f, beta);

    private static Gen<int> Extent(int most) => Gen.Frequency(
        (1, Gen.Constant(0)), (2, Gen.Constant(1)), (3, Gen.Choose(2, 20)), (4, Gen.Choose(2, most)));

    /// <summary>The largest difference from the sums done in double, in units of the rounding that single precision may bring.</summary>
    public unsafe double ErrorOf(Doer multiply)
    {
        var random = new Random(M + 1000 * N + 7 * K);
        float[] a = Numbers(M * K, random), b = Numbers(K * N, random), before = Numbers(M * N, random);
        var y = Beta == 0 ? Enumerable.Repeat(float.NaN, M * N).ToArray() : (float[])before.Clone();
        fixed (float* pa = a, pb = b, py = y) multiply(this, pa, pb, py);
        var worst = 0.0;
        for (var i = 0; i < M; i++)
            for (var j = 0; j < N; j++)
            {
                double sum = 0, size = 0;
                for (var p = 0; p < K; p++)
                {
                    var term = (double)a[TransposeA ? p * M + i : i * K + p] * b[TransposeB ? j * K + p : p * N + j];
                    sum += term;
                    size += Math.Abs(term);
                }
                var expected = Alpha * sum + (Beta == 0 ? 0 : Beta * before[i * N + j]);
                var unit = 6e-8 * (Math.Abs(Alpha) * size + Math.Abs(Beta * before[i * N + j]) + 1e-30) * (4 + Math.Sqrt(K));
                var error = Math.Abs(y[i * N + j] - expected) / unit;
                if (!(error <= worst)) worst = error;   // NaN counts as worst
            }
        return worst;
    }

    /// <summary>The result's bits.</summary>
    public unsafe float[] ResultOf(Doer multiply)
    {
        var random = new Random(1);
        float[] a = Numbers(M * K, random), b = Numbers(K * N, random), y = Numbers(M * N, random);
        fixed (float* pa = a, pb = b, py = y) multiply(this, pa, pb, py);
        return y;
    }

    /// <summary>At least one number, so that there is an address.</summary>
    private static float[] Numbers(int count, Random random)
    {
        var numbers = new float[Math.Max(count, 1)];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = random.NextSingle() * 2 - 1;
        return numbers;
    }
}
