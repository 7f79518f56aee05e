using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Concord.Interchange;

/// <summary>
/// A message of protocol buffers that is written field by field into memory that is used again: whole numbers, numbers of both
/// precisions, texts, and messages within it.
/// </summary>
/// <remarks>Wire format: https://protobuf.dev/programming-guides/encoding/.</remarks>
internal sealed class ProtoMessage
{
    private const int VarintWire = 0, DoubleWire = 1, LengthWire = 2, SingleWire = 5, MoreBits = 0x80, BitsOfAByte = 7;
    private byte[] _bytes = new byte[512];
    private int _length;

    /// <summary>What was written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Whole(int field, long value)
    {
        Varint((ulong)field << 3 | VarintWire);
        Varint((ulong)value);
    }

    public void Number(int field, double value)
    {
        Varint((ulong)field << 3 | DoubleWire);
        BinaryPrimitives.WriteDoubleLittleEndian(Room(sizeof(double)), value);
    }

    public void Single(int field, float value)
    {
        Varint((ulong)field << 3 | SingleWire);
        BinaryPrimitives.WriteSingleLittleEndian(Room(sizeof(float)), value);
    }

    public void Text(int field, string text)
    {
        var start = Open(field);
        Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetByteCount(text)));
        Close(start);
    }

    /// <summary>Begins a message within this one; its fields follow, and then <see cref="Close"/>.</summary>
    /// <returns>Where it starts.</returns>
    public int Open(int field)
    {
        Varint((ulong)field << 3 | LengthWire);
        return _length;
    }

    /// <summary>Ends the message that starts there: its length goes before it.</summary>
    public void Close(int start)
    {
        var length = _length - start;
        var shift = (Math.Max(1, BitOperations.Log2((uint)length) + 1) + BitsOfAByte - 1) / BitsOfAByte;
        Room(shift);
        _bytes.AsSpan(start, length).CopyTo(_bytes.AsSpan(start + shift));
        _length = start;
        Varint((ulong)length);
        _length += length;
    }

    private void Varint(ulong value)
    {
        for (; value >= MoreBits; value >>= BitsOfAByte) Room(1)[0] = (byte)(value | MoreBits);
        Room(1)[0] = (byte)value;
    }

    private Span<byte> Room(int bytes)
    {
        if (_length + bytes > _bytes.Length) Array.Resize(ref _bytes, Math.Max(_length + bytes, 2 * _bytes.Length));
        _length += bytes;
        return _bytes.AsSpan(_length - bytes, bytes);
    }
}
