using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Concord.Interchange;

/// <summary>
/// Writes the safetensors format (Hugging Face): eight bytes with the length N of the header, little-endian; N bytes of
/// JSON that give each tensor's type, axes and place; then the values, little-endian and row-major, without gaps.
/// <see cref="SafeTensorsFile"/> reads it.
/// </summary>
/// <remarks>
/// The header is padded with spaces so that the values start at a multiple of 64 bytes. Wide elements come before
/// narrow ones, and tensors of one width in the order of their names, as the format's reference implementation has it:
/// every tensor then starts at a multiple of its element's size without a gap, and readers that map the file need no
/// copy. Metadata is sorted by key. Equal content therefore gives equal bytes.
/// </remarks>
public static class SafeTensors
{
    private const int Alignment = 64;

    // The file is no web page: quotes in metadata that is JSON itself would otherwise take six bytes each.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file as a whole or not at all (see <see cref="AtomicFile"/>).</summary>
    /// <param name="path">The file; an older one is replaced.</param>
    /// <param name="tensors">What it holds, in any order.</param>
    /// <param name="metadata">Texts to keep as metadata; null for none.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, or a text of the metadata is no valid Unicode.</exception>
    /// <exception cref="ConcordException">The file cannot be written, or the header would exceed the format's 100 MB.</exception>
    public static void Write(string path, IEnumerable<SafeTensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>
    /// Writes to a stream from where it stands, one tensor after the other, never holding more than the header in memory.
    /// </summary>
    /// <param name="stream">Where to write; it is neither flushed nor closed.</param>
    /// <param name="tensors">What it holds, in any order.</param>
    /// <param name="metadata">Texts to keep as metadata; null for none.</param>
    /// <exception cref="ArgumentException">Two tensors have one name, or a text of the metadata is no valid Unicode.</exception>
    /// <exception cref="ConcordException">The header would exceed the format's 100 MB.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(Stream stream, IEnumerable<SafeTensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SafeTensorsEntry[] ordered = Ordered(tensors);
        stream.Write(Head(ordered, metadata));
        foreach (var entry in ordered) entry.WriteValues(stream);
    }

    /// <summary>
    /// Writes a file as a whole or not at all, with a checksum of its values in its metadata, which
    /// <see cref="SafeTensorsFile.CheckValues"/> compares.
    /// </summary>
    /// <param name="path">The file; an older one is replaced.</param>
    /// <param name="tensors">What it holds, in any order.</param>
    /// <param name="metadata">Texts to keep as metadata with the checksum; null for none.</param>
    /// <exception cref="ConcordException">The file cannot be written, or the header would exceed the format's 100 MB.</exception>
    internal static void WriteChecked(string path, IEnumerable<SafeTensorsEntry> tensors,
        IReadOnlyDictionary<string, string>? metadata = null) => AtomicFile.Write(path, stream =>
    {
        var ordered = Ordered(tensors);
        var head = Head(ordered,
            new Dictionary<string, string>(metadata ?? new Dictionary<string, string>()) { [ValuesChecksum.Key] = ValuesChecksum.Blank });
        stream.Write(head);
        var checksum = new ValuesChecksum();
        var checkedStream = checksum.On(stream);
        foreach (var entry in ordered) entry.WriteValues(checkedStream);
        stream.Position = ValuesChecksum.PlaceIn(head);   // known only now, and as long as the blank
        stream.Write(Encoding.UTF8.GetBytes(checksum.ToString()));
    });

    private static SafeTensorsEntry[] Ordered(IEnumerable<SafeTensorsEntry> tensors)
    {
        SafeTensorsEntry[] ordered = [.. tensors.OrderByDescending(entry => entry.Type.Size())
            .ThenBy(entry => entry.Name, StringComparer.Ordinal)];
        if (ordered.CountBy(entry => entry.Name).FirstOrDefault(group => group.Value > 1).Key is { } twice)
            throw new ArgumentException($"The tensor name '{twice}' is given more than once.", nameof(tensors));
        return ordered;
    }

    // The length, the header and its padding.
    private static byte[] Head(SafeTensorsEntry[] ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = Header(ordered, metadata);
        var padded = (header.WrittenCount + sizeof(ulong) + Alignment - 1) / Alignment * Alignment - sizeof(ulong);
        if (padded > SafeTensorsHeader.MaximumBytes)
            throw new ConcordException($"Names and metadata would take {padded} bytes of header; "
                + $"the safetensors format allows {SafeTensorsHeader.MaximumBytes}. Store large content as tensors.");
        var head = new byte[sizeof(ulong) + padded];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)padded);
        header.WrittenSpan.CopyTo(head.AsSpan(sizeof(ulong)));
        head.AsSpan(sizeof(ulong) + header.WrittenCount).Fill((byte)' ');
        return head;
    }

    private static ArrayBufferWriter<byte> Header(SafeTensorsEntry[] ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(header, Json);
        json.WriteStartObject();
        if (metadata is not null) WriteMetadata(json, metadata);
        long offset = 0;
        foreach (var entry in ordered)
        {
            json.WriteStartObject(entry.Name);
            json.WriteString("dtype"u8, entry.Type.Code());
            json.WriteStartArray("shape"u8);
            foreach (var dimension in entry.Dimensions) json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets"u8);
            json.WriteNumberValue(offset);
            json.WriteNumberValue(offset += entry.Bytes);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafeTensorsHeader.MetadataKey);
        foreach (var (key, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            SafeTensorsEntry.CheckText(key, nameof(metadata));
            SafeTensorsEntry.CheckText(text, nameof(metadata));
            json.WriteString(key, text);
        }
        json.WriteEndObject();
    }
}
