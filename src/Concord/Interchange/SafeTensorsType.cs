namespace Concord.Interchange;

/// <summary>The element types of the safetensors format that Concord reads and writes, by the format's own names.</summary>
public enum SafeTensorsType
{
    /// <summary>32-bit floating point.</summary>
    F32,

    /// <summary>64-bit floating point.</summary>
    F64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>16-bit floating point (IEEE 754): 5 bits of exponent, 10 of fraction.</summary>
    F16,

    /// <summary>16-bit floating point with the exponent of 32 bits: 8 bits of exponent, 7 of fraction.</summary>
    BF16,
}

internal static class SafeTensorsTypes
{
    internal const string All = "F32, F64, F16, BF16, I32, I64 or U8";

    internal static int Size(this SafeTensorsType type) => type switch
    {
        SafeTensorsType.U8 => 1,
        SafeTensorsType.F16 or SafeTensorsType.BF16 => 2,
        SafeTensorsType.F32 or SafeTensorsType.I32 => 4,
        _ => 8,
    };

    internal static string Code(this SafeTensorsType type) => type switch
    {
        SafeTensorsType.F32 => "F32",
        SafeTensorsType.F64 => "F64",
        SafeTensorsType.F16 => "F16",
        SafeTensorsType.BF16 => "BF16",
        SafeTensorsType.I32 => "I32",
        SafeTensorsType.I64 => "I64",
        _ => "U8",
    };

    internal static SafeTensorsType? FromCode(string code) => code switch
    {
        "F32" => SafeTensorsType.F32,
        "F64" => SafeTensorsType.F64,
        "F16" => SafeTensorsType.F16,
        "BF16" => SafeTensorsType.BF16,
        "I32" => SafeTensorsType.I32,
        "I64" => SafeTensorsType.I64,
        "U8" => SafeTensorsType.U8,
        _ => null,
    };

    /// <summary>Whether the elements are floating-point numbers.</summary>
    internal static bool IsFloating(this SafeTensorsType type) =>
        type is SafeTensorsType.F32 or SafeTensorsType.F64 or SafeTensorsType.F16 or SafeTensorsType.BF16;

    /// <summary>Whether a text looks like the name of a type of the format, known here or not: BOOL, I16, F8_E4M3, C64.</summary>
    internal static bool IsName(string code) => code.Length is >= 2 and <= 16 && char.IsAsciiLetterUpper(code[0])
        && code.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_');

    internal static string Describe(SafeTensorsType type, IEnumerable<long> dimensions) =>
        FormattableString.Invariant($"{type.Code()} [{string.Join(", ", dimensions)}]");
}
