using System.Globalization;

namespace Concord.Data.Formats;

/// <summary>
/// A table: one column is the label (<see cref="ClassLabels"/>), every other a number with a decimal point, whatever the machine's culture.
/// Numbers are read in double precision. Where single precision would lose a column's spread, the table is read a second time, and an
/// offset or a scale taken out (<see cref="TableColumns"/>).
/// </summary>
internal static class CsvReader
{
    /// <summary>How a user names the label's column, for messages.</summary>
    public const string Naming = "csv:PATH#COLUMN";

    internal sealed record Table(TableColumns Columns, float[] Features, int[] Labels, string[] Classes);

    /// <param name="open">Opens the file, perhaps twice.</param>
    /// <param name="label">The label's column; null for that of <paramref name="like"/>, else one called label, class, target or y,
    /// else the last.</param>
    /// <param name="like">The columns of a table that this one is to be read like; null to look for what must be taken out.</param>
    /// <param name="together">How many columns in a row have one offset and scale: those of a channel.</param>
    /// <exception cref="ConcordException">The table is not as described.</exception>
    public static Table Read(Func<ContentStream> open, string? label, TableColumns? like = null, int together = 1)
    {
        var (table, needed) = Once(open, label, like, together);
        return needed is null ? table : Once(open, label, needed, together).Table;
    }

    /// <summary>How a user names a certain column of a table.</summary>
    internal static string NamingOf(string file, string column) => $"csv:{file}#{column}";

    internal static string Listed(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(20).Select(column => Cut(column))) + (names.Count > 20 ? $" and {names.Count - 20} more" : "");

    internal static string Cut(ReadOnlySpan<char> text) => text.Length <= 40 ? text.ToString() : $"{text[..40]}...";

    private static (Table Table, TableColumns? Needed) Once(Func<ContentStream> open, string? label, TableColumns? columns, int together)
    {
        using var content = open();
        return content.ReadText(reader => Read(new CsvRecords(reader, content.Name), content.Name, label, columns, together));
    }

    private static (Table, TableColumns? Needed) Read(CsvRecords records, string name, string? label, TableColumns? like, int together)
    {
        if (!records.Next()) throw new ConcordException($"'{name}' is empty, but a header and at least one row were expected.");
        var header = CsvHeader.Of(records, name, label, like?.Label);
        var columns = new TableColumns([.. header.Features], header.Label, header.HasNames);
        if (like is { HasHeader: true } && !header.HasNames && !like.Fits(columns)) throw new ConcordException(
            $"'{name}': the first line looks like numbers and not like names of columns. The features {Listed(like.Features)} were "
                + $"expected, in that order, and the label '{Cut(like.Label)}': put a header with these names above the line.");
        if (like is not null && !like.Fits(columns))
            throw new ConcordException($"'{name}' has the features {Listed(columns.Features)} and the label '{Cut(header.Label)}'"
                + $"{(header.Label == like.Label ? "" : $", for there is no column '{Cut(like.Label)}'")}; the features "
                + $"{Listed(like.Features)} were expected, in that order, and the label '{Cut(like.Label)}'. Rows without labels are "
                + "answered by concord predict RUN FILE.");

        var labels = new ClassLabels(name, header.Label, header.IsMeant || like is not null);
        var features = new List<float>();
        var spreads = new ColumnSpread[columns.Features.Count];
        for (var more = !header.HasNames || records.Next(); more; more = records.Next())
        {
            if (records.Count != header.Names.Length)
                throw new ConcordException($"'{name}', line {records.Line}: {Things.Of(records.Count, "field")} found, "
                    + $"{header.Names.Length} expected, as the {(header.HasNames ? "header" : "first line")} has.");
            if (features.Count > Array.MaxLength - header.Names.Length)
                throw new ConcordException($"'{name}' has more values than fit in memory; cut it into a smaller table.");
            for (var field = 0; field < header.Names.Length; field++)
            {
                if (field == header.LabelAt) continue;
                var column = field < header.LabelAt ? field : field - 1;
                if (like is not null)
                {
                    features.Add(Single(records, field, name, header.Names[field], like, column, mayBeLabel: true));
                    continue;
                }
                var (value, narrowed) = Number(records[field], name, records.Line, header.Names[field]);
                spreads[column / together].Add(value, narrowed);
                features.Add(narrowed);
            }
            labels.Add(records[header.LabelAt], records.Line);
        }
        if (features.Count == 0) throw new ConcordException($"'{name}' has a header, but no rows.");
        if (header.HasNumbers && header.HasNames && labels.Holds(header.Label))
            throw new ConcordException($"'{name}': the first line has numbers in it, and '{Cut(header.Label)}', "
                + "which is a label further down. If it is a sample, put a header of names above it; if not, give the columns names.");

        var (classes, numbers) = labels.Number();
        return (new(like ?? columns, [.. features], numbers, classes),
            like is null ? TableColumns.Needed(columns, spreads, together) : null);
    }

    /// <summary>A number of a table that is read as another one was.</summary>
    /// <param name="records">The table, at a row.</param>
    /// <param name="field">Where the number stands in it.</param>
    /// <param name="name">The table's name, for messages.</param>
    /// <param name="header">The column's name, for messages.</param>
    /// <param name="like">The columns of the other table.</param>
    /// <param name="column">Which of them it is.</param>
    /// <param name="mayBeLabel">Whether a user may have to name the label's column.</param>
    /// <exception cref="ConcordException">It is no number, or too large.</exception>
    internal static float Single(CsvRecords records, int field, string name, string header, TableColumns like, int column,
        bool mayBeLabel = false)
    {
        var (value, narrowed) = Number(records[field], name, records.Line, header, mayBeLabel);
        if (like.IsAsRead(column)) return narrowed;
        narrowed = like.Narrow(column, value);
        if (float.IsFinite(narrowed)) return narrowed;
        throw new ConcordException(FormattableString.Invariant($"'{name}', line {records.Line}: ")
            + FormattableString.Invariant($"'{Cut(records[field])}' in column '{Cut(header)}', ")
            + FormattableString.Invariant($"less {like.Offset[column]} and times {like.Scale[column]}, is too large for ")
            + "single precision. Is it in the units of the table that was trained on?");
    }

    private static (double Value, float Narrowed) Number(ReadOnlySpan<char> text, string name, int line, string column,
        bool mayBeLabel = true)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            // a double halfway between two singles was itself rounded, perhaps across the middle: the text decides
            var narrowed = (BitConverter.DoubleToUInt64Bits(value) & 0x1FFF_FFFF) == 0x1000_0000 || value != 0
                && !float.IsNormal((float)value) ? float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : (float)value;
            if (float.IsFinite(narrowed)) return (value, narrowed);
        }
        var found = text.IsEmpty ? "nothing" : $"'{Cut(text)}'";
        if (double.IsFinite(value) && value != 0)
            throw new ConcordException($"'{name}', line {line}: {found} found in column '{Cut(column)}', "
                + "but single precision ends at 3.4e38. Divide the column by a power of ten, or leave it out.");
        throw new ConcordException($"'{name}', line {line}: {found} found in column '{Cut(column)}', but a finite number such as 0.5 was "
            + $"expected. Fill it in{(mayBeLabel ? $", remove the row, or name the label's column if this is it: {NamingOf(name, column)}"
                : " or remove the row")}.");
    }
}
