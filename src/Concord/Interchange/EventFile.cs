using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Concord.Interchange;

/// <summary>
/// A growing event file, as TensorBoard reads it: TFRecord framing (length, its checksum, message, its checksum) around
/// <c>tensorflow.Event</c> messages. A record reaches the operating system in one write, at the end of the file, unless it is held.
/// </summary>
/// <remarks>
/// Framing: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details. Messages: event.proto and
/// summary.proto of TensorFlow. What is written before <see cref="Begin"/> is held in memory, so that a run that continues can put the
/// events of its checkpoint in the place of what it finds.
/// </remarks>
public sealed class EventFile : IDisposable
{
    private const int HeaderBytes = 12, FooterBytes = 4;
    private const int WallTimeField = 1, StepField = 2, VersionField = 3, SummaryField = 5;   // of Event
    private const int ValueField = 1;                                                           // of Summary
    private const int TagField = 1, SimpleValueField = 2, TensorField = 8, MetadataField = 9;   // of Summary.Value
    private const int PluginField = 1, PluginNameField = 1, PluginContentField = 2;             // of SummaryMetadata, of PluginData
    private const int TypeField = 1, ShapeField = 2, AxisField = 2, FloatType = 1;              // of Tensor, of TensorShape, DataType
    private readonly string _path;
    private readonly ProtoMessage _message = new();
    private readonly ArrayBufferWriter<byte> _beginning = new();
    private GrowingFile? _file;

    /// <summary>Makes a file of one record, its version. Nothing is on disk yet.</summary>
    /// <param name="path">The file. TensorBoard finds those with <c>tfevents</c> in the name.</param>
    /// <param name="wallTime">When it was begun, in seconds since 1970.</param>
    public EventFile(string path, double wallTime)
    {
        _path = path;
        Start(wallTime, step: 0);
        _message.Text(VersionField, "brain.Event:2");
        End();
    }

    /// <summary>
    /// Writes what is held, in place of all that the file had: what it has in common with that stays, whatever follows is cut off.
    /// Later records are appended.
    /// </summary>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public void Begin()
    {
        if (_file is not null) throw new InvalidOperationException("The file is begun already.");
        var full = FileErrors.FullPath("write", _path);
        FileErrors.Explained("write", _path, () =>
        {
            var file = File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            _file = new(_path, file, 0, FaultInjection.MiddleOfEvent);
            var wanted = _beginning.WrittenSpan;
            var found = new byte[Math.Min(wanted.Length, RandomAccess.GetLength(file))];
            var same = wanted.CommonPrefixLength(found.AsSpan(0, RandomAccess.Read(file, found, 0)));
            // never longer than what is valid in it: a record that is overwritten half would be damage
            _file.Cut(same);
            _file.Held.Write(wanted[same..]);
        });
        _file!.Release();
    }

    /// <summary>Writes what is held as a file of its own, whole, in place of what is there.</summary>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    internal void WriteWhole() => AtomicFile.Write(_path, stream => stream.Write(_beginning.WrittenSpan));

    /// <summary>Appends an event that holds some scalars. A value that is not finite is left out.</summary>
    /// <param name="wallTime">When it happened, in seconds since 1970.</param>
    /// <param name="step">When in the run: optimizer steps.</param>
    /// <param name="scalars">Tags, with slashes between their parts, and values.</param>
    /// <exception cref="ConcordException">It cannot be written; nothing is left of it.</exception>
    public void Append(double wallTime, long step, params ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        Write(wallTime, step, scalars);
        Release();
    }

    /// <summary>The same event, which may reach the operating system with later ones.</summary>
    /// <exception cref="ConcordException">Events cannot be written.</exception>
    internal void Hold(double wallTime, long step, params ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        Write(wallTime, step, scalars);
        _file?.Keep();
    }

    /// <summary>Appends an event without a value for one of TensorBoard's plugins.</summary>
    /// <param name="wallTime">When it happened, in seconds since 1970.</param>
    /// <param name="tag">What the plugin looks for.</param>
    /// <param name="plugin">Its name.</param>
    /// <param name="content">Writes what it is told.</param>
    /// <exception cref="ConcordException">It cannot be written; nothing is left of it.</exception>
    internal void Append(double wallTime, string tag, string plugin, Action<ProtoMessage> content)
    {
        Start(wallTime, step: 0);
        var summary = _message.Open(SummaryField);
        var value = _message.Open(ValueField);
        _message.Text(TagField, tag);
        var tensor = _message.Open(TensorField);   // of no elements: its one axis has size 0, which is not written
        _message.Whole(TypeField, FloatType);
        var shape = _message.Open(ShapeField);
        _message.Close(_message.Open(AxisField));
        _message.Close(shape);
        _message.Close(tensor);
        var metadata = _message.Open(MetadataField);
        var data = _message.Open(PluginField);
        _message.Text(PluginNameField, plugin);
        var inner = _message.Open(PluginContentField);
        content(_message);
        foreach (var open in (int[])[inner, data, metadata, value, summary]) _message.Close(open);
        End();
        Release();
    }

    /// <summary>Writes the events that are held, if the file is begun.</summary>
    /// <exception cref="ConcordException">They cannot be written; nothing is left of them.</exception>
    internal void Release() => _file?.Release();

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file?.Dispose();

    /// <summary>The checksum that stands in the file: CRC-32C, turned right by 15 bits, plus a constant.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) crc = BitOperations.Crc32C(crc, one);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private void Write(double wallTime, long step, ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        Start(wallTime, step);
        var summary = _message.Open(SummaryField);
        foreach (var (tag, number) in scalars)
        {
            if (!double.IsFinite(number)) continue;
            var value = _message.Open(ValueField);
            _message.Text(TagField, tag);
            _message.Single(SimpleValueField, (float)number);
            _message.Close(value);
        }
        _message.Close(summary);
        End();
    }

    private void Start(double wallTime, long step)
    {
        _message.Clear();
        _message.Number(WallTimeField, wallTime);
        if (step != 0) _message.Whole(StepField, step);
    }

    private void End()
    {
        var message = _message.Written;
        var bytes = HeaderBytes + message.Length + FooterBytes;
        var held = _file?.Held ?? _beginning;
        var record = held.GetSpan(bytes)[..bytes];
        BinaryPrimitives.WriteInt64LittleEndian(record, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], MaskedCrc(record[..8]));
        message.CopyTo(record[HeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[^FooterBytes..], MaskedCrc(message));
        held.Advance(bytes);
    }
}
