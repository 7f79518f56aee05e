using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines.Products;

/// <summary>A number known to the compiler, so that what it switches off leaves no trace in the code.</summary>
internal interface ICount
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

internal readonly struct One : ICount { public static int Value => 1; }
internal readonly struct Two : ICount { public static int Value => 2; }
internal readonly struct Three : ICount { public static int Value => 3; }
internal readonly struct Four : ICount { public static int Value => 4; }
internal readonly struct Eight : ICount { public static int Value => 8; }

/// <summary>
/// The innermost piece of a product: a small tile of the result, whose running sums all stay in registers. For each
/// step p along the inner length it reads one column of a (a number per row) and one row of b (up to three registers),
/// and adds their outer product. So 8 + 3 reads feed 8 x 3 multiply-adds: without the tile every multiply-add would
/// need two reads of its own, and the processor would wait for memory. Twenty-four sums are also what hides the time one
/// multiply-add takes (4 cycles, 2 started in each: at least 8 must be on their way).
/// <para>Each result is one running sum in the order of p, whatever the tile: so results do not depend on how tiles are laid.</para>
/// </summary>
/// <typeparam name="TSimd">The instructions.</typeparam>
/// <typeparam name="TVector">Their register.</typeparam>
internal static unsafe class Tile<TSimd, TVector> where TSimd : struct, ISimd<TVector> where TVector : unmanaged
{
    /// <summary>The most registers side by side in a tile.</summary>
    public const int MaxVectors = 3;

    /// <summary>y = beta y + alpha a b on a tile; beta = 0 overwrites.</summary>
    /// <typeparam name="TRows">Its rows: 8, or 4 where eight would not fit the registers.</typeparam>
    /// <typeparam name="TVectors">Its columns, in registers: 1 to 3.</typeparam>
    /// <param name="rounds">How often the inner length begins again elsewhere: 1 for a matrix, the rows of an image.</param>
    /// <param name="roundA">From one round to the next in a.</param>
    /// <param name="roundB">From one round to the next in b.</param>
    /// <param name="depth">The steps along the inner length.</param>
    /// <param name="a">The numbers of the rows at step 0, neighbours in memory.</param>
    /// <param name="stepA">From one step to the next in a.</param>
    /// <param name="b">The columns at step 0, neighbours in memory.</param>
    /// <param name="stepB">From one step to the next in b.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of what stands in y.</param>
    /// <param name="y">The tile's first element.</param>
    /// <param name="stepY">From one row to the next in y.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Multiply<TRows, TVectors>(int rounds, nint roundA, nint roundB, int depth, float* a, nint stepA, float* b,
        nint stepB, float alpha, float beta, float* y, nint stepY)
        where TRows : struct, ICount where TVectors : struct, ICount
    {
        TileRow<TSimd, TVector> r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default,
            r6 = default, r7 = default;
        roundA -= depth * stepA;
        roundB -= depth * stepB;
        for (; rounds > 0; rounds--, a += roundA, b += roundB)
        {
            for (var left = depth; left > 0; left--)
            {
                var row = TileRow<TSimd, TVector>.Read<TVectors>(b);
                r0.Add<TVectors>(a[0], row);
                r1.Add<TVectors>(a[1], row);
                r2.Add<TVectors>(a[2], row);
                r3.Add<TVectors>(a[3], row);
                if (TRows.Value == 8)
                {
                    r4.Add<TVectors>(a[4], row);
                    r5.Add<TVectors>(a[5], row);
                    r6.Add<TVectors>(a[6], row);
                    r7.Add<TVectors>(a[7], row);
                }
                a += stepA;
                b += stepB;
            }
        }
        r0.Finish<TVectors>(alpha, beta, y);
        r1.Finish<TVectors>(alpha, beta, y += stepY);
        r2.Finish<TVectors>(alpha, beta, y += stepY);
        r3.Finish<TVectors>(alpha, beta, y += stepY);
        if (TRows.Value == 8)
        {
            r4.Finish<TVectors>(alpha, beta, y += stepY);
            r5.Finish<TVectors>(alpha, beta, y += stepY);
            r6.Finish<TVectors>(alpha, beta, y += stepY);
            r7.Finish<TVectors>(alpha, beta, y += stepY);
        }
    }

    /// <summary>y = beta y + alpha sum on one register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(TVector sum, float alpha, float beta, float* y)
    {
        var scaled = TSimd.Broadcast(alpha);
        TSimd.Store(beta == 0
            ? TSimd.Multiply(scaled, sum)
            : TSimd.MultiplyAdd(scaled, sum, TSimd.Multiply(TSimd.Broadcast(beta), TSimd.Load(y))), y);
    }
}
