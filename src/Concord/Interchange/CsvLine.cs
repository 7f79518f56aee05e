namespace Concord.Interchange;

/// <summary>A line of comma-separated values (RFC 4180): what has a comma, a quote or a line end in it stands in double quotes.</summary>
public static class CsvLine
{
    private static readonly System.Buffers.SearchValues<char> s_special = System.Buffers.SearchValues.Create(",\"\r\n");

    /// <summary>The line, without its end.</summary>
    /// <param name="fields">What stands in it.</param>
    public static string Of(IEnumerable<string> fields) => string.Join(',', fields.Select(Field));

    private static string Field(string text) =>
        text.AsSpan().ContainsAny(s_special) || text.AsSpan().Trim().Length < text.Length ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
