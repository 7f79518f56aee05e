using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Concord.Numerics.Engines.Products;

/// <summary>Rows of a matrix that a product reads: where they stand, or as they are made.</summary>
internal unsafe interface IRows
{
    /// <summary>A piece of a row.</summary>
    /// <param name="row">Which.</param>
    /// <param name="first">Where the piece begins.</param>
    /// <param name="length">Its length.</param>
    /// <param name="room">Room for it, if it has to be made.</param>
    float* Row(int row, int first, int length, float* room);
}

/// <summary>A matrix in memory.</summary>
internal readonly unsafe struct MatrixRows(float* matrix, nint stride) : IRows
{
    public float* Row(int row, int first, int length, float* room) => matrix + row * stride + first;
}

/// <summary>A matrix of the size of a weight, with its signs (<see cref="Kernels.Concordant"/>).</summary>
internal readonly unsafe struct SignedRows(float* magnitude, float scale, float* weight, float* tieBreaker, nint stride) : IRows
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float* Row(int row, int first, int length, float* room)
    {
        var at = row * stride + first;
        var work = new ConcordantWork<float>(magnitude == null ? null : magnitude + at, scale, weight + at, tieBreaker + at, room);
        // What is read next, the rest of the row or the eighth row from here, is on its way while the product computes.
        var ahead = first + length < stride ? at + length : (row + 8) * stride;
        var i = magnitude == null && Vector512.IsHardwareAccelerated
            ? ScaledSigns(weight + at, tieBreaker + at, weight + ahead, length, room) : 0;
        for (; i <= length - ConcordantWork<float>.Wide; i += ConcordantWork<float>.Wide)
        {
            if (Sse.IsSupported) Sse.Prefetch1(weight + ahead + i);
            if (Sse.IsSupported && magnitude != null) Sse.Prefetch1(magnitude + ahead + i);
            work.DoWide(i);
        }
        for (; i <= length - Lanes<float>.Count; i += Lanes<float>.Count) work.Do(i, Lanes<float>.Count);
        if (i < length) work.Do(Math.Max(0, length - Lanes<float>.Count), Math.Min(length, Lanes<float>.Count));   // some of it again
        return room;
    }

    /// <summary>Whole wide registers of signs alone, whose two values are made once; returns how many numbers that are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ScaledSigns(float* from, float* ties, float* ahead, int length, float* to)
    {
        var (plus, minus, zero, i) = (Vector512.Create(scale), Vector512.Create(-scale), Vector512<float>.Zero, 0);
        for (; i <= length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            if (Sse.IsSupported) Sse.Prefetch1(ahead + i);
            var decisive = Vector512.Load(from + i);
            if (Vector512.EqualsAny(decisive, zero))
                decisive = Vector512.ConditionalSelect(Vector512.Equals(decisive, zero), Vector512.Load(ties + i), decisive);
            Vector512.ConditionalSelect(Vector512.LessThan(decisive, zero), minus, plus).Store(to + i);
        }
        return i;
    }
}
