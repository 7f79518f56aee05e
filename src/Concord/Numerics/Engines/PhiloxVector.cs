using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Concord.Numerics.Engines;

/// <summary>
/// Many consecutive blocks of a <see cref="RandomStream"/> at once, word for word what <see cref="RandomStream.Block"/>
/// gives. Each 64-bit lane carries one block; a 32-bit word sits in its lane's lower half, and the upper half may hold
/// rubbish, since the widening multiplication does not read it.
/// </summary>
internal static unsafe class PhiloxVector
{
    /// <summary>Blocks are made in groups of this many.</summary>
    public const int Group = 8;

    /// <summary>Writes the words of so many blocks, a multiple of <see cref="Group"/>.</summary>
    public static void Fill(RandomStream stream, ulong first, int blocks, uint* words)
    {
        for (var i = 0; i < blocks; i += Group, first += Group, words += 4 * Group)
            if (Avx512F.IsSupported)
                Eight(stream.Key, first, words);
            else if (Avx2.IsSupported)
            {
                Four(stream.Key, first, words);
                Four(stream.Key, first + 4, words + 16);
            }
            else
                OneByOne(stream, first, words);
    }

    private static void OneByOne(RandomStream stream, ulong first, uint* words)
    {
        for (var i = 0; i < Group; i++)
            (words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]) = stream.Block(first + (ulong)i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(ulong key, ulong first, uint* words)
    {
        var block = Vector512.Create(first) + Vector512<ulong>.Indices;
        Vector512<ulong> c0 = block, c1 = block >>> 32, c2 = default, c3 = default;
        Vector512<ulong> k0 = Vector512.Create((ulong)(uint)key), k1 = Vector512.Create(key >> 32);
        for (var round = 0; round < 10; round++)
        {
            var a = Avx512F.Multiply(c0.AsUInt32(), Vector512.Create(RandomStream.MultiplierA));
            var b = Avx512F.Multiply(c2.AsUInt32(), Vector512.Create(RandomStream.MultiplierB));
            c0 = (b >>> 32) ^ c1 ^ k0;
            c2 = (a >>> 32) ^ c3 ^ k1;
            (c1, c3) = (b, a);
            k0 += Vector512.Create((ulong)RandomStream.WeylA);
            k1 += Vector512.Create((ulong)RandomStream.WeylB);
        }
        var front = (c0 & Vector512.Create((ulong)uint.MaxValue)) | (c1 << 32);
        var back = (c2 & Vector512.Create((ulong)uint.MaxValue)) | (c3 << 32);
        Avx512F.PermuteVar8x64x2(front, Vector512.Create(0UL, 8, 1, 9, 2, 10, 3, 11), back).AsUInt32().Store(words);
        Avx512F.PermuteVar8x64x2(front, Vector512.Create(4UL, 12, 5, 13, 6, 14, 7, 15), back).AsUInt32().Store(words + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(ulong key, ulong first, uint* words)
    {
        var block = Vector256.Create(first) + Vector256<ulong>.Indices;
        Vector256<ulong> c0 = block, c1 = block >>> 32, c2 = default, c3 = default;
        Vector256<ulong> k0 = Vector256.Create((ulong)(uint)key), k1 = Vector256.Create(key >> 32);
        for (var round = 0; round < 10; round++)
        {
            var a = Avx2.Multiply(c0.AsUInt32(), Vector256.Create(RandomStream.MultiplierA));
            var b = Avx2.Multiply(c2.AsUInt32(), Vector256.Create(RandomStream.MultiplierB));
            c0 = (b >>> 32) ^ c1 ^ k0;
            c2 = (a >>> 32) ^ c3 ^ k1;
            (c1, c3) = (b, a);
            k0 += Vector256.Create((ulong)RandomStream.WeylA);
            k1 += Vector256.Create((ulong)RandomStream.WeylB);
        }
        var front = (c0 & Vector256.Create((ulong)uint.MaxValue)) | (c1 << 32);
        var back = (c2 & Vector256.Create((ulong)uint.MaxValue)) | (c3 << 32);
        var even = Avx2.UnpackLow(front, back);
        var odd = Avx2.UnpackHigh(front, back);
        Avx2.Permute2x128(even, odd, 0x20).AsUInt32().Store(words);
        Avx2.Permute2x128(even, odd, 0x31).AsUInt32().Store(words + 8);
    }
}
