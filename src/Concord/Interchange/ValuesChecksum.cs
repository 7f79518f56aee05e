using System.IO.Hashing;
using System.Text;

namespace Concord.Interchange;

/// <summary>
/// The checksum that a safetensors file may carry in its metadata: XXH3 (64 bits) of all bytes after the header, as <c>xxh3_64:</c> and
/// sixteen hexadecimal digits. It finds damage, at the speed of memory; it is no protection against forgery.
/// </summary>
internal sealed class ValuesChecksum
{
    /// <summary>Its key in the metadata.</summary>
    public const string Key = "checksum";

    private const string Kind = "xxh3_64:";
    private readonly XxHash3 _hash = new();

    /// <summary>What stands in the header while the values are not known yet: as long as any checksum.</summary>
    public static string Blank { get; } = Kind + new string('-', 2 * sizeof(ulong));

    /// <summary>The checksum of the bytes so far.</summary>
    public override string ToString() => FormattableString.Invariant($"{Kind}{_hash.GetCurrentHashAsUInt64():x16}");

    /// <summary>Whether a text is a checksum of this kind; a newer program may write others.</summary>
    public static bool Is(string text) => text.StartsWith(Kind, StringComparison.Ordinal);

    /// <summary>Where the blank stands in a header.</summary>
    public static int PlaceIn(ReadOnlySpan<byte> header) => header.IndexOf(Encoding.UTF8.GetBytes(Blank));

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => _hash.Append(bytes);

    /// <summary>A stream that takes what is written to another one on its way.</summary>
    public Stream On(Stream stream) => new Tap(stream, this);

    private sealed class Tap(Stream stream, ValuesChecksum checksum) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            checksum.Add(buffer);
            stream.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));
        public override void Flush() => stream.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
