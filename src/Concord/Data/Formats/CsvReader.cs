using System.Globalization;

namespace Concord.Data.Formats;

/// <summary>
/// A table with a header: one column is the label, every other a number with a decimal point, whatever the machine's
/// culture. Labels that are all whole numbers are classes in numerical order; other labels are classes in ordinal order.
/// </summary>
internal static class CsvReader
{
    private const int MostClasses = 10_000, MostColumns = 1 << 20;

    internal sealed record Table(int Rows, int Columns, float[] Features, int[] Labels, string[] Classes);

    /// <param name="content">The file.</param>
    /// <param name="label">The label's column; null for the last.</param>
    /// <exception cref="ConcordException">The table is not as described.</exception>
    public static Table Read(ContentStream content, string? label) => content.ReadText(reader => Read(new CsvRecords(reader, content.Name), content.Name, label));

    private static Table Read(CsvRecords records, string name, string? label)
    {
        if (!records.Next()) throw new ConcordException($"'{name}' is empty, but a header and at least one row were expected.");
        var header = Header(records, name);
        var labelAt = label is null ? header.Length - 1 : Array.IndexOf(header, label);
        if (labelAt < 0) throw new ConcordException($"'{name}' has no column '{label}'; its columns are {Listed(header)}.");

        var features = new List<float>();
        var labels = new List<int>();
        var texts = new Dictionary<string, int>(StringComparer.Ordinal);
        var known = texts.GetAlternateLookup<ReadOnlySpan<char>>();
        while (records.Next())
        {
            if (records.Count != header.Length) throw new ConcordException($"'{name}', line {records.Line}: {records.Count} fields found, {header.Length} expected, as the header has.");
            if (features.Count > Array.MaxLength - header.Length) throw new ConcordException($"'{name}' has more values than fit in memory; cut it into a smaller table.");
            for (var column = 0; column < header.Length; column++)
                if (column != labelAt) features.Add(Number(records[column], name, records.Line, header[column]));
            var text = records[labelAt];
            if (text.IsEmpty) throw new ConcordException($"'{name}', line {records.Line}: the label '{header[labelAt]}' is missing; fill it in or remove the row.");
            if (!known.TryGetValue(text, out var id))
            {
                if (texts.Count == MostClasses) throw new ConcordException($"'{name}': the label column '{header[labelAt]}' has more than {ContentStream.N(MostClasses)} different values. Is it the label? Name the column that is.");
                texts.Add(text.ToString(), id = texts.Count);
            }
            labels.Add(id);
        }
        if (labels.Count == 0) throw new ConcordException($"'{name}' has a header, but no rows.");

        var classes = Classes([.. texts.Keys], name, header[labelAt]);
        var number = new int[classes.Length];
        for (var i = 0; i < classes.Length; i++) number[texts[classes[i]]] = i;
        return new(labels.Count, header.Length - 1, [.. features], [.. labels.Select(id => number[id])], classes);
    }

    private static string[] Header(CsvRecords records, string name)
    {
        if (records.Count < 2) throw new ConcordException($"'{name}', line 1: a header of at least two column names separated by commas was expected, but '{Cut(records[0])}' was found.");
        if (records.Count > MostColumns) throw new ConcordException($"'{name}' has {ContentStream.N(records.Count)} columns; at most {ContentStream.N(MostColumns)} were expected.");
        var header = new string[records.Count];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
        {
            header[i] = records[i].ToString();
            if (header[i].Length == 0) throw new ConcordException($"'{name}', line 1: column {i + 1} has no name. If it numbers the rows, remove it, since it would be learned from.");
            if (!seen.Add(header[i])) throw new ConcordException($"'{name}', line 1: two columns are called '{Cut(header[i])}'. Is the header missing?");
            if (header[i].Contains('.', StringComparison.Ordinal) && double.TryParse(header[i], NumberStyles.Float, CultureInfo.InvariantCulture, out _))
                throw new ConcordException($"'{name}', line 1: '{Cut(header[i])}' is a number, but a column's name was expected. Add a header line.");
        }
        return header;
    }

    private static float Number(ReadOnlySpan<char> text, string name, int line, string column)
    {
        if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value)) return value;
        var found = text.IsEmpty ? "nothing" : $"'{Cut(text)}'";
        throw new ConcordException($"'{name}', line {line}: {found} found in column '{Cut(column)}', but a finite number such as 0.5 was expected. Fill it in, remove the row, or name the label's column if this is it.");
    }

    private static string[] Classes(string[] texts, string name, string column)
    {
        if (texts.Length < 2) throw new ConcordException($"'{name}': every row has the label '{Cut(texts[0])}' in column '{column}', but at least two classes were expected.");
        var numbers = new double[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            if (double.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i])) continue;
            Array.Sort(texts, StringComparer.Ordinal);
            return texts;
        }
        var fraction = Array.FindIndex(numbers, number => number != Math.Floor(number));
        if (fraction >= 0) throw new ConcordException($"'{name}': the label column '{column}' holds measurements such as {Cut(texts[fraction])}, but classes (names or whole numbers) were expected. Name the column that is the label.");
        Array.Sort(numbers, texts);
        return texts;
    }

    private static string Listed(string[] header) => string.Join(", ", header.Take(20).Select(column => Cut(column))) + (header.Length > 20 ? $" and {header.Length - 20} more" : "");

    private static string Cut(ReadOnlySpan<char> text) => text.Length <= 40 ? text.ToString() : $"{text[..40]}...";
}
