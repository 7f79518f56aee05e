using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// The few vector instructions that a matrix product needs. A processor core has wide registers that hold several
/// numbers side by side ("lanes"), and one instruction does the same to all of them: SIMD, single instruction, multiple
/// data. With 512-bit registers a multiply-add does 16 products and 16 sums at once, and two such instructions start
/// every clock cycle; code that works number by number reaches a thirtieth of that.
/// <para>
/// The register is a type parameter, so the product is written once, and the compiler makes one body for each
/// width in which every call here has become the one instruction it stands for.
/// </para>
/// </summary>
/// <typeparam name="TVector">A register.</typeparam>
internal unsafe interface ISimd<TVector> where TVector : unmanaged
{
    /// <summary>How many numbers a register holds.</summary>
    static abstract int Lanes { get; }

    /// <summary>Whether there are 32 registers, not 16: how many running sums can be kept without going to memory.</summary>
    static abstract bool HasManyRegisters { get; }

    /// <summary>Reads neighbouring numbers.</summary>
    static abstract TVector Load(float* source);

    /// <summary>Writes neighbouring numbers.</summary>
    static abstract void Store(TVector value, float* target);

    /// <summary>The same number in every lane.</summary>
    static abstract TVector Broadcast(float value);

    /// <summary>a b, lane by lane.</summary>
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a b + c, lane by lane, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The sum over the lanes.</summary>
    static abstract float Sum(TVector value);
}

/// <summary>AVX-512: 16 lanes, 32 registers.</summary>
internal readonly unsafe struct Simd512 : ISimd<Vector512<float>>
{
    public static int Lanes => 16;
    public static bool HasManyRegisters => true;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<float> Load(float* source) => Vector512.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector512<float> value, float* target) =>
        value.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<float> Broadcast(float value) => Vector512.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b,
        Vector512<float> c) => Vector512.MultiplyAddEstimate(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector512<float> value) => Vector512.Sum(value);
}

/// <summary>AVX2: 8 lanes, 16 registers.</summary>
internal readonly unsafe struct Simd256 : ISimd<Vector256<float>>
{
    public static int Lanes => 8;
    public static bool HasManyRegisters => false;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> Load(float* source) => Vector256.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector256<float> value, float* target) =>
        value.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> Broadcast(float value) => Vector256.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b,
        Vector256<float> c) => Vector256.MultiplyAddEstimate(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector256<float> value) => Vector256.Sum(value);
}

/// <summary>SSE on x86 (16 registers), Advanced SIMD on ARM (32): 4 lanes.</summary>
internal readonly unsafe struct Simd128 : ISimd<Vector128<float>>
{
    public static int Lanes => 4;
    public static bool HasManyRegisters => System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> Load(float* source) => Vector128.Load(source);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Vector128<float> value, float* target) =>
        value.Store(target);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> Broadcast(float value) => Vector128.Create(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b,
        Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(Vector128<float> value) => Vector128.Sum(value);
}

/// <summary>No vector instructions: a register holds one number.</summary>
internal readonly unsafe struct SimdNone : ISimd<float>
{
    public static int Lanes => 1;
    public static bool HasManyRegisters => false;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Load(float* source) => *source;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(float value, float* target) => *target = value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Broadcast(float value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Multiply(float a, float b) => a * b;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float MultiplyAdd(float a, float b, float c) => a * b + c;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float Sum(float value) => value;
}
