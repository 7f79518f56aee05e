using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;

namespace Concord.Interchange;

/// <summary>
/// A growing event file, as TensorBoard reads it: TFRecord framing (length, its checksum, message, its checksum) around
/// <c>tensorflow.Event</c> messages. Each record reaches the operating system in one write.
/// </summary>
/// <remarks>
/// Framing: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details. Messages: event.proto and
/// summary.proto of TensorFlow.
/// </remarks>
public sealed class EventFile : IDisposable
{
    private const int HeaderBytes = 12, FooterBytes = 4;
    private const int WallTimeField = 1, StepField = 2, VersionField = 3, SummaryField = 5;   // of Event
    private const int ValueField = 1, TagField = 1, SimpleValueField = 2;                       // of Summary, of Summary.Value
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private long _length;

    private EventFile(string path, SafeFileHandle file) => (_path, _file) = (path, file);

    /// <summary>Opens a file to append to it, or makes one.</summary>
    /// <param name="path">The file. TensorBoard finds those with <c>tfevents</c> in the name.</param>
    /// <param name="after">Events of a later step are forgotten, and with them whatever follows the first damage:
    /// a run that continues writes them again.</param>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public static EventFile Open(string path, long after)
    {
        var full = FileErrors.FullPath("write", path);
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            var file = new EventFile(path, handle);
            file.Cut(after);
            handle = null;
            if (file._length == 0) file.Append(output => Text(output, VersionField, "brain.Event:2"));
            return file;
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            throw FileErrors.Explain("write", path, e);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Appends one event that holds some scalars. A value that is not finite is left out.</summary>
    /// <param name="step">When in the run.</param>
    /// <param name="scalars">Tags, with slashes between their parts, and values.</param>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public void Append(long step, IEnumerable<(string Tag, double Value)> scalars)
    {
        var summary = Message(output =>
        {
            foreach (var (tag, value) in scalars)
                if (double.IsFinite(value)) Bytes(output, ValueField, Message(inner => Scalar(inner, tag, (float)value)));
        });
        FileErrors.Explained("write", _path, () => Append(output =>
        {
            output.WriteTag(StepField, WireFormat.WireType.Varint);
            output.WriteInt64(step);
            Bytes(output, SummaryField, summary);
        }));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>The checksum that stands in the file: CRC-32C, turned right by 15 bits, plus a constant.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) crc = BitOperations.Crc32C(crc, one);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private static void Scalar(CodedOutputStream output, string tag, float value)
    {
        Text(output, TagField, tag);
        output.WriteTag(SimpleValueField, WireFormat.WireType.Fixed32);
        output.WriteFloat(value);
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    private static void Bytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
    }

    private static byte[] Message(Action<CodedOutputStream> content)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory, leaveOpen: true)) content(output);
        return memory.ToArray();
    }

    private void Append(Action<CodedOutputStream> content)
    {
        var message = Message(output =>
        {
            output.WriteTag(WallTimeField, WireFormat.WireType.Fixed64);
            output.WriteDouble((DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds);
            content(output);
        });
        var record = new byte[HeaderBytes + message.Length + FooterBytes];
        BinaryPrimitives.WriteInt64LittleEndian(record, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        message.CopyTo(record, HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(HeaderBytes + message.Length), MaskedCrc(message));
        RandomAccess.Write(_file, record, _length);
        _length += record.Length;
    }

    private void Cut(long after)
    {
        var bytes = new byte[RandomAccess.GetLength(_file)];
        bytes = bytes[..RandomAccess.Read(_file, bytes, 0)];
        while (TryRead(bytes.AsSpan((int)_length), out var message) && StepOf(message) <= after)
            _length += HeaderBytes + message.Length + FooterBytes;
        RandomAccess.SetLength(_file, _length);
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out byte[] message)
    {
        message = [];
        if (bytes.Length < HeaderBytes + FooterBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != MaskedCrc(bytes[..8]))
            return false;
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length > (ulong)(bytes.Length - HeaderBytes - FooterBytes)) return false;
        var content = bytes.Slice(HeaderBytes, (int)length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[(HeaderBytes + content.Length)..]) != MaskedCrc(content)) return false;
        message = content.ToArray();
        return true;
    }

    private static long StepOf(byte[] message)
    {
        using var input = new CodedInputStream(message);
        try
        {
            while (input.ReadTag() is > 0 and var tag)
            {
                if (tag == WireFormat.MakeTag(StepField, WireFormat.WireType.Varint)) return input.ReadInt64();
                input.SkipLastField();
            }
            return 0;
        }
        catch (InvalidProtocolBufferException)
        {
            return long.MaxValue;   // nothing that we wrote: forgotten with what follows it
        }
    }
}
