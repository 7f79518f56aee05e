namespace Concord.Interchange;

/// <summary>What goes wrong with files, in plain words.</summary>
internal static class FileErrors
{
    // What the operating system reports, as .NET passes it on in HResult: errno on Unix, a Win32 code elsewhere.
    private const int LinuxNoSpace = 28, LinuxQuota = 122, LinuxReadOnly = 30, MacQuota = 69, Exists = 17, LinuxLoop = 40, MacLoop = 62;
    private const int BrokenPipe = 32;
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int LinuxWouldBlock = 11, MacWouldBlock = 35, WindowsSharing = unchecked((int)0x80070020);

    /// <summary>Whether an exception is the operating system's way of refusing a file.</summary>
    internal static bool Is(Exception e) => !Plugin.IsMissingCode(e)
        && (e is IOException or UnauthorizedAccessException or NotSupportedException || IsTooLarge(e));

    /// <summary>Whether somebody else has the file open in a way that excludes us.</summary>
    internal static bool IsInUse(IOException e) => e.HResult == WindowsSharing
        || OperatingSystem.IsLinux() && e.HResult == LinuxWouldBlock
        || OperatingSystem.IsMacOS() && e.HResult == MacWouldBlock;

    /// <summary>
    /// The one-line error for a file that could not be read, written or locked: a failure where the disk refuses what was asked for
    /// rightly, else a mistake in what was given.
    /// </summary>
    /// <param name="doing">What was tried: "read", "write", "lock".</param>
    /// <param name="path">The file, as the user gave it.</param>
    /// <param name="e">What came back.</param>
    internal static ConcordException Explain(string doing, string path, Exception e)
    {
        var (reason, isFailure) = Reason(path, e, isRead: doing == Read);
        return new($"Cannot {doing} '{path}': {reason}.", e) { IsFailure = isFailure };
    }

    /// <summary>Does something with a file or folder, and explains what goes wrong.</summary>
    /// <exception cref="ConcordException">The operating system refuses.</exception>
    internal static void Explained(string doing, string path, Action act)
    {
        try
        {
            act();
        }
        catch (Exception e) when (Is(e))
        {
            throw Explain(doing, path, e);
        }
    }

    /// <summary>The error for a path whose links have no end.</summary>
    internal static ConcordException Circle(string doing, string path) => new($"Cannot {doing} '{path}': {Round}.");

    /// <summary>Makes a folder, and those above it, unless it is there.</summary>
    /// <exception cref="ConcordException">It cannot be made.</exception>
    internal static void MakeFolder(string path)
    {
        var full = FullPath("make", path);
        Explained("make", path, () => Directory.CreateDirectory(full));
    }

    /// <summary>The absolute form of a path.</summary>
    /// <exception cref="ConcordException">It is empty or holds a zero character.</exception>
    internal static string FullPath(string doing, string path) => path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
        ? Path.GetFullPath(path)
        : throw new ConcordException($"Cannot {doing} '{path.Replace('\0', '?')}': this is not a file name; give the path of a file.");

    // names that mean another file to the next program
    private static readonly string[] s_streams = ["/dev/stdin", "/dev/fd/", "/proc/self/fd/"];

    /// <summary>Refuses what is read only once, or waits for a writer, before it is opened.</summary>
    /// <exception cref="ConcordException">A pipe, a device or a socket stands under the path.</exception>
    internal static void RefuseSpecial(string path)
    {
        if ((s_streams.Any(start => path.StartsWith(start, StringComparison.Ordinal)) ? "an open stream"
            : LibC.SpecialKindOf(path)) is { } kind)
            throw new ConcordException($"Cannot read '{path}': it is {kind}, but a file on a disk was expected, "
                + "which can be read again (concord resume and evaluate do). Save what it gives to a file, and give that.");
    }

    // .NET has no other sign of a file that is to grow beyond the process's limit or what its file system can hold.
    private static bool IsTooLarge(Exception e) => e is ArgumentOutOfRangeException { ParamName: "value", ActualValue: null };

    private static (string Text, bool IsFailure) Reason(string path, Exception e, bool isRead) => e switch
    {
        IOException { HResult: Exists } when !OperatingSystem.IsWindows() => ("there is a file of that name; choose another", false),
        _ when Directory.Exists(path) => ("it is a folder; give the path of a file", false),
        UnauthorizedAccessException =>
            ($"permission is denied; check the rights of the file and its folder{(isRead ? "" : ", or choose another place")}", !isRead),
        DirectoryNotFoundException => (isRead ? "its folder does not exist; check the path"
            : "its folder does not exist; create the folder or choose another place", false),
        FileNotFoundException => ("there is no such file; check the path", false),
        PathTooLongException => ("the path is too long; choose a shorter one", false),
        NotSupportedException => ("it is not a regular file; give the path of a file on a disk", false),
        IOException { HResult: WindowsDiskFull or WindowsHandleDiskFull } => (Full, true),
        IOException { HResult: LinuxNoSpace or LinuxQuota or MacQuota } when !OperatingSystem.IsWindows() => (Full, true),
        IOException { HResult: LinuxReadOnly } when !OperatingSystem.IsWindows() =>
            ("the file system is read-only; choose another place", true),
        IOException { HResult: BrokenPipe } when !OperatingSystem.IsWindows() => ("the program that reads it has closed it", true),
        IOException { HResult: LinuxLoop or MacLoop } when !OperatingSystem.IsWindows() => (Round, false),
        IOException io when IsInUse(io) =>
            ($"another program has it open; close that program{(isRead ? "" : " or choose another place")}", false),
        _ when IsTooLarge(e) =>
            ("the file would be larger than is allowed here (ulimit -f); raise the limit or choose another place", true),
        _ => (e.Message.ReplaceLineEndings(" ").TrimEnd('.'), true),
    };

    private const string Round = "its links lead round in a circle; check the path";
    private const string Read = "read", Full = "the disk is full; free some space or choose another place";
}
