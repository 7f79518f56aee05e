using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace Concord.Interchange;

/// <summary>
/// An object of JSON out of a file that anybody may have changed. What is asked of it is there, of its kind and in its range; else the
/// file is refused, in one line that says where and what to do.
/// </summary>
internal sealed class CheckedJson
{
    private const int Deepest = 64, Longest = 40;
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = Deepest, AllowDuplicateProperties = false };
    private readonly JsonElement _object;
    private readonly string _file, _place, _otherwise;

    private CheckedJson(JsonElement element, string file, string place, string otherwise)
    {
        (_object, _file, _place, _otherwise) = (element, file, place, otherwise);
        if (element.ValueKind != JsonValueKind.Object) throw Damage(place.Length == 0 ? "the whole" : place, element, "an object");
    }

    /// <summary>Reads an object.</summary>
    /// <param name="json">Its text.</param>
    /// <param name="file">The file it is out of, for messages.</param>
    /// <param name="otherwise">What to do if it is damaged: a sentence.</param>
    /// <exception cref="ConcordException">It is no JSON, or no object.</exception>
    public static CheckedJson Parse(ReadOnlyMemory<byte> json, string file, string otherwise)
    {
        try
        {
            return new(ParseElement(json), file, "", otherwise);
        }
        catch (JsonException error)
        {
            throw new ConcordException($"'{file}' is damaged: it is no valid JSON{(error.LineNumber is { } line
                ? FormattableString.Invariant($", at line {line + 1}, byte {error.BytePositionInLine + 1}") : "")}. {otherwise}", error);
        }
    }

    /// <summary>An object that was read already.</summary>
    /// <param name="element">It.</param>
    /// <param name="file">The file it is out of, for messages.</param>
    /// <param name="place">Where it stands there.</param>
    /// <param name="otherwise">What to do if it is damaged: a sentence.</param>
    public static CheckedJson Of(JsonElement element, string file, string place, string otherwise) => new(element, file, place, otherwise);

    /// <summary>Reads a value of any kind whose texts are valid and whose keys are different.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    internal static JsonElement ParseElement(ReadOnlyMemory<byte> json)
    {
        // A document is only checked for its structure; a text that is no valid Unicode would fail only when it is read later.
        if (!Utf8.IsValid(json.Span)) throw new JsonException("The text is not valid UTF-8.");
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = Deepest });
        try
        {
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) reader.GetString();
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("A text is not valid Unicode.", error);
        }
        using var document = JsonDocument.Parse(json, s_options);
        return document.RootElement.Clone();
    }

    /// <summary>Whether it has a key.</summary>
    public bool Has(string key) => _object.TryGetProperty(key, out _);

    /// <summary>Whether a member is there and true.</summary>
    public bool IsTrue(string key) => _object.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>Those of the keys that it has not.</summary>
    public IEnumerable<string> Lacks(IEnumerable<string> keys) => keys.Where(key => !Has(key));

    /// <summary>A finite number in a range; NaN for null, which stands for a figure that there is not.</summary>
    /// <exception cref="ConcordException">It is missing, of another kind or out of range.</exception>
    public double Number(string key, double least = double.MinValue, double most = double.MaxValue)
    {
        var value = Value(key);
        if (value.ValueKind == JsonValueKind.Null) return double.NaN;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most ? number
            : throw Damage(At(key), value, $"a number{Range(least, most)} or null");
    }

    /// <summary>The same, and NaN where it is missing.</summary>
    public double NumberIfAny(string key, double least = double.MinValue, double most = double.MaxValue) =>
        Has(key) ? Number(key, least, most) : double.NaN;

    /// <summary>A number in a range that may be written as "NaN", "Infinity" or "-Infinity".</summary>
    public double NamedNumber(string key, Func<double, bool> isPossible, string expected)
    {
        var value = Value(key);
        var number = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetDouble(out var written) => (double?)written,
            JsonValueKind.String => value.GetString() switch { "NaN" => double.NaN, "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity, _ => null },
            _ => null,
        };
        return number is { } known && isPossible(known) ? known : throw Damage(At(key), value, expected);
    }

    /// <summary>A whole number in a range.</summary>
    /// <exception cref="ConcordException">It is missing, of another kind or out of range.</exception>
    public long Whole(string key, long least = 0, long most = long.MaxValue)
    {
        var value = Value(key);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most ? number
            : throw Damage(At(key), value, $"a whole number{Range(least, most)}");
    }

    /// <summary>A whole number that fits 32 bits.</summary>
    public int Count(string key, int least = 0, int most = int.MaxValue) => (int)Whole(key, least, most);

    /// <summary>A whole number of at least 0, which is 0 where it is missing.</summary>
    public long WholeIfAny(string key) => Has(key) ? Whole(key) : 0;

    /// <summary>A text.</summary>
    /// <exception cref="ConcordException">It is missing or of another kind.</exception>
    public string Text(string key)
    {
        var value = Value(key);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Damage(At(key), value, "a text");
    }

    /// <summary>A text; null where it is missing or null.</summary>
    public string? TextIfAny(string key) => _object.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null
        ? Text(key) : null;

    /// <summary>An object.</summary>
    public CheckedJson Object(string key) => new(Value(key), _file, At(key), _otherwise);

    /// <summary>The members of an object whose values are texts, numbers, true or false, as they are written.</summary>
    /// <param name="key">The object.</param>
    /// <param name="isText">Whether a member has to be a text.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Words(string key, Func<string, bool> isText)
    {
        var inner = Object(key);
        return [.. inner._object.EnumerateObject().Select(member => KeyValuePair.Create(member.Name,
            member.Value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False && !isText(member.Name)
                ? member.Value.GetRawText() : inner.Text(member.Name)))];
    }

    /// <summary>The members of an object whose values are whole numbers, negative ones too.</summary>
    public IReadOnlyDictionary<string, long> Wholes(string key)
    {
        var inner = Object(key);
        return inner._object.EnumerateObject().ToDictionary(member => member.Name, member => inner.Whole(member.Name, long.MinValue));
    }

    /// <summary>A list of objects.</summary>
    public IReadOnlyList<CheckedJson> Objects(string key) =>
        [.. List(key).Select((item, i) => new CheckedJson(item, _file, Item(key, i), _otherwise))];

    /// <summary>A list of texts.</summary>
    public string[] TextList(string key) => [.. List(key)
        .Select((item, i) => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Damage(Item(key, i), item, "a text"))];

    /// <summary>A list of whole numbers of 32 bits, of at least 0.</summary>
    public int[] Counts(string key, int least = 0) => [.. List(key).Select((item, i) => CountOf(item, Item(key, i), least))];

    /// <summary>A list of finite numbers.</summary>
    public double[] Numbers(string key, double least = double.MinValue) => [.. List(key).Select((item, i) =>
        item.ValueKind == JsonValueKind.Number && item.TryGetDouble(out var number) && double.IsFinite(number) && number >= least ? number
            : throw Damage(Item(key, i), item, $"a number{(least > double.MinValue
                ? FormattableString.Invariant($" of at least {least}") : "")}"))];

    /// <summary>A square matrix of counts.</summary>
    public int[][] Square(string key)
    {
        var rows = List(key);
        return [.. rows.Select((row, i) => row.ValueKind == JsonValueKind.Array && row.GetArrayLength() == rows.Count
            ? row.EnumerateArray().Select((count, j) => CountOf(count, $"{Item(key, i)}[{j}]", 0)).ToArray()
            : throw Damage(Item(key, i), row, FormattableString.Invariant($"a list of {rows.Count} counts, as many as there are rows")))];
    }

    /// <summary>The error for what is of its kind and yet cannot be.</summary>
    /// <param name="key">Where.</param>
    /// <param name="expected">What should stand there.</param>
    public ConcordException Refusal(string key, string expected) => Damage(At(key), Value(key), expected);

    /// <summary>The error for what is not there.</summary>
    public ConcordException Lack(string key) => new($"'{_file}' is damaged, or of another version: it has no {At(key)}. {_otherwise}");

    private List<JsonElement> List(string key)
    {
        var value = Value(key);
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw Damage(At(key), value, "a list");
    }

    private int CountOf(JsonElement item, string place, int least) =>
        item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var count) && count >= least ? count
            : throw Damage(place, item, $"a whole number{Range(least, int.MaxValue)}");

    private JsonElement Value(string key) => _object.TryGetProperty(key, out var value) ? value : throw Lack(key);

    private string At(string key) => _place.Length == 0 ? key : $"{_place}.{key}";

    private string Item(string key, int index) => FormattableString.Invariant($"{At(key)}[{index}]");

    private ConcordException Damage(string place, JsonElement found, string expected)
    {
        var text = found.GetRawText().ReplaceLineEndings(" ");
        return new($"'{_file}' is damaged: {place} is {(text.Length <= Longest ? text : $"{text[..Longest]}...")}, "
            + $"but should be {expected}. {_otherwise}");
    }

    private static string Range(double least, double most) => (least > double.MinValue, most < double.MaxValue) switch
    {
        (true, true) => string.Create(CultureInfo.InvariantCulture, $" from {least} to {most}"),
        (true, false) => string.Create(CultureInfo.InvariantCulture, $" of at least {least}"),
        _ => "",
    };

    private static string Range(long least, long most) => (least > long.MinValue, most < int.MaxValue) switch
    {
        (true, true) => FormattableString.Invariant($" from {least} to {most}"),
        (true, false) => FormattableString.Invariant($" of at least {least}"),
        _ => "",
    };
}
