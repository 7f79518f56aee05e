using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Concord.Interchange;

/// <summary>
/// The end of a file that grows by whole records. What is gathered in <see cref="Held"/> reaches the operating system in one write
/// (<see cref="Release"/>), and of a write that fails nothing is left in the file.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="file">The file, open.</param>
/// <param name="length">Bytes of whole records in it.</param>
/// <param name="middle">What the middle of a write is called where faults are tried (<see cref="FaultInjection"/>).</param>
internal sealed class GrowingFile(string path, SafeFileHandle file, long length, string middle) : IDisposable
{
    private const int MostHeld = 1 << 12, Room = 1 << 13;   // bytes
    private readonly ArrayBufferWriter<byte> _held = new(Room);

    /// <summary>The file.</summary>
    public SafeFileHandle Handle => file;

    /// <summary>Bytes of whole records in it.</summary>
    public long Length { get; private set; } = length;

    /// <summary>Where records are written to before they are released.</summary>
    public IBufferWriter<byte> Held => _held;

    /// <summary>Ends a record that need not be written at once. It allocates nothing.</summary>
    /// <exception cref="ConcordException">See <see cref="Release"/>.</exception>
    public void Keep()
    {
        if (_held.WrittenCount >= MostHeld) Release();
    }

    /// <summary>Writes what is held at the end.</summary>
    /// <exception cref="ConcordException">It cannot be written: full disk, ... It is no longer held.</exception>
    public void Release()
    {
        if (_held.WrittenCount == 0) return;
        try
        {
            Write(_held.WrittenSpan);
            Length += _held.WrittenCount;
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            TryCut();
            throw FileErrors.Explain("write", path, e);
        }
        finally
        {
            _held.ResetWrittenCount();
        }
    }

    /// <summary>Forgets what is held, and all of the file after the first bytes.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Cut(long bytes)
    {
        _held.ResetWrittenCount();
        RandomAccess.SetLength(file, bytes);
        Length = bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Write(ReadOnlySpan<byte> bytes)
    {
        var written = 0;
        if (FaultInjection.IsArmed)
        {
            written = bytes.Length / 2;
            RandomAccess.Write(file, bytes[..written], Length);
            FaultInjection.Reach(middle);
        }
        RandomAccess.Write(file, bytes[written..], Length + written);
    }

    private void TryCut()
    {
        try
        {
            RandomAccess.SetLength(file, Length);
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            // The first error is the one to report; what is half written is dropped when the file is next opened.
        }
    }
}
