using System.Text;

namespace Concord.Data.Formats;

/// <summary>
/// Walks through a tar archive (POSIX ustar), strictly forward, writing nothing to disk. The library's own reader is not
/// used because it takes an extended header's announced length in memory before it has seen the bytes.
/// </summary>
/// <param name="content">The archive.</param>
/// <param name="limit">The most bytes that an honest archive has: the end of the walk for one that unpacks without end.</param>
internal sealed class TarReader(ContentStream content, long limit)
{
    private const int BlockLength = 512;
    private long _left, _padding;

    /// <summary>The current entry's name, folders included.</summary>
    public string EntryName { get; private set; } = "";

    /// <summary>Whether the current entry is a plain file.</summary>
    public bool IsFile { get; private set; }

    /// <summary>Goes to the next entry; false at the end of the archive.</summary>
    /// <exception cref="ConcordException">The archive is damaged, or an entry's name climbs out of the archive's folder.</exception>
    public bool Next()
    {
        content.Skip(_left + _padding, $"entry '{EntryName}'");
        (_left, _padding) = (0, 0);
        Span<byte> header = stackalloc byte[BlockLength];
        var read = content.Read(header);
        // two blocks of zeros end an archive; some writers leave them out
        if (read == 0) return false;
        if (read == BlockLength && !header.ContainsAnyExcept((byte)0))
        {
            while (content.Read(header) > 0) Within(0);   // to the end, where gzip's checksum stands
            return false;
        }
        if (read < BlockLength || Octal(header.Slice(148, 8)) != Checksum(header)) throw Damaged("a header's checksum is wrong");
        var size = Octal(header.Slice(124, 12)) ?? throw Damaged("an entry's length is not an octal number");
        Within(size);
        var prefix = header.Slice(257, 5).SequenceEqual("ustar"u8) ? Text(header.Slice(345, 155)) : "";
        EntryName = prefix.Length > 0 ? $"{prefix}/{Text(header[..100])}" : Text(header[..100]);
        if (EntryName.StartsWith('/') || EntryName.Split('/', '\\').Contains(".."))
            throw new ConcordException($"'{content.Name}' has the entry '{EntryName}', which climbs out of the archive's folder. "
                + "Do not trust this archive; get it again.");
        IsFile = header[156] is (byte)'0' or 0;
        (_left, _padding) = (size, (BlockLength - size % BlockLength) % BlockLength);
        return true;
    }

    /// <summary>The current entry's contents.</summary>
    public byte[] Contents()
    {
        var bytes = content.Take(_left, $"entry '{EntryName}'");
        _left = 0;
        return bytes;
    }

    private void Within(long more)
    {
        if (content.Position + more > limit)
            throw new ConcordException($"'{content.Name}' holds more than {ContentStream.N(limit)} bytes, far more than was expected. "
                + "It is another kind of archive; get it again.");
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }

    private static long? Octal(ReadOnlySpan<byte> field)
    {
        field = field.Trim(" \0"u8);
        long value = 0;
        foreach (var digit in field)
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            value = value * 8 + digit - '0';
        }
        return field.Length == 0 ? null : value;
    }

    private static long Checksum(ReadOnlySpan<byte> header)
    {
        long sum = 8 * ' ';   // its own field counts as spaces
        for (var i = 0; i < header.Length; i++)
            if (i is < 148 or >= 156) sum += header[i];
        return sum;
    }

    private ConcordException Damaged(string how) => new($"'{content.Name}' is not a tar archive or is damaged: {how}. Get it again.");
}
