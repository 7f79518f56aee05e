using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Concord.Interchange;

/// <summary>A tensor's description and the bytes it takes, counted from the start of the values.</summary>
internal readonly record struct StoredTensor(string Name, SafeTensorsDescription Description, long Begin, long End);

/// <summary>
/// The header of a safetensors file, parsed as if an enemy had written it: every number is checked against what is
/// known (the length of the file) before anything relies on it, and memory grows only with the bytes really there.
/// </summary>
internal sealed class SafeTensorsHeader
{
    internal const string MetadataKey = "__metadata__";
    internal const int MaximumBytes = 100_000_000;   // the limit of the format's reference implementation
    internal const int MaximumAxes = 32;
    private const int MaximumDepth = 3;              // header, tensor, shape

    private readonly string _path;
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<StoredTensor> _tensors = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafeTensorsHeader(string path) => _path = path;

    /// <summary>In the order of their values in the file.</summary>
    internal IReadOnlyList<StoredTensor> Tensors => _tensors;

    internal IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Parses and checks the header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header's bytes, padding included.</param>
    /// <param name="valueBytes">How many bytes follow the header in the file.</param>
    /// <exception cref="ConcordException">Anything in it is not as the format wants it.</exception>
    internal static SafeTensorsHeader Parse(string path, ReadOnlySpan<byte> json, long valueBytes)
    {
        var header = new SafeTensorsHeader(path);
        if (!Utf8.IsValid(json)) throw header.Broken("the header is not valid UTF-8", "JSON text in UTF-8");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        try
        {
            header.ReadAll(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: "\ud800", half a surrogate pair
        {
            throw header.Broken(FormattableString.Invariant($"the header is not readable near its byte {reader.BytesConsumed}"),
                "JSON of the tensors' types, shapes and offsets", e);
        }
        header.CheckPlaces(valueBytes);
        return header;
    }

    /// <summary>The error of a file that cannot be used: what was found, what was expected, what to do.</summary>
    internal static ConcordException Broken(string path, string found, string expected, Exception? inner = null) =>
        new($"Cannot read '{path}': {found}; expected {expected}. The file is damaged or is not a safetensors file; "
            + "use another copy of it.",
            inner);

    /// <summary>The number of elements, or null where an axis is negative or the product exceeds 63 bits.</summary>
    internal static long? Product(IEnumerable<long> dimensions)
    {
        long product = 1;
        foreach (var dimension in dimensions)
        {
            if (dimension < 0 || Math.BigMul(product, dimension) is var wide && wide > long.MaxValue) return null;
            product *= dimension;
        }
        return product;
    }

    private void ReadAll(ref Utf8JsonReader reader)
    {
        Next(ref reader, JsonTokenType.StartObject, "the header", "an object");
        while (NextKey(ref reader, _keys, "the header") is { } name)
        {
            if (name == MetadataKey) ReadMetadata(ref reader);
            else ReadTensor(ref reader, name);
        }
        if (reader.Read()) throw Broken("the header goes on after its object", "only spaces there");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        Next(ref reader, JsonTokenType.StartObject, MetadataKey, "an object");
        while (NextKey(ref reader, keys, MetadataKey) is { } key)
        {
            Next(ref reader, JsonTokenType.String, $"{MetadataKey} {Quote(key)}", "a text");
            _metadata.Add(key, reader.GetString()!);
        }
    }

    private void ReadTensor(ref Utf8JsonReader reader, string name)
    {
        var what = $"the tensor {Quote(name)}";
        var keys = new HashSet<string>(StringComparer.Ordinal);
        SafeTensorsType? type = null;
        long[]? shape = null, offsets = null;
        Next(ref reader, JsonTokenType.StartObject, what, "an object");
        while (NextKey(ref reader, keys, what) is { } key)
        {
            switch (key)
            {
                case "dtype":
                    Next(ref reader, JsonTokenType.String, $"the dtype of {what}", "a text");
                    var code = reader.GetString()!;
                    type = SafeTensorsTypes.FromCode(code) ?? throw (SafeTensorsTypes.IsName(code)
                        ? new ConcordException($"Cannot read '{_path}': {what} is of dtype {Quote(code)}, which is not read here; "
                            + $"write the file with numbers of {SafeTensorsTypes.All}.")
                        : Broken($"{what} is of dtype {Quote(code)}", SafeTensorsTypes.All));
                    break;
                case "shape":
                    shape = ReadNumbers(ref reader, $"the shape of {what}", MaximumAxes);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref reader, $"data_offsets of {what}", 2);
                    break;
                default:
                    throw Broken($"{what} has a field {Quote(key)}", "dtype, shape and data_offsets");
            }
        }
        if (type is null || shape is null || offsets is null)
            throw Broken($"{what} lacks {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}",
                "dtype, shape and data_offsets");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw Broken(FormattableString.Invariant($"data_offsets of {what} are [{string.Join(", ", offsets)}]"),
                "two numbers, the begin before the end");
        var description = new SafeTensorsDescription(type.Value, shape);
        if (Product([.. shape, type.Value.Size()]) is not { } bytes)
            throw Broken($"{what} is {description}", "a size that a file can have");
        if (offsets[1] - offsets[0] != bytes)
            throw Broken(FormattableString.Invariant($"{what} is {description} and takes {offsets[1] - offsets[0]} bytes"),
                FormattableString.Invariant($"{bytes}"));
        _tensors.Add(new StoredTensor(name, description, offsets[0], offsets[1]));
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string what, int most)
    {
        var numbers = new List<long>();
        Next(ref reader, JsonTokenType.StartArray, what, "a list of numbers");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
                throw Broken($"{what} holds {Token(ref reader)}", "whole numbers, zero or more");
            if (numbers.Count == most)
                throw Broken(FormattableString.Invariant($"{what} holds more than {most} numbers"),
                    FormattableString.Invariant($"at most {most}"));
            numbers.Add(number);
        }
        return [.. numbers];
    }

