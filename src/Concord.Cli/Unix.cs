using System.Globalization;
using System.Runtime.InteropServices;

namespace Concord.Cli;

/// <summary>What standard streams and signals need of the C library and .NET keeps to itself.</summary>
internal static partial class Unix
{
    public const int Interrupted = 4, BadDescriptor = 9, TryAgain = 11, TryAgainMac = 35, TooLarge = 27, NoSpace = 28, Pipe = 32;
    private const int GetDescriptorFlags = 1, CloseOnExec = 1, FileSizeSignal = 25;
    private const nint Ignore = 1;

    /// <summary>
    /// Ends the process, whatever its threads are at: native ones may be within a product whose library would be taken from under them.
    /// </summary>
    public static void Exit(int code)
    {
        if (OperatingSystem.IsWindows()) Environment.Exit(code);
        else ExitAtOnce(code);
    }

    /// <summary>
    /// Whether this process was started with a signal ignored, as nohup does with SIGHUP.
    /// To be asked before the signal is handled here. Known on Linux alone.
    /// </summary>
    public static bool IsIgnored(PosixSignal signal)
    {
        const string Mask = "SigIgn:";
        var number = signal switch { PosixSignal.SIGHUP => 1, PosixSignal.SIGINT => 2, PosixSignal.SIGTERM => 15,
            _ => throw new ArgumentOutOfRangeException(nameof(signal)) };
        try
        {
            var line = OperatingSystem.IsLinux()
                ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Mask, StringComparison.Ordinal)) : null;
            return line is not null && ulong.TryParse(line.AsSpan(Mask.Length).Trim(), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out var ignored) && (ignored >> (number - 1) & 1) == 1;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void ExitAtOnce(int code);

    /// <summary>Lets a write beyond the limit on a file's size fail as one to a full disk does, in place of ending the program.</summary>
    public static void IgnoreFileSizeSignal() => Signal(FileSizeSignal, Ignore);

    /// <summary>
    /// Whether a descriptor was open when the program began. What was handed over cannot be one that is closed at the start of a
    /// program; all that this process opens by itself is.
    /// </summary>
    public static bool IsInherited(int descriptor) => Control(descriptor, GetDescriptorFlags) is >= 0 and var flags
        && (flags & CloseOnExec) == 0;

    /// <summary>Whether a descriptor is open.</summary>
    public static bool IsOpen(int descriptor) => Control(descriptor, GetDescriptorFlags) >= 0;

    /// <summary>Makes a descriptor stand for the same as another.</summary>
    [LibraryImport("libc", EntryPoint = "dup2")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Duplicate(SafeHandle of, int to);

    /// <summary>Writes; the number of bytes, or -1 and an error.</summary>
    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nint count);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Signal(int signal, nint action);
}
