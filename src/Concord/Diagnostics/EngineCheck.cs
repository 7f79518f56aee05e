using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Diagnostics;

/// <summary>Whether an engine computes what it should here: products as in double precision, and denormal numbers as zero.</summary>
public static class EngineCheck
{
    // Single precision rounds to 2^-24; a sum of k products of unit normals grows as sqrt k and so does its error.
    private const double Tolerance = 1e-5;

    private static readonly int[] s_extents = [1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 32, 33, 48, 64, 65, 100, 127, 128, 129, 200, 257];

    /// <summary>The largest error of products of random shapes in all transpositions, over sqrt k: some 1e-6 for a sound engine.</summary>
    /// <param name="kernels">The engine, in single precision.</param>
    /// <param name="shapes">How many shapes.</param>
    public static double WorstError(Kernels kernels, int shapes = 40)
    {
        var worst = 0.0;
        kernels.Run(() =>
        {
            using var oracle = Engines.Create("double");
            var stream = RandomStream.FromSeed(1);
            for (var i = 0; i < shapes; i++)
            {
                int Extent(ulong axis) => s_extents[stream.At(i).Below(axis, s_extents.Length)];
                worst = Math.Max(worst, Error(kernels, oracle, Extent(0), Extent(1), Extent(2), (i & 1) != 0, (i & 2) != 0, stream.At(i)));
            }
        });
        return worst;
    }

    /// <summary>Whether that error is one of rounding.</summary>
    public static bool IsSound(double worstError) => worstError <= Tolerance;

    /// <summary>
    /// Whether all threads of an engine take numbers too small for a normal one (below 1.2e-38 in single precision) for zero, found
    /// out by a sum and a product that are shared among all of them; and what to say of it, a clause for people. Where they do not,
    /// a training step may become several times slower after some thousand steps.
    /// </summary>
    public static (bool Flushed, string Finding) Denormals(Kernels kernels)
    {
        if (kernels.ElementType == ElementType.Double) return (false, "kept, as double precision should");
        var flushed = false;
        kernels.Run(() => flushed = SumVanishes(kernels) && ProductVanishes(kernels));
        return (flushed, Describe(flushed, FlushToZero.Obstacle, kernels.Threads));
    }

    internal static string Describe(bool flushed, string? obstacle, int threads) => flushed
        ? $"flushed to zero on {(threads == 1 ? "the engine's thread" : $"all {threads} threads")}"
        : $"NOT flushed to zero: {obstacle ?? "the mode was set, and some thread is not in it"}; "
            + "a training step may become several times slower after some thousand steps";

    private static bool SumVanishes(Kernels kernels)
    {
        const int Share = 1 << 14;   // elements for each thread: more than what keeps them on one
        Tensor x = kernels.Allocate(new(kernels.Threads, Share)), y = kernels.Allocate(x.Shape);
        kernels.Fill(x, 1.3e-38);
        kernels.Fill(y, -1.25e-38);
        kernels.Combine(1, x, 1, y);
        return IsZero(y);
    }

    /// <summary>64 terms of 1e-39 each, which are 6.4e-38 where they are kept.</summary>
    private static bool ProductVanishes(Kernels kernels)
    {
        const int Side = 64;
        Tensor a = kernels.Allocate(new(kernels.Threads * Side, Side)), b = kernels.Allocate(new(Side, Side)),
            y = kernels.Allocate(a.Shape);
        kernels.Fill(a, 1e-19);
        kernels.Fill(b, 1e-20);
        kernels.Product(a, false, b, false, y);
        return IsZero(y);
    }

    private static bool IsZero(Tensor y) => !y.AsBytes().ContainsAnyExcept((byte)0);

    private static double Error(Kernels kernels, Kernels oracle, int m, int n, int k, bool transposeA, bool transposeB, RandomStream stream)
    {
        var single = Product(kernels, m, n, k, transposeA, transposeB, stream).Singles;
        var exact = Product(oracle, m, n, k, transposeA, transposeB, stream).Doubles;
        var worst = 0.0;
        for (var i = 0; i < exact.Length; i++)
            worst = Math.Max(worst, double.IsFinite(single[i]) ? Math.Abs(single[i] - exact[i]) : double.PositiveInfinity);
        return worst / Math.Sqrt(k);
    }

    private static Tensor Product(Kernels kernels, int m, int n, int k, bool transposeA, bool transposeB, RandomStream stream)
    {
        var a = kernels.Allocate(transposeA ? new(k, m) : new(m, k));
        var b = kernels.Allocate(transposeB ? new(n, k) : new(k, n));
        var y = kernels.Allocate(new(m, n));
        kernels.FillNormal(stream.Split("a"), 0, 1, a);
        kernels.FillNormal(stream.Split("b"), 0, 1, b);
        kernels.Product(a, transposeA, b, transposeB, y);
        return y;
    }
}
