using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// Copies a strip of a matrix into the order in which a <see cref="Tile{TSimd, TVector}"/> reads it: step by step along the
/// inner length, the strip's rows (or columns) side by side. The tile then walks through memory in a straight line, and a
/// transposed matrix costs it nothing. A strip narrower than the width is filled up with zeros: what comes of them is not read,
/// but leftovers could be denormal numbers, which some processors multiply a hundred times slower.
/// </summary>
internal static unsafe class Packing
{
    /// <summary>target[p, i] = source[p, i]: what is side by side already.</summary>
    /// <param name="source">The strip at step 0.</param>
    /// <param name="stride">From one step to the next.</param>
    /// <param name="count">How many stand side by side.</param>
    /// <param name="depth">The steps.</param>
    /// <param name="target">depth x width.</param>
    /// <param name="width">At least count.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy<TSimd, TVector>(float* source, nint stride, int count, int depth, float* target, int width)
        where TSimd : struct, ISimd<TVector> where TVector : unmanaged
    {
        for (; depth > 0; depth--, source += stride, target += width)
        {
            var i = 0;
            for (; i + TSimd.Lanes <= count; i += TSimd.Lanes) TSimd.Store(TSimd.Load(source + i), target + i);
            for (; i + 4 <= count; i += 4) Vector128.Load(source + i).Store(target + i);
            for (; i < count; i++) target[i] = source[i];
            for (; i < width; i++) target[i] = 0;
        }
    }

    /// <summary>target[p, i] = source[i, p]: the strip's rows stand below each other.</summary>
    /// <param name="source">The strip at step 0.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="count">The rows.</param>
    /// <param name="depth">The steps, neighbours in memory.</param>
    /// <param name="target">depth x width.</param>
    /// <param name="width">At least count.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint stride, int count, int depth, float* target, int width)
    {
        var i = 0;
        for (; i + 4 <= count; i += 4) Turn(source + i * stride, stride, depth, target + i, width);
        for (; i < count; i++)
            for (var p = 0; p < depth; p++)
                target[p * width + i] = source[i * stride + p];
        for (; i < width; i++)
            for (var p = 0; p < depth; p++)
                target[p * width + i] = 0;
    }

    private static bool CanTurn => Sse.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>target[p, i] = source[i, p] of four rows, in blocks of 4 x 4 that are turned inside four registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn(float* source, nint stride, int depth, float* target, nint width)
    {
        var p = 0;
        if (CanTurn) for (; p + 4 <= depth; p += 4, target += 4 * width)
        {
            var a = Vector128.Load(source + p);
            var b = Vector128.Load(source + stride + p);
            var c = Vector128.Load(source + 2 * stride + p);
            var d = Vector128.Load(source + 3 * stride + p);
            var (ac0, ac1) = Interleave(a, c);     // a0 c0 a1 c1 | a2 c2 a3 c3
            var (bd0, bd1) = Interleave(b, d);
            var (step0, step1) = Interleave(ac0, bd0);   // a0 b0 c0 d0 | a1 b1 c1 d1
            var (step2, step3) = Interleave(ac1, bd1);
            step0.Store(target);
            step1.Store(target + width);
            step2.Store(target + 2 * width);
            step3.Store(target + 3 * width);
        }
        for (; p < depth; p++, target += width)
            for (var i = 0; i < 4; i++)
                target[i] = source[i * stride + p];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector128<float> Low, Vector128<float> High) Interleave(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported
            ? (Sse.UnpackLow(a, b), Sse.UnpackHigh(a, b))
            : (AdvSimd.Arm64.ZipLow(a, b), AdvSimd.Arm64.ZipHigh(a, b));
}
