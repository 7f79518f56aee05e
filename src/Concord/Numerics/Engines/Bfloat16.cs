using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Concord.Numerics.Engines;

/// <summary>
/// bf16 (bfloat16): the upper half of a single. It has a single's range and 8 bits of precision, so a number loses at most 2^-9 of its
/// size.
/// </summary>
internal static unsafe class Bfloat16
{
    /// <summary>Numbers in a register.</summary>
    public const int Lanes = 16;

    private const uint Sign = 0x8000_0000, Exponent = 0x7F80_0000, Quiet = 0x0040_0000, AlmostHalf = 0x7FFF;

    private static readonly Vector512<ushort> s_upperHalves = Vector512.Create(Enumerable.Range(0, 32).Select(i => (ushort)(2 * i + 1))
        .ToArray());

    /// <summary>
    /// Rounds each number to the nearest, of two to the even one. As processors that convert do it: a number too small for a normal one
    /// becomes a zero of its sign, and what is not a number stays so.
    /// </summary>
    /// <param name="x">The singles.</param>
    /// <param name="y">Receives them in bf16.</param>
    /// <param name="count">How many.</param>
    public static void Convert(float* x, ushort* y, int count)
    {
        var i = 0;
        if (Avx512BW.IsSupported)
            for (; i <= count - 2 * Lanes; i += 2 * Lanes)
                Round(Vector512.Load(x + i), Vector512.Load(x + i + Lanes)).Store(y + i);
        for (; i < count; i++) y[i] = Round(x[i]);
    }

    /// <summary>The single that a number in bf16 stands for.</summary>
    public static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>One number, rounded.</summary>
    public static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) bits |= Quiet;
        else if ((bits & Exponent) == 0) bits &= Sign;
        else bits += AlmostHalf + ((bits >> 16) & 1);
        return (ushort)(bits >> 16);
    }

    /// <summary>Two registers of numbers, one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Round(Vector512<float> first, Vector512<float> second) =>
        Avx512BW.PermuteVar32x16x2(Round(first), s_upperHalves, Round(second));

    /// <summary>The same; each result is the upper half of its lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Round(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var rounded = bits + Vector512.Create(AlmostHalf) + ((bits >>> 16) & Vector512<uint>.One);
        var isSmall = Vector512.Equals(bits & Vector512.Create(Exponent), Vector512<uint>.Zero);
        rounded = Vector512.ConditionalSelect(isSmall, bits & Vector512.Create(Sign), rounded);
        var isNumber = Vector512.Equals(value, value).AsUInt32();
        return Vector512.ConditionalSelect(isNumber, rounded, bits | Vector512.Create(Quiet)).AsUInt16();
    }
}
