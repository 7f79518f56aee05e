using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Concord.Interchange;

/// <summary>
/// A growing file of JSON Lines (one object a line, UTF-8), such as a run's <c>metrics.jsonl</c>. A line reaches the operating system
/// in one write as soon as it is appended, so a killed program loses at most the line it was at, and lines that it held.
/// </summary>
/// <remarks>
/// A checkpoint remembers what <see cref="Commit"/> returns; a run that resumes from it calls <see cref="TruncateTo"/>
/// and so forgets the lines that it is about to write again.
/// </remarks>
public sealed class JsonLinesFile : IDisposable
{
    private const byte LineEnd = (byte)'\n';
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _path;
    private readonly GrowingFile _file;
    private readonly Utf8JsonWriter _json;

    private JsonLinesFile(string path, GrowingFile file)
    {
        _path = path;
        _file = file;
        _json = new Utf8JsonWriter(_file.Held, Options);
    }

    /// <summary>The length of the whole lines, in bytes.</summary>
    public long Length => _file.Length;

    /// <summary>How many bytes of an unfinished last line, left by a killed program, were dropped when the file was opened.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>Opens a file to append to it, or makes an empty one. An unfinished last line is dropped.</summary>
    /// <param name="path">The file. Its folder must exist.</param>
    /// <exception cref="ConcordException">The file cannot be written.</exception>
    public static JsonLinesFile Open(string path)
    {
        var full = FileErrors.FullPath("write", path);
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var before = RandomAccess.GetLength(file);
            var lines = new JsonLinesFile(path, new(path, file, before, FaultInjection.MiddleOfLine));
            lines._file.Cut(EndOfLastLine(file));
            lines.DroppedBytes = before - lines.Length;
            LibC.FlushFolder(Path.GetDirectoryName(full)!);
            file = null;
            return lines;
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            throw FileErrors.Explain("write", path, e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Appends one object as a line, and writes all that is held. Nothing is left of them if that fails.</summary>
    /// <param name="members">Writes the object's members; its braces are written around them.</param>
    /// <exception cref="ConcordException">The line cannot be written: full disk, ...</exception>
    public void Append(Action<Utf8JsonWriter> members)
    {
        Write(members);
        Release();
    }

    /// <summary>Appends one object as a line that may reach the operating system with later ones.</summary>
    /// <exception cref="ConcordException">Lines cannot be written.</exception>
    internal void Hold(Action<Utf8JsonWriter> members)
    {
        Write(members);
        _file.Keep();
    }

    /// <summary>Writes the lines that are held.</summary>
    /// <exception cref="ConcordException">They cannot be written.</exception>
    internal void Release() => _file.Release();

    /// <summary>
    /// Flushes all lines to disk, so that they survive a loss of power. Call it before a checkpoint that relies on them is written.
    /// </summary>
    /// <returns><see cref="Length"/>, for the checkpoint to remember.</returns>
    /// <exception cref="ConcordException">The disk refuses.</exception>
    public long Commit()
    {
        Release();
        FileErrors.Explained("write", _path, () => RandomAccess.FlushToDisk(_file.Handle));
        return Length;
    }

    /// <summary>Forgets all lines after the first <paramref name="bytes"/> bytes, as a checkpoint remembers them.</summary>
    /// <param name="bytes">What <see cref="Commit"/> returned.</param>
    /// <exception cref="ConcordException">The file is shorter, or no line ends there:
    /// it is not the file that the checkpoint belongs to.</exception>
    public void TruncateTo(long bytes)
    {
        if (bytes < 0 || bytes > Length)
            throw new ConcordException(FormattableString.Invariant($"'{_path}' holds {Length} bytes of whole lines, but the checkpoint ")
                + FormattableString.Invariant($"remembers {bytes}. It is not the file of that run: restore it, or start a new run."));
        FileErrors.Explained("write", _path, () =>
        {
            if (bytes > 0 && ByteAt(bytes - 1) != LineEnd)
                throw new ConcordException(FormattableString.Invariant($"No line of '{_path}' ends at byte {bytes}, where the checkpoint ")
                    + "remembers one. It is not the file of that run: restore it, or start a new run.");
            _file.Cut(bytes);
            RandomAccess.FlushToDisk(_file.Handle);
        });
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _json.Dispose();
        _file.Dispose();
    }

    private void Write(Action<Utf8JsonWriter> members)
    {
        _json.Reset(_file.Held);
        _json.WriteStartObject();
        members(_json);
        _json.WriteEndObject();
        _json.Flush();
        _file.Held.Write([LineEnd]);
    }

    private byte ByteAt(long position)
    {
        Span<byte> one = stackalloc byte[1];
        RandomAccess.Read(_file.Handle, one, position);
        return one[0];
    }

    private static long EndOfLastLine(SafeFileHandle file)
    {
        var block = new byte[4096];
        for (var end = RandomAccess.GetLength(file); end > 0;)
        {
            var begin = Math.Max(0, end - block.Length);
            var count = RandomAccess.Read(file, block.AsSpan(0, (int)(end - begin)), begin);
            var at = block.AsSpan(0, count).LastIndexOf(LineEnd);
            if (at >= 0) return begin + at + 1;
            end = begin;
        }
        return 0;
    }
}
