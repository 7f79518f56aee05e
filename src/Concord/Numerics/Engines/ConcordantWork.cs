using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines;

/// <summary>y = scale |magnitude| sign(weight), the sign of the tie breaker where the weight is zero.</summary>
internal readonly unsafe struct ConcordantWork<T>(T* magnitude, T scale, T* weight, T* tieBreaker, T* y) : IElementWork
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Do(int i, int count)
    {
        var decisive = Lanes<T>.Load(weight + i, count);
        // hardly any weight is zero, so the tie breaker, as large as the weight, is hardly ever read
        if (Vector.EqualsAny(decisive, Vector<T>.Zero))
            decisive = Vector.ConditionalSelect(Vector.Equals(decisive, Vector<T>.Zero), Lanes<T>.Load(tieBreaker + i, count), decisive);
        var value = magnitude == null ? new Vector<T>(scale) : Vector.Abs(Lanes<T>.Load(magnitude + i, count)) * scale;
        Lanes<T>.Store(Vector.ConditionalSelect(Vector.LessThan(decisive, Vector<T>.Zero), -value, value), y + i, count);
    }

    /// <summary>How many <see cref="DoWide"/> does: a wide register of singles.</summary>
    public static int Wide => 16;

    /// <summary>The same on a wide register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void DoWide(int i)
    {
        var decisive = Vector512.Load(weight + i);
        if (!Vector512.IsHardwareAccelerated || Vector512.EqualsAny(decisive, Vector512<T>.Zero))
        {
            for (var j = 0; j < Wide; j += Lanes<T>.Count) Do(i + j, Lanes<T>.Count);
            return;
        }
        var value = magnitude == null ? Vector512.Create(scale) : Vector512.Abs(Vector512.Load(magnitude + i)) * scale;
        Vector512.ConditionalSelect(Vector512.LessThan(decisive, Vector512<T>.Zero), -value, value).Store(y + i);
    }
}
