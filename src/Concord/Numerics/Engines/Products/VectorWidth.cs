using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

/// <summary>The width of the vector registers in use, in bits.</summary>
internal enum VectorWidth
{
    /// <summary>No vector instructions.</summary>
    None = 0,

    /// <summary>SSE or Advanced SIMD.</summary>
    Bits128 = 128,

    /// <summary>AVX2.</summary>
    Bits256 = 256,

    /// <summary>AVX-512.</summary>
    Bits512 = 512,
}

internal static class VectorWidths
{
    /// <summary>The widest registers of this machine that the runtime uses.</summary>
    public static VectorWidth Widest =>
        Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
        : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
        : Vector128.IsHardwareAccelerated ? VectorWidth.Bits128
        : VectorWidth.None;

    /// <summary>Numbers in a register.</summary>
    public static int Lanes(this VectorWidth width) => Math.Max(1, (int)width / 32);

    /// <summary>What people call the instructions.</summary>
    public static string InstructionSet(this VectorWidth width) => width switch
    {
        VectorWidth.Bits512 => "AVX-512",
        VectorWidth.Bits256 => "AVX2",
        VectorWidth.Bits128 => "128-bit",
        _ => "scalar",
    };
}
