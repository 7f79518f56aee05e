using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// The processor's mode in which numbers too small for a normal one (below 1.2e-38 in single precision: denormals) are read and written
/// as zero. A moment whose weight gets no gradient any more decays into them and never leaves, for 0.9 times the smallest of them rounds
/// to itself; many processors take a hundred cycles for each. Threads are in the mode while they do single-precision work and at no
/// other time, so that doubles and users' own code keep gradual underflow.
/// </summary>
/// <remarks>
/// Set by way of glibc's fegetmode and fesetmode, whose femode_t holds the control register: 7 and 14 ns on a Zen 4, where fegetenv and
/// fesetenv, with the whole environment that it is a part of, take 93 and 100. On x64 bits 0 to 15 are the x87 control word and bits 32
/// to 63 MXCSR, of which bit 15 flushes results (FTZ) and bit 6 operands (DAZ); on ARM64 it is FPCR, whose bit 24 (FZ) does both.
/// </remarks>
internal static unsafe partial class FlushToZero
{
    private const string Library = "libm.so.6";   // libm.so is a linker's script, where it is there at all

    private static readonly (ulong Bits, ulong Known, ulong Expected) s_layout = LayoutOf(RuntimeInformation.ProcessArchitecture);

    /// <summary>Why the mode cannot be set here, a clause for people; null where it can.</summary>
    public static string? Obstacle { get; } = ObstacleOn(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture) ?? Try();

    private static readonly bool s_works = Obstacle is null;

    /// <summary>
    /// Whether the calling thread is in the mode, by what it makes of 2e-38 x 0.1 (a result) and of 1e-39 x 1e10 (an operand).
    /// </summary>
    public static bool IsOn => BitsOfProduct(2e-38f, 0.1f) == 0 && BitsOfProduct(1e-39f, 1e10f) == 0;

    /// <summary>The calling thread is in the mode until the scope is disposed; nothing changes where it was before, or cannot be.</summary>
    public static Scope Enter()
    {
        if (!s_works) return default;
        var former = 0UL;
        _ = GetMode(&former);
        if ((former & s_layout.Bits) == s_layout.Bits) return default;
        var mode = former | s_layout.Bits;
        _ = SetMode(&mode);
        return new Scope(former);
    }

    /// <summary>Why the mode is not known how to be set on such a system; null where it is.</summary>
    internal static string? ObstacleOn(bool linux, Architecture architecture) =>
        !linux ? "it is supported on Linux only"
        : LayoutOf(architecture).Bits == 0 ? $"it is supported on x64 and ARM64 only, and this is {architecture}"
        : null;

    private static (ulong Bits, ulong Known, ulong Expected) LayoutOf(Architecture architecture) => architecture switch
    {
        Architecture.X64 => (0x8040UL << 32, 0xFFFF_7F80_0000_FFFF, 0x1F80_0000_037F),   // rounding to nearest, exceptions masked
        Architecture.Arm64 => (1UL << 24, 0xFEFF_FFFF, 0),
        _ => default,
    };

    /// <summary>Sets the mode, looks at what it does, and takes it back.</summary>
    private static string? Try()
    {
        try
        {
            var former = 0UL;
            if (GetMode(&former) != 0 || (former & s_layout.Known) != s_layout.Expected)
                return $"{Library} tells of a floating-point mode that is not laid out as expected";
            var mode = former | s_layout.Bits;
            _ = SetMode(&mode);
            var on = IsOn;
            _ = SetMode(&former);
            return on ? null : $"{Library} sets a floating-point mode that changes nothing";
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return $"the C library has no {Library} with fegetmode and fesetmode, as glibc has from 2.25 on";
        }
    }

    /// <summary>Apart, so that no compiler multiplies beforehand; as bits, for in the mode a denormal compares as zero.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static uint BitsOfProduct(float a, float b) => BitConverter.SingleToUInt32Bits(a * b);

    [LibraryImport(Library, EntryPoint = "fegetmode"), SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetMode(ulong* mode);

    [LibraryImport(Library, EntryPoint = "fesetmode"), SuppressGCTransition]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetMode(ulong* mode);

    /// <summary>Gives the thread its former mode back. Dispose it on the thread that entered.</summary>
    public readonly ref struct Scope
    {
        private readonly ulong _former;
        private readonly bool _entered;

        internal Scope(ulong former) => (_former, _entered) = (former, true);

        /// <summary>Leaves the mode, if this scope entered it.</summary>
        public void Dispose()
        {
            if (!_entered) return;
            var former = _former;
            _ = SetMode(&former);
        }
    }
}
