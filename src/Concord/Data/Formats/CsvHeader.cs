using System.Globalization;

namespace Concord.Data.Formats;

/// <summary>The names of a table's columns, and which of them is the label's.</summary>
/// <param name="Names">All names; numbers from 1 where the table has no header.</param>
/// <param name="LabelAt">The label's column.</param>
/// <param name="IsMeant">Whether the user named it.</param>
/// <param name="HasNames">Whether the first row is a header and no sample.</param>
/// <param name="HasNumbers">Whether some of the names in the header are numbers.</param>
internal sealed record CsvHeader(string[] Names, int LabelAt, bool IsMeant, bool HasNames, bool HasNumbers)
{
    private const int MostColumns = 1 << 20;

    // what a label's column is usually called; one of these wins over the last column
    private static readonly string[] s_usual = ["label", "class", "target", "y"];

    /// <summary>The label's column.</summary>
    public string Label => Names[LabelAt];

    /// <summary>The other columns.</summary>
    public IEnumerable<string> Features => Names.Where((_, column) => column != LabelAt);

    /// <param name="first">The table's first row.</param>
    /// <param name="file">The table, for messages.</param>
    /// <param name="label">The label's column; null to choose.</param>
    /// <param name="before">What is chosen if it is there: the label's column of the table that this one is read like.</param>
    /// <exception cref="ConcordException">The row is neither names nor numbers, or has no such column.</exception>
    public static CsvHeader Of(CsvRecords first, string file, string? label, string? before = null)
    {
        if (first.Count < 2) throw new ConcordException(
            $"'{file}', line {first.Line}: at least two columns separated by commas were expected, but '{CsvReader.Cut(first[0])}' was "
                + $"found.{OtherSeparator(first[0])}");
        if (first.Count > MostColumns) throw new ConcordException($"'{file}' has {ContentStream.N(first.Count)} columns; "
            + $"at most {ContentStream.N(MostColumns)} were expected.");
        var names = new string[first.Count];
        for (var i = 0; i < names.Length; i++) names[i] = first[i].ToString();
        var numbers = names.Count(IsNumber);
        var hasNames = numbers < names.Length;
        if (hasNames) CheckNames(names, numbers, first.Line, file);
        else if (CountsFrom(names, 0) || CountsFrom(names, 1))
            throw new ConcordException($"'{file}', line {first.Line}: the numbers {CsvReader.Listed(names)} may be a sample or number the "
                + "columns. Put a header of names above them, or in their place.");
        else names = OwnData.Numbered(names.Length + 1)[1..];
        return new(names, LabelOf(names, hasNames, file, label ?? (names.Contains(before) ? before : null)), label is not null,
            hasNames, numbers > 0);
    }

    /// <summary>The column that has the name of a label; -1 where there is none.</summary>
    public static int UsualLabelAt(string[] names) =>
        s_usual.Select(usual => Array.FindIndex(names, name => name.Equals(usual, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(at => at >= 0, -1);

    private static int LabelOf(string[] names, bool hasNames, string file, string? label)
    {
        if (label is null) return UsualLabelAt(names) is >= 0 and var found ? found : names.Length - 1;
        var at = Array.IndexOf(names, label);
        if (at < 0 && !hasNames) throw new ConcordException($"'{file}' has no column '{label}': its first line looks like numbers and not "
            + "like names, so its columns are numbered. Put a header of names above the line, or give the number of the label's column: "
            + $"{CsvReader.NamingOf(file, names[^1])}.");
        return at >= 0 ? at : throw new ConcordException(
            $"'{file}' has no column '{label}'{(KnownWords.Nearest(label, names) is { } near ? $"; did you mean '{near}'?" : ".")} "
                + "Its columns are "
                + $"{CsvReader.Listed(names)}.");
    }

    private static void CheckNames(string[] names, int numbers, int line, string file)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < names.Length; i++)
        {
            if (names[i].Length == 0) throw new ConcordException($"'{file}', line {line}: column {i + 1} has no name. "
                + "If it numbers the rows, remove it, since it would be learned from.");
            if (!seen.Add(names[i]) && !IsNumber(names[i]))
                throw new ConcordException($"'{file}', line {line}: two columns are called '{CsvReader.Cut(names[i])}'. "
                    + "Is the header missing?");
        }
        // numbers that count the columns, as pandas gives them to columns without a name, are names
        if (numbers > 0 && !CountsFrom(names, 0) && !CountsFrom(names, 1))
            throw new ConcordException($"'{file}', line {line}: '{CsvReader.Cut(Array.Find(names, IsNumber))}' is a number, "
                + "but a column's name was expected. If the line is a sample, put a header of names above it; "
                + "if it is the header, give the column a name.");
    }

    /// <summary>Whether a field is a number, and so hardly a name.</summary>
    public static bool IsNumber(string text) => CanonicalNumber.Of(text) is not null;

    /// <summary>Whether every number is the number of its column.</summary>
    private static bool CountsFrom(string[] names, int first) =>
        names.Index().All(entry => !IsNumber(entry.Item) || entry.Item == (entry.Index + first).ToString(CultureInfo.InvariantCulture));

    /// <summary>Asks whether a line has another separator than commas, with a blank before it; empty where it has none.</summary>
    public static string OtherSeparator(ReadOnlySpan<char> line) =>
        (line.Contains(';') ? "semicolons" : line.Contains('\t') ? "tabs" : line.Contains('|') ? "bars" : null) is { } found
            ? $" Is it separated by {found}? Write commas in place of them." : "";
}
