using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Concord.Interchange;

/// <summary>
/// The things of the C library that .NET has no door to: opening a folder so that its entries can be flushed to disk, reading a file
/// without asking for its advisory lock, telling a file from a pipe and one file from another without opening them, and making a
/// folder that was not there before. Used on Linux only.
/// </summary>
internal static partial class LibC
{
    private const int ReadOnly = 0, CloseOnExec = 0x80000;
    private const int InvalidArgument = 22, Everybody = 0b111_111_111;   // less what the process's mask takes away
    // statx(2), of one layout on every architecture
    private const int WorkingFolder = -100, TypeMask = 1, NumberMask = 0x100, StatusLength = 256;
    private const int ModeAt = 28, NumberAt = 32, DiskAt = 136;
    private const int KindMask = 0xF000, PipeKind = 0x1000, CharacterDevice = 0x2000, BlockDevice = 0x6000, SocketKind = 0xC000;

    /// <summary>Words of <see cref="SpecialKindOf"/>.</summary>
    internal const string Pipe = "a pipe", Device = "a device";

    /// <summary>Makes renames, creations and removals in a folder survive a loss of power. Does nothing elsewhere than on Linux.</summary>
    /// <exception cref="IOException">The disk reports an error.</exception>
    internal static void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        using var handle = OpenForReading(folder);
        if (handle.IsInvalid) return;   // a folder that may be written but not listed cannot be flushed
        if (Flush(handle) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        // Some file systems have nothing to flush for a folder and report that.
        if (error != InvalidArgument) throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    /// <summary>
    /// What stands under a path where it is neither a file nor a folder, in words; null otherwise, and where that cannot be told.
    /// </summary>
    internal static string? SpecialKindOf(string path)
    {
        Span<byte> status = stackalloc byte[StatusLength];
        return !HasStatus(path, TypeMask, status) ? null : (BitConverter.ToUInt16(status[ModeAt..]) & KindMask) switch
        {
            PipeKind => Pipe,
            SocketKind => "a socket",
            CharacterDevice => Device,
            BlockDevice => "a block device",
            _ => null,
        };
    }

    /// <summary>What all names of a file share and no other file has; null where there is none, or that cannot be told.</summary>
    internal static (ulong Disk, ulong Number)? NumberOf(string path)
    {
        Span<byte> status = stackalloc byte[StatusLength];
        return HasStatus(path, NumberMask, status)
            ? (BitConverter.ToUInt64(status[DiskAt..]), BitConverter.ToUInt64(status[NumberAt..])) : null;
    }

    private static bool HasStatus(string path, uint mask, Span<byte> status)
    {
        try
        {
            return OperatingSystem.IsLinux() && Status(WorkingFolder, path, 0, mask, status) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    /// <summary>
    /// Makes a folder if nothing stands under its name: of several who try at once one succeeds. False if it was not made,
    /// whatever the reason.
    /// </summary>
    internal static bool TryMakeFolder(string path)
    {
        if (OperatingSystem.IsLinux()) return MakeFolder(path, Everybody) == 0;
        if (Path.Exists(path)) return false;
        Directory.CreateDirectory(path);
        return true;
    }

    /// <summary>Opens a file or a folder without taking part in locking; the handle is invalid if that failed.</summary>
    internal static SafeFileHandle OpenForReading(string path) => new(Open(path, ReadOnly | CloseOnExec), ownsHandle: true);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "mkdir", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MakeFolder(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Status(int folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(SafeFileHandle file);
}
