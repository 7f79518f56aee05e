using System.Text.Json;

namespace Concord.Interchange;

/// <summary>What a file of JSON Lines holds.</summary>
/// <param name="Objects">The whole lines, in order, each one object.</param>
/// <param name="TornBytes">The length of an unfinished last line, which is left out; 0 if there is none.</param>
public sealed record JsonLines(IReadOnlyList<JsonElement> Objects, long TornBytes)
{
    /// <summary>Reads a file that may still be growing: all whole lines, and whether an unfinished one follows.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConcordException">It cannot be read, or a whole line is not one JSON object.</exception>
    public static JsonLines Read(string path)
    {
        var full = FileErrors.FullPath("read", path);
        byte[] bytes;
        FileErrors.RefuseSpecial(path);
        try
        {
            // Shared for writing, because the run that writes the file may still be at work.
            using var file = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (file.Length > Array.MaxLength)
                throw new ConcordException(FormattableString.Invariant($"Cannot read '{path}': it has {file.Length} bytes; ")
                    + FormattableString.Invariant($"at most {Array.MaxLength} are possible."));
            bytes = new byte[(int)file.Length];
            Array.Resize(ref bytes, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            throw FileErrors.Explain("read", path, e);
        }
        var objects = new List<JsonElement>();
        var rest = bytes.AsMemory();
        for (int end; (end = rest.Span.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            objects.Add(Parse(path, objects.Count + 1, rest[..end]));
        return new JsonLines(objects, rest.Length);
    }

    private static JsonElement Parse(string path, int line, ReadOnlyMemory<byte> json)
    {
        try
        {
            var element = CheckedJson.ParseElement(json);
            return element.ValueKind == JsonValueKind.Object ? element : throw Broken(path, line, $"is a JSON {element.ValueKind}");
        }
        catch (JsonException e)
        {
            throw Broken(path, line, "is not readable as JSON", e);
        }
    }

    private static ConcordException Broken(string path, int line, string found, Exception? inner = null) =>
        new(FormattableString.Invariant($"Cannot read '{path}': line {line} {found}; expected one JSON object a line. ")
            + "The file is damaged; remove that line or use another copy.", inner);
}
