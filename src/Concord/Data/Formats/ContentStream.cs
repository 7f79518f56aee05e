using System.Globalization;
using System.IO.Compression;
using System.Text;
using Concord.Interchange;

namespace Concord.Data.Formats;

/// <summary>
/// The contents of a data file, unpacked where it is packed with gzip (told by its first two bytes, since browsers
/// unpack without the user's knowledge), read strictly forward and never beyond what was announced. Whatever goes wrong comes out as a
/// <see cref="ConcordException"/> that names the file.
/// </summary>
internal sealed class ContentStream : IDisposable
{
    private const int MostExpansion = 1032;   // a deflate stream cannot unpack to more times its length
    private const int FirstExpansion = 8;     // memory taken on trust, times the packed length; image files unpack to 2 to 5 times
    private const int Slack = 1 << 16;
    private const int MostNeighbours = 1000;

    private readonly Stream _contents;
    private readonly bool _packed;

    private ContentStream(Stream file, string name, bool allowHdf)
    {
        Name = name;
        FileLength = file.Length;
        Span<byte> start = stackalloc byte[FileSignature.Length];
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        _packed = start is [0x1F, 0x8B, ..];
        var isTaken = _packed || allowHdf && start.StartsWith(FileSignature.Hdf);
        if (!isTaken && FileSignature.Of(start) is { } what) throw new ConcordException($"'{name}' is {what}.");
        _contents = _packed ? new GZipStream(new FencedStream(file), CompressionMode.Decompress) : file;
    }

    /// <summary>The file, for messages.</summary>
    public string Name { get; }

    /// <summary>The length of the file itself: packed, where it is packed.</summary>
    public long FileLength { get; }

    /// <summary>How many bytes of contents were read.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the contents of a file are HDF5.</summary>
    /// <exception cref="ConcordException">It cannot be read.</exception>
    public static bool IsHdf(string path)
    {
        using var content = Open(path, allowHdf: true);
        Span<byte> start = stackalloc byte[FileSignature.Hdf.Length];
        return content.Read(start) == start.Length && start.SequenceEqual(FileSignature.Hdf);
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowHdf">Whether it may be HDF5, which is then read by <see cref="Seekable"/>.</param>
    /// <exception cref="ConcordException">There is none, it is a folder, or it may not be read.</exception>
    public static ContentStream Open(string path, bool allowHdf = false)
    {
        if (Directory.Exists(path))
            throw new ConcordException($"'{path}' is a folder, but a file was expected; name the file or remove the folder.");
        FileErrors.RefuseSpecial(path);
        if (!Path.Exists(path)) throw new ConcordException($"The file '{path}' does not "
            + $"exist{(Neighbour(path) is { } near ? $"; did you mean '{near}'?" : "; check the name, or get the data set.")}");
        try
        {
            return Of(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 17, FileOptions.SequentialScan), path,
                allowHdf);
        }
        catch (Exception e) when (IsReadError(e))
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Contents that stand in memory.</summary>
    public static ContentStream FromBytes(byte[] bytes, string name) => Of(new MemoryStream(bytes, writable: false), name, allowHdf: false);

    /// <summary>Reads exactly as many bytes.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="what">What they are, for the message.</param>
    /// <exception cref="ConcordException">The contents end before, or cannot be read.</exception>
    public void Fill(Span<byte> buffer, string what)
    {
        var start = Position;
        var read = Read(buffer);
        if (read < buffer.Length) throw EndsEarly(start + read, start + buffer.Length, what);
    }

    /// <summary>
    /// Reads exactly as many bytes into an array of that length. A count that cannot be true is refused
    /// before any memory is taken, and memory grows with what really comes.
    /// </summary>
    /// <inheritdoc cref="Fill"/>
    public byte[] Take(long count, string what)
    {
        var possible = (_packed ? FileLength * MostExpansion + Slack : FileLength) - Position;
        if (count > possible) throw EndsEarly(Position + Math.Max(0, possible), Position + count, what, atMost: true);
        if (count > Array.MaxLength)
            throw new ConcordException($"'{Name}' announces {N(count)} bytes of {what}; at most {N(Array.MaxLength)} fit in memory. "
                + "Cut it into a smaller set.");
        var start = Position;
        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(count, FirstExpansion * FileLength + Slack));
        for (var have = 0; ;)
        {
            var wanted = buffer.Length;
            have += Read(buffer.AsSpan(have));
            if (have < wanted) throw EndsEarly(start + have, start + count, what);
            if (have == count) return buffer;
            Array.Resize(ref buffer, (int)Math.Min(count, 2L * have));
        }
    }

