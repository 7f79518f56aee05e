using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Concord.Interchange;

/// <summary>
/// The right to write into a run folder, held by one process at a time: an open file <c>.lock</c> that no other process can
/// open. The operating system frees it when the holder ends, however that comes about; a <c>.lock</c> file left behind
/// by a killed process does not lock the folder.
/// </summary>
public sealed class FolderLock : IDisposable
{
    internal const string FileName = ".lock";
    private const int MaximumHolderBytes = 512;
    private const int Attempts = 16;
    private readonly string _path;
    private FileStream? _file;

    private FolderLock(string path, FileStream file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Takes the lock of a folder, or says who has it.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="ConcordException">Another run holds it (the message names its process and when that started),
    /// or the folder cannot be written.</exception>
    public static FolderLock Take(string folder)
    {
        var full = FileErrors.FullPath("lock", folder);
        if (!Directory.Exists(full))
            throw new ConcordException($"Cannot lock the folder '{folder}': there is no such folder; create it or give another.");
        var path = Path.Combine(full, FileName);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            FileStream? file = null;
            try
            {
                file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
                FaultInjection.Reach(FaultInjection.LockTaken);
                if (Claim(file, path))
                {
                    var taken = new FolderLock(path, file);
                    file = null;
                    return taken;
                }
            }
            catch (IOException e) when (FileErrors.IsInUse(e))
            {
                throw new ConcordException($"The folder '{folder}' is in use by {Holder(path) ?? "another process"}; "
                    + "wait until that run ends, or give another folder.", e);
            }
            catch (Exception e) when (FileErrors.Is(e))
            {
                throw FileErrors.Explain("lock", path, e);
            }
            finally
            {
                file?.Dispose();
            }
        }
        throw new ConcordException($"The folder '{folder}' is being locked and freed by others all the time; give another folder.");
    }

    /// <summary>Frees the folder and removes the lock file.</summary>
    public void Dispose()
    {
        if (_file is null) return;
        try
        {
            File.Delete(_path);   // while it is still locked, so that it is ours that goes
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            // Left behind, the file does not lock the folder.
        }
        _file.Dispose();
        _file = null;
    }

    // Between our opening the file and locking it, its holder may have removed it: then we hold a file without a name,
    // and the next one to come would make a new one. So we look whether what we wrote is what stands under the name.
    private static bool Claim(FileStream file, string path)
    {
        var claim = string.Create(CultureInfo.InvariantCulture,
            $"process {Environment.ProcessId} on {Environment.MachineName}, running since {DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} UTC, "
                + $"lock {Guid.NewGuid():N}\n");
        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes(claim));
        return !OperatingSystem.IsLinux() || Content(path) == claim;
    }

    private static string? Holder(string path)
    {
        var content = Content(path) ?? "";
        var end = content.IndexOf(", lock ", StringComparison.Ordinal);
        return end < 0 ? null : string.Concat(content[..end].Where(c => !char.IsControl(c)));
    }

    // An ordinary open would be refused while the file is locked.
    private static string? Content(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        using SafeFileHandle handle = LibC.OpenForReading(path);
        if (handle.IsInvalid) return null;
        var bytes = new byte[MaximumHolderBytes];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
    }
}
