using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// The innermost piece of a convolution: eight outputs by up to three registers of filters, whose running sums all stay in registers. It is
/// <see cref="Tile{TSimd, TVector}"/> with rows that may begin anywhere: what an output sees of the image stands in a few
/// pieces, and where each begins is read from a table. So nothing is laid out first, as a patch would be.
/// </summary>
/// <typeparam name="TSimd">The instructions.</typeparam>
/// <typeparam name="TVector">Their register.</typeparam>
internal static unsafe class GatherTile<TSimd, TVector> where TSimd : struct, ISimd<TVector> where TVector : unmanaged
{
    /// <summary>Outputs of a tile.</summary>
    public const int Rows = 8;

    /// <summary>The most registers of filters in a tile.</summary>
    public static int MaxVectors => TSimd.HasManyRegisters ? 3 : 1;

    /// <summary>y = bias + sum over pieces and their steps of x times w, for eight outputs.</summary>
    /// <typeparam name="TVectors">Filters, in registers: 1 to 3.</typeparam>
    /// <param name="pieces">Pieces of the image that an output sees.</param>
    /// <param name="depth">Steps in each.</param>
    /// <param name="x">Where they begin: eight pointers a piece.</param>
    /// <param name="w">The filters at the first step; the steps of all pieces follow each other.</param>
    /// <param name="filters">From one step to the next in w, and from one output to the next in y.</param>
    /// <param name="bias">What sums begin with; null for zeros.</param>
    /// <param name="y">The first output.</param>
    /// <param name="count">How many of the eight outputs are written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Multiply<TVectors>(int pieces, int depth, float** x, float* w, nint filters, float* bias, float* y, int count)
        where TVectors : struct, ICount
    {
        var start = bias is null ? default : TileRow<TSimd, TVector>.Read<TVectors>(bias);
        TileRow<TSimd, TVector> r0 = start, r1 = start, r2 = start, r3 = start, r4 = start, r5 = start, r6 = start, r7 = start;
        for (; pieces > 0; pieces--, x += Rows)
        {
            float* x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4], x5 = x[5], x6 = x[6], x7 = x[7];
            for (nint t = 0; t < depth; t++, w += filters)
            {
                var row = TileRow<TSimd, TVector>.Read<TVectors>(w);
                r0.Add<TVectors>(x0[t], row);
                r1.Add<TVectors>(x1[t], row);
                r2.Add<TVectors>(x2[t], row);
                r3.Add<TVectors>(x3[t], row);
                r4.Add<TVectors>(x4[t], row);
                r5.Add<TVectors>(x5[t], row);
                r6.Add<TVectors>(x6[t], row);
                r7.Add<TVectors>(x7[t], row);
            }
        }
        r0.Store<TVectors>(y);
        if (count > 1) r1.Store<TVectors>(y + filters);
        if (count > 2) r2.Store<TVectors>(y + 2 * filters);
        if (count > 3) r3.Store<TVectors>(y + 3 * filters);
        if (count > 4) r4.Store<TVectors>(y + 4 * filters);
        if (count > 5) r5.Store<TVectors>(y + 5 * filters);
        if (count > 6) r6.Store<TVectors>(y + 6 * filters);
        if (count > 7) r7.Store<TVectors>(y + 7 * filters);
    }
}