    /// <summary>Passes over as many bytes.</summary>
    /// <inheritdoc cref="Fill"/>
    public void Skip(long count, string what)
    {
        Span<byte> scratch = stackalloc byte[4096];
        var end = Position + count;
        for (int read; count > 0; count -= read)
        {
            read = Read(scratch[..(int)Math.Min(count, scratch.Length)]);
            if (read == 0) throw EndsEarly(Position, end, what);
        }
    }

    /// <summary>Makes sure that nothing follows. Reads one byte at most, so a file that unpacks without end does no harm.</summary>
    /// <exception cref="ConcordException">Something follows.</exception>
    public void ExpectEnd()
    {
        var announced = Position;
        Span<byte> one = stackalloc byte[1];
        if (Read(one) > 0) throw new ConcordException($"'{Name}' is too long: its header announces {N(announced)} bytes, but more follow. "
            + "It is damaged or another kind of file; get it again.");
    }

    /// <summary>Reads until the buffer is full or the contents end.</summary>
    /// <exception cref="ConcordException">They cannot be read.</exception>
    public int Read(Span<byte> buffer)
    {
        try
        {
            var read = _contents.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            Position += read;
            return read;
        }
        catch (Exception e) when (IsReadError(e))
        {
            throw Unreadable(Name, e);
        }
    }

    /// <summary>Reads all lines with an action that takes text in UTF-8 (or UTF-16 with a byte order mark).</summary>
    /// <exception cref="ConcordException">The contents cannot be read, or are no text.</exception>
    public T ReadText<T>(Func<TextReader, T> read)
    {
        try
        {
            using var reader = new StreamReader(_contents, new UTF8Encoding(false, throwOnInvalidBytes: true),
                detectEncodingFromByteOrderMarks: true, leaveOpen: true);
            return read(reader);
        }
        catch (DecoderFallbackException e)
        {
            throw new ConcordException($"'{Name}' is not UTF-8 text; save it as UTF-8.", e);
        }
        catch (Exception e) when (IsReadError(e))
        {
            throw Unreadable(Name, e);
        }
    }

    /// <summary>The contents as a stream to move about in, which are unpacked into memory where they are packed.</summary>
    /// <exception cref="ConcordException">They cannot be unpacked.</exception>
    public Stream Seekable()
    {
        if (!_packed) return _contents;
        var (unpacked, piece) = (new MemoryStream(), new byte[Slack]);
        for (int read; (read = Read(piece)) > 0;) unpacked.Write(piece, 0, read);
        unpacked.Position = 0;
        return unpacked;
    }

    /// <inheritdoc/>
    public void Dispose() => _contents.Dispose();

    internal static string N(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>The file next to it whose name is nearest; null if none is near.</summary>
    private static string? Neighbour(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path));
            if (!Directory.Exists(folder)) return null;
            var names = Directory.EnumerateFiles(folder).Take(MostNeighbours).Select(Path.GetFileName).OfType<string>();
            return KnownWords.Nearest(Path.GetFileName(path), names) is { } near
                ? Path.Combine(Path.GetDirectoryName(path) ?? "", near) : null;
        }
        catch (Exception e) when (IsReadError(e) || e is ArgumentException)
        {
            return null;
        }
    }

    private static ContentStream Of(Stream file, string name, bool allowHdf)
    {
        try
        {
            return new(file, name, allowHdf);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private ConcordException EndsEarly(long found, long expected, string what, bool atMost = false) =>
        new($"'{Name}' ends too early: {(atMost ? "at most " : "")}{N(found)} bytes found, {N(expected)} expected to hold its {what}. "
            + "It is cut short or damaged; get it again.");

    private static bool IsReadError(Exception e) => FileErrors.Is(e) || e is InvalidDataException;

    private static ConcordException Unreadable(string name, Exception e) => e is InvalidDataException
        ? new($"'{name}' is damaged: its gzip data are cut short or have a wrong checksum. Get it again.", e)
        : FileErrors.Explain("read", name, e);
}
