using System.Globalization;
using System.Net.Http.Headers;
using Concord.Interchange;

namespace Concord.Data.Fetching;

/// <summary>
/// A file that is on its way: <c>NAME.part</c>, and next to it <c>NAME.part.from</c>, which says what it is a part of, so that another
/// process can go on with it. Whether what was put together is the right file is for its hash to say.
/// </summary>
internal sealed class PartFile : IDisposable
{
    public const string Suffix = ".part";
    private const string NotesSuffix = ".from";
    private readonly string _notes;
    private string _address = "", _version = "";
    private FileStream? _file;

    private PartFile(string target)
    {
        Path = target + Suffix;
        _notes = Path + NotesSuffix;
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Bytes that are there.</summary>
    public long Length => _file?.Length ?? 0;

    /// <summary>The length of the whole, if the server said it.</summary>
    public long? Total { get; private set; }

    /// <summary>Whether it was put together from several answers, so that its bytes need not belong together.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>What the server called this version of the file; null where it did not, or where another server is asked.</summary>
    public RangeConditionHeaderValue? Version(Uri address)
    {
        if (_address != address.AbsoluteUri || _version.Length == 0) return null;
        if (EntityTagHeaderValue.TryParse(_version, out var tag)) return new(tag);
        return DateTimeOffset.TryParse(_version, CultureInfo.InvariantCulture, out var date) ? new(date) : null;
    }

    /// <summary>Opens what there is of a file, or begins it.</summary>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public static PartFile Open(string target)
    {
        var part = new PartFile(target);
        FileErrors.Explained("write", part.Path, () =>
        {
            // no buffer: pieces are large, and whatever ends the process, what has come is in the file
            part._file = new FileStream(part.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            if (part._file.Length > 0 && !part.ReadNotes()) part._file.SetLength(0);
            part._file.Position = part._file.Length;
            part.IsJoined = part._file.Length > 0;
        });
        return part;
    }

    /// <summary>Throws away what is there and begins again with an answer of that version and length.</summary>
    public void Begin(Uri address, string version, long? total) => FileErrors.Explained("write", Path, () =>
    {
        _file!.SetLength(0);
        _file.Position = 0;
        (_address, _version, Total, IsJoined) = (address.AbsoluteUri, version, total, false);
        File.WriteAllLines(_notes, [_address, _version, total?.ToString(CultureInfo.InvariantCulture) ?? ""]);
    });

    /// <summary>Goes on where it ends.</summary>
    public void Continue(long? total)
    {
        Total ??= total;
        IsJoined = true;
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file!.Write(bytes);
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            throw FileErrors.Explain("write", Path, e);
        }
    }

    /// <summary>Puts all bytes where other readers of the file see them, and on the disk.</summary>
    public void Flush() => FileErrors.Explained("write", Path, () => _file!.Flush(flushToDisk: true));

    /// <summary>Throws away what is there.</summary>
    public void Discard()
    {
        (_address, _version, Total, IsJoined) = ("", "", null, false);
        FileErrors.Explained("write", Path, () =>
        {
            _file!.SetLength(0);
            _file.Position = 0;
            File.Delete(_notes);
        });
    }

    /// <summary>The whole file is there, closed, and right: gives it its name.</summary>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public static void Land(string target)
    {
        AtomicFile.Adopt(target + Suffix, target);
        FileErrors.Explained("write", target, () => File.Delete(target + Suffix + NotesSuffix));
    }

    /// <summary>Removes what there is of a file.</summary>
    public static void Remove(string target) => FileErrors.Explained("write", target + Suffix, () =>
    {
        File.Delete(target + Suffix);
        File.Delete(target + Suffix + NotesSuffix);
    });

    /// <summary>Closes it. What is there stays, unless it is nothing.</summary>
    public void Dispose()
    {
        if (_file is null) return;
        try
        {
            var isEmpty = _file.Length == 0;
            _file.Dispose();
            if (!isEmpty) return;
            File.Delete(Path);
            File.Delete(_notes);
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            // A part that could not be written is reported by the code that wrote it.
        }
        _file = null;
    }

    private bool ReadNotes()
    {
        if (!File.Exists(_notes) || new FileInfo(_notes).Length > 1 << 14
            || File.ReadAllLines(_notes) is not [var address, var version, var total]) return false;
        (_address, _version) = (address, version);
        Total = long.TryParse(total, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
        return Total is null || _file!.Length <= Total;
    }
}
