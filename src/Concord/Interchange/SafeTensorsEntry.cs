using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Concord.Numerics;

namespace Concord.Interchange;

/// <summary>
/// One named tensor on its way into a safetensors file. It refers to the values and copies nothing: what they are when
/// the file is written is what is written.
/// </summary>
public sealed class SafeTensorsEntry
{
    private readonly Action<Stream> _writeValues;

    /// <summary>An entry of the type <see cref="SafeTensorsType.F32"/> or <see cref="SafeTensorsType.F64"/>, as the tensor is.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="values">The tensor.</param>
    /// <exception cref="ArgumentException">The name is reserved or is no valid Unicode text.</exception>
    public SafeTensorsEntry(string name, Tensor values)
        : this(name, values.ElementType == ElementType.Single ? SafeTensorsType.F32 : SafeTensorsType.F64,
            values.Length, DimensionsOf(values.Shape), stream => stream.Write(values.AsBytes()))
    {
    }

    /// <summary>An entry of the type <see cref="SafeTensorsType.I32"/>.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="values">The elements, row-major.</param>
    /// <param name="dimensions">The axes; left out, it is one axis of all values.</param>
    /// <exception cref="ArgumentException">The name is reserved or no valid text, or the axes do not hold that many values.</exception>
    public SafeTensorsEntry(string name, ReadOnlyMemory<int> values, params long[] dimensions)
        : this(name, SafeTensorsType.I32, values.Length, dimensions, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)))
    {
    }

    /// <summary>An entry of the type <see cref="SafeTensorsType.I64"/>.</summary>
    /// <inheritdoc cref="SafeTensorsEntry(string, ReadOnlyMemory{int}, long[])"/>
    public SafeTensorsEntry(string name, ReadOnlyMemory<long> values, params long[] dimensions)
        : this(name, SafeTensorsType.I64, values.Length, dimensions, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)))
    {
    }

    /// <summary>An entry of the type <see cref="SafeTensorsType.U8"/>.</summary>
    /// <inheritdoc cref="SafeTensorsEntry(string, ReadOnlyMemory{int}, long[])"/>
    public SafeTensorsEntry(string name, ReadOnlyMemory<byte> values, params long[] dimensions)
        : this(name, SafeTensorsType.U8, values.Length, dimensions, stream => stream.Write(values.Span))
    {
    }

    private SafeTensorsEntry(string name, SafeTensorsType type, long length, long[] dimensions, Action<Stream> writeValues)
    {
        if (name == SafeTensorsHeader.MetadataKey)
            throw new ArgumentException($"A tensor cannot be called '{name}': the safetensors format keeps that name for itself.",
                nameof(name));
        CheckText(name, nameof(name));
        dimensions = dimensions.Length == 0 ? [length] : [.. dimensions];
        if (dimensions.Length > SafeTensorsHeader.MaximumAxes)
            throw new ArgumentException($"The tensor '{name}' has {dimensions.Length} axes; "
                + $"at most {SafeTensorsHeader.MaximumAxes} are possible.", nameof(dimensions));
        if (SafeTensorsHeader.Product(dimensions) != length)
            throw new ArgumentException($"The tensor '{name}' has {length} values, "
                + $"which do not fill {SafeTensorsTypes.Describe(type, dimensions)}.", nameof(dimensions));
        Name = name;
        Type = type;
        Dimensions = dimensions;
        Bytes = length * type.Size();
        _writeValues = writeValues;
    }

    /// <summary>An entry whose values are made while they are written: exactly as many bytes as type and axes say.</summary>
    internal static SafeTensorsEntry Streamed(string name, SafeTensorsType type, long[] dimensions, Action<Stream> writeValues) =>
        new(name, type, SafeTensorsHeader.Product(dimensions)
            ?? throw new ArgumentException($"No file holds {SafeTensorsTypes.Describe(type, dimensions)}.", nameof(dimensions)),
            dimensions, writeValues);

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>What the elements are.</summary>
    public SafeTensorsType Type { get; }

    /// <summary>The lengths of the axes, outermost first.</summary>
    public IReadOnlyList<long> Dimensions { get; }

    /// <summary>The length of the values in the file, in bytes.</summary>
    public long Bytes { get; }

    internal void WriteValues(Stream stream) => _writeValues(stream);

    // Half a surrogate pair has no UTF-8 form: written as a replacement character, two names could become one.
    internal static void CheckText(string text, string parameter)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != OperationStatus.Done)
                throw new ArgumentException("A name or metadata text in a safetensors file must be valid Unicode, "
                    + "but half a surrogate pair was given.", parameter);
            rest = rest[length..];
        }
    }

    private static long[] DimensionsOf(Shape shape)
    {
        var dimensions = new long[shape.Rank];
        for (var axis = 0; axis < dimensions.Length; axis++) dimensions[axis] = shape[axis];
        return dimensions;
    }
}
