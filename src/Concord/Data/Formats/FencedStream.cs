namespace Concord.Data.Formats;

/// <summary>
/// A packed file followed by a fence: 16 bytes that make no sense, and then an exception. The library's
/// <see cref="System.IO.Compression.GZipStream"/> takes a stream that ends before its checksum for a whole one. Here it reads the fence for
/// the missing bytes, finds a wrong checksum or asks for more. After a whole stream it looks no further than the fence.
/// </summary>
internal sealed class FencedStream(Stream file) : Stream
{
    private const int FenceLength = 16;
    private int _given;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        var read = file.Read(buffer);
        if (read > 0 || buffer.Length == 0) return read;
        if (_given == FenceLength) throw new InvalidDataException("The file ends in the middle of its packed data.");
        read = Math.Min(buffer.Length, FenceLength - _given);
        buffer[..read].Fill(0xFF);
        _given += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) file.Dispose();
        base.Dispose(disposing);
    }
}
