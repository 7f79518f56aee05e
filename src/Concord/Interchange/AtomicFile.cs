namespace Concord.Interchange;

/// <summary>
/// Replaces a file as a whole: whenever it is looked at, and whenever the program or the machine stops, there is the old content
/// or the new content, never a part of it.
/// </summary>
/// <remarks>
/// The content goes to a temporary file in the same folder, which is flushed to disk and then renamed over the old
/// file; at last the folder itself is flushed, so that the rename survives a loss of power too (on Linux; elsewhere
/// the file system decides). A temporary file that a killed program left behind is removed by the next write of the
/// same file. Links are followed: what they lead to is replaced, and they stay. What is no file on a disk is not replaced but
/// written straight into: a pipe that somebody reads, or a device.
/// </remarks>
public static class AtomicFile
{
    private const string Suffix = ".tmp";
    private const int BufferSize = 1 << 16;

    /// <summary>Writes a file, or replaces it.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <param name="content">Writes the content to the stream it is given. An exception from it leaves the old file untouched.</param>
    /// <exception cref="ConcordException">The file cannot be written: full disk, missing rights, a folder of that name, ...;
    /// the old file is untouched. Of a pipe or a device: it is full, or is no longer read.</exception>
    public static void Write(string path, Action<Stream> content)
    {
        var full = FileErrors.FullPath("write", path);
        if (Directory.Exists(full)) throw new ConcordException($"Cannot write '{path}': it is a folder; give the path of a file.");
        FileErrors.Explained("write", path, () =>
        {
            if (StraightFile.TryOpen(path, full) is { } open)
            {
                using (open) WriteBuffered(open, content);
                return;
            }
            var target = FileLinks.TargetOf(full) ?? throw FileErrors.Circle("write", path);
            var folder = Path.GetDirectoryName(target)!;
            RemoveLeftovers(folder, Path.GetFileName(target));
            WriteAndRename($"{target}.{Guid.NewGuid():N}{Suffix}", target, content);
            FaultInjection.Reach(FaultInjection.AfterRename);
            LibC.FlushFolder(folder);
        });
    }

    /// <summary>
    /// Gives a whole file, closed and flushed to disk, its final name in the same folder, and replaces what has that name.
    /// </summary>
    /// <param name="temporary">The file.</param>
    /// <param name="path">Its final name.</param>
    /// <exception cref="ConcordException">It cannot be renamed.</exception>
    internal static void Adopt(string temporary, string path) => FileErrors.Explained("write", path, () =>
    {
        FaultInjection.Reach(FaultInjection.BeforeRename);
        File.Move(temporary, path, overwrite: true);
        FaultInjection.Reach(FaultInjection.AfterRename);
        LibC.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    });

    private static void WriteAndRename(string temporary, string target, Action<Stream> content)
    {
        // Open until it has its final name: to anyone else who writes the same file, an open one is no leftover.
        using var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Delete,
            BufferSize = 0,
        });
        try
        {
            WriteBuffered(file, content);
            FaultInjection.Reach(FaultInjection.TemporaryWritten);
            file.Flush(flushToDisk: true);
            FaultInjection.Reach(FaultInjection.BeforeRename);
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            Remove(temporary);
            throw;
        }
    }

    private static void WriteBuffered(Stream file, Action<Stream> content)
    {
        // The buffer is ours and never disposed, because disposing it after a full disk would try to write again.
        var buffer = new BufferedStream(file, BufferSize);
        content(buffer);
        buffer.Flush();
    }

    private static void RemoveLeftovers(string folder, string name)
    {
        var length = name.Length + 1 + 32 + Suffix.Length;   // name, dot, 32 hexadecimal digits, suffix
        try
        {
            foreach (var path in Directory.EnumerateFiles(folder))
            {
                var candidate = Path.GetFileName(path.AsSpan());
                if (candidate.Length == length && candidate.StartsWith(name + ".", StringComparison.Ordinal)
                    && candidate.EndsWith(Suffix, StringComparison.Ordinal) && IsAbandoned(path)) Remove(path);
            }
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            // A folder that cannot be listed may still be written to; whether it can is about to be seen.
        }
    }

    private static bool IsAbandoned(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            return false;
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            // The error that led here is the one to report; the next write tries again.
        }
    }
}
