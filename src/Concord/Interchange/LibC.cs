using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Concord.Interchange;

/// <summary>
/// The two things of the C library that .NET has no door to: opening a folder so that its entries can be flushed to
/// disk, and reading a file without asking for its advisory lock. Used on Linux only.
/// </summary>
internal static partial class LibC
{
    private const int ReadOnly = 0, CloseOnExec = 0x80000;
    private const int InvalidArgument = 22;

    /// <summary>Makes renames, creations and removals in a folder survive a loss of power. Does nothing elsewhere than on Linux.</summary>
    /// <exception cref="IOException">The disk reports an error.</exception>
    internal static void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        using var handle = OpenForReading(folder);
        if (handle.IsInvalid) return;   // a folder that may be written but not listed cannot be flushed
        if (Flush(handle) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        // Some file systems have nothing to flush for a folder and say so.
        if (error != InvalidArgument) throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    /// <summary>Opens a file or a folder without taking part in locking; the handle is invalid if that failed.</summary>
    internal static SafeFileHandle OpenForReading(string path) => new(Open(path, ReadOnly | CloseOnExec), ownsHandle: true);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(SafeFileHandle file);
}
