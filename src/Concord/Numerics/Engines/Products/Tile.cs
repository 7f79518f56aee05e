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
/// step p along the inner length it reads one column of a (a number a row) and one row of b (up to three registers),
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
    /// <param name="rounds">How often the inner length begins anew elsewhere: 1 for a matrix, the rows of an image.</param>
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
    public static void Multiply<TRows, TVectors>(int rounds, nint roundA, nint roundB, int depth, float* a, nint stepA, float* b, nint stepB, float alpha, float beta, float* y, nint stepY)
        where TRows : struct, ICount where TVectors : struct, ICount
    {
        Sums r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default, r6 = default, r7 = default;
        roundA -= depth * stepA;
        roundB -= depth * stepB;
        for (; rounds > 0; rounds--, a += roundA, b += roundB)
        {
            for (var left = depth; left > 0; left--)
            {
                var row = Read<TVectors>(b);
                r0 = Add<TVectors>(r0, a[0], row);
                r1 = Add<TVectors>(r1, a[1], row);
                r2 = Add<TVectors>(r2, a[2], row);
                r3 = Add<TVectors>(r3, a[3], row);
                if (TRows.Value == 8)
                {
                    r4 = Add<TVectors>(r4, a[4], row);
                    r5 = Add<TVectors>(r5, a[5], row);
                    r6 = Add<TVectors>(r6, a[6], row);
                    r7 = Add<TVectors>(r7, a[7], row);
                }
                a += stepA;
                b += stepB;
            }
        }
        Finish<TVectors>(r0, alpha, beta, y);
        Finish<TVectors>(r1, alpha, beta, y += stepY);
        Finish<TVectors>(r2, alpha, beta, y += stepY);
        Finish<TVectors>(r3, alpha, beta, y += stepY);
        if (TRows.Value == 8)
        {
            Finish<TVectors>(r4, alpha, beta, y += stepY);
            Finish<TVectors>(r5, alpha, beta, y += stepY);
            Finish<TVectors>(r6, alpha, beta, y += stepY);
            Finish<TVectors>(r7, alpha, beta, y += stepY);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums Read<TVectors>(float* b) where TVectors : struct, ICount
    {
        Sums row = default;
        row.First = TSimd.Load(b);
        if (TVectors.Value > 1) row.Second = TSimd.Load(b + TSimd.Lanes);
        if (TVectors.Value > 2) row.Third = TSimd.Load(b + 2 * TSimd.Lanes);
        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Sums Add<TVectors>(Sums sums, float factor, Sums row) where TVectors : struct, ICount
    {
        var all = TSimd.Broadcast(factor);
        sums.First = TSimd.MultiplyAdd(all, row.First, sums.First);
        if (TVectors.Value > 1) sums.Second = TSimd.MultiplyAdd(all, row.Second, sums.Second);
        if (TVectors.Value > 2) sums.Third = TSimd.MultiplyAdd(all, row.Third, sums.Third);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TVectors>(Sums sums, float alpha, float beta, float* y) where TVectors : struct, ICount
    {
        Finish(sums.First, alpha, beta, y);
        if (TVectors.Value > 1) Finish(sums.Second, alpha, beta, y + TSimd.Lanes);
        if (TVectors.Value > 2) Finish(sums.Third, alpha, beta, y + 2 * TSimd.Lanes);
    }

    private struct Sums
    {
        public TVector First, Second, Third;
    }
}