    // Without gaps and overlaps, the tensors in the order of their begins meet end to begin and fill the file.
    private void CheckPlaces(long valueBytes)
    {
        _tensors.Sort(static (a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        long end = 0;
        foreach (var tensor in _tensors)
        {
            if (tensor.End > valueBytes)
                throw Broken(FormattableString.Invariant($"the tensor {Quote(tensor.Name)} ends at byte {tensor.End} of the values"),
                    FormattableString.Invariant($"at most {valueBytes}, where the file ends"));
            if (tensor.Begin != end)
                throw Broken(FormattableString.Invariant($"the tensor {Quote(tensor.Name)} begins at byte {tensor.Begin} of the values"),
                    FormattableString.Invariant($"{end}, where the one before it ends"));
            end = tensor.End;
        }
        if (end != valueBytes)
            throw Broken(FormattableString.Invariant($"{valueBytes} bytes of values"),
                FormattableString.Invariant($"{end}, as the header says"));
    }

    private void Next(ref Utf8JsonReader reader, JsonTokenType expected, string what, string inWords)
    {
        if (!reader.Read() || reader.TokenType != expected) throw Broken($"{what} is {Token(ref reader)}", inWords);
    }

    private string? NextKey(ref Utf8JsonReader reader, HashSet<string> seen, string what)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject) return null;
        var key = reader.GetString()!;
        return seen.Add(key) ? key : throw Broken($"{what} has the key {Quote(key)} twice", "each key once");
    }

    private ConcordException Broken(string found, string expected, Exception? inner = null) => Broken(_path, found, expected, inner);

    private static string Token(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number or JsonTokenType.String =>
            Quote(System.Text.Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 200)])),
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.Null => "null",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "missing",
    };

    /// <summary>A text from a file made fit for one line of a message.</summary>
    internal static string Quote(string text)
    {
        const int most = 60;
        var clipped = text.Length <= most ? text : text[..most];
        return $"'{string.Concat(clipped.Select(
            c => char.IsControl(c) || char.IsSurrogate(c) && text.Length > most ? '?' : c))}{(text.Length > most ? "..." : "")}'";
    }
}
