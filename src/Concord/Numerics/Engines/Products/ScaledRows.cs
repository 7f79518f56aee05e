using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// The innermost piece of a sparse convolution: to += sum_k values_k row_k, where row k begins wherever its offset says. All running sums
/// of a piece stay in registers while it walks over the list.
/// </summary>
/// <typeparam name="TSimd">The instructions.</typeparam>
/// <typeparam name="TVector">Their register.</typeparam>
internal static unsafe class ScaledRows<TSimd, TVector> where TSimd : struct, ISimd<TVector> where TVector : unmanaged
{
    /// <summary>Registers of a piece whose places are given one by one.</summary>
    public const int Scattered = 6;

    /// <summary>Rows of so many neighbouring registers.</summary>
    /// <param name="registers">How many.</param>
    /// <param name="to">The sums.</param>
    /// <param name="from">What offsets count from.</param>
    /// <param name="count">Entries of the list.</param>
    /// <param name="values">Factors.</param>
    /// <param name="offsets">Where rows begin.</param>
    public static void Add(int registers, float* to, float* from, int count, float* values, int* offsets)
    {
        while (registers > 0)
        {
            var piece = registers >= 12 ? 12 : registers >= 6 ? 6 : registers >= 3 ? 3 : 1;
            switch (piece)
            {
                case 12: Twelve(to, from, count, values, offsets); break;
                case 6: Six(to, from, count, values, offsets); break;
                case 3: Three(to, from, count, values, offsets); break;
                default: One(to, from, count, values, offsets); break;
            }
            registers -= piece;
            to += piece * TSimd.Lanes;
            from += piece * TSimd.Lanes;
        }
    }

    /// <summary>Six registers, each at its own place behind the offset; their sums are neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void AddScattered(float* to, float* from, nint* places, int count, float* values, int* offsets)
    {
        float* f0 = from + places[0], f1 = from + places[1], f2 = from + places[2], f3 = from + places[3], f4 = from + places[4],
            f5 = from + places[5];
        TVector s0 = At(to, 0), s1 = At(to, 1), s2 = At(to, 2), s3 = At(to, 3), s4 = At(to, 4), s5 = At(to, 5);
        for (nint k = 0; k < count; k++)
        {
            var value = TSimd.Broadcast(values[k]);
            nint offset = offsets[k];
            s0 = TSimd.MultiplyAdd(value, TSimd.Load(f0 + offset), s0);
            s1 = TSimd.MultiplyAdd(value, TSimd.Load(f1 + offset), s1);
            s2 = TSimd.MultiplyAdd(value, TSimd.Load(f2 + offset), s2);
            s3 = TSimd.MultiplyAdd(value, TSimd.Load(f3 + offset), s3);
            s4 = TSimd.MultiplyAdd(value, TSimd.Load(f4 + offset), s4);
            s5 = TSimd.MultiplyAdd(value, TSimd.Load(f5 + offset), s5);
        }
        Put(s0, to, 0);
        Put(s1, to, 1);
        Put(s2, to, 2);
        Put(s3, to, 3);
        Put(s4, to, 4);
        Put(s5, to, 5);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Twelve(float* to, float* from, int count, float* values, int* offsets)
    {
        TVector s0 = At(to, 0), s1 = At(to, 1), s2 = At(to, 2), s3 = At(to, 3), s4 = At(to, 4), s5 = At(to, 5), s6 = At(to, 6),
            s7 = At(to, 7), s8 = At(to, 8), s9 = At(to, 9), s10 = At(to, 10), s11 = At(to, 11);
        for (nint k = 0; k < count; k++)
        {
            var value = TSimd.Broadcast(values[k]);
            var row = from + offsets[k];
            s0 = TSimd.MultiplyAdd(value, At(row, 0), s0);
            s1 = TSimd.MultiplyAdd(value, At(row, 1), s1);
            s2 = TSimd.MultiplyAdd(value, At(row, 2), s2);
            s3 = TSimd.MultiplyAdd(value, At(row, 3), s3);
            s4 = TSimd.MultiplyAdd(value, At(row, 4), s4);
            s5 = TSimd.MultiplyAdd(value, At(row, 5), s5);
            s6 = TSimd.MultiplyAdd(value, At(row, 6), s6);
            s7 = TSimd.MultiplyAdd(value, At(row, 7), s7);
            s8 = TSimd.MultiplyAdd(value, At(row, 8), s8);
            s9 = TSimd.MultiplyAdd(value, At(row, 9), s9);
            s10 = TSimd.MultiplyAdd(value, At(row, 10), s10);
            s11 = TSimd.MultiplyAdd(value, At(row, 11), s11);
        }
        Put(s0, to, 0);
        Put(s1, to, 1);
        Put(s2, to, 2);
        Put(s3, to, 3);
        Put(s4, to, 4);
        Put(s5, to, 5);
        Put(s6, to, 6);
        Put(s7, to, 7);
        Put(s8, to, 8);
        Put(s9, to, 9);
        Put(s10, to, 10);
        Put(s11, to, 11);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Six(float* to, float* from, int count, float* values, int* offsets)
    {
        TVector s0 = At(to, 0), s1 = At(to, 1), s2 = At(to, 2), s3 = At(to, 3), s4 = At(to, 4), s5 = At(to, 5);
        for (nint k = 0; k < count; k++)
        {
            var value = TSimd.Broadcast(values[k]);
            var row = from + offsets[k];
            s0 = TSimd.MultiplyAdd(value, At(row, 0), s0);
            s1 = TSimd.MultiplyAdd(value, At(row, 1), s1);
            s2 = TSimd.MultiplyAdd(value, At(row, 2), s2);
            s3 = TSimd.MultiplyAdd(value, At(row, 3), s3);
            s4 = TSimd.MultiplyAdd(value, At(row, 4), s4);
            s5 = TSimd.MultiplyAdd(value, At(row, 5), s5);
        }
        Put(s0, to, 0);
        Put(s1, to, 1);
        Put(s2, to, 2);
        Put(s3, to, 3);
        Put(s4, to, 4);
        Put(s5, to, 5);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Three(float* to, float* from, int count, float* values, int* offsets)
    {
        TVector s0 = At(to, 0), s1 = At(to, 1), s2 = At(to, 2);
        for (nint k = 0; k < count; k++)
        {
            var value = TSimd.Broadcast(values[k]);
            var row = from + offsets[k];
            s0 = TSimd.MultiplyAdd(value, At(row, 0), s0);
            s1 = TSimd.MultiplyAdd(value, At(row, 1), s1);
            s2 = TSimd.MultiplyAdd(value, At(row, 2), s2);
        }
        Put(s0, to, 0);
        Put(s1, to, 1);
        Put(s2, to, 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void One(float* to, float* from, int count, float* values, int* offsets)
    {
        var s = At(to, 0);
        for (nint k = 0; k < count; k++) s = TSimd.MultiplyAdd(TSimd.Broadcast(values[k]), At(from + offsets[k], 0), s);
        Put(s, to, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector At(float* row, int register) => TSimd.Load(row + register * TSimd.Lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector sum, float* row, int register) => TSimd.Store(sum, row + register * TSimd.Lanes);
}
