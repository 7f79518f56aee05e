namespace Concord.Data;

/// <summary>
/// How a data set is read again, from whichever folder: absolute paths, in the words of <c>--data</c> and <c>--data-root</c>.
/// </summary>
/// <param name="Data">The name, or <c>csv:PATH</c>, <c>csv:PATH#COLUMN</c>, <c>events:PATH</c> or <c>folder:PATH</c>.</param>
/// <param name="Root">The folder that has the data set's folder in it; null where none is needed.</param>
internal sealed record DataReference(string Data, string? Root)
{
    public const string Csv = "csv:";

    public const string Events = "events:";

    /// <summary>A name as it is kept: in what it begins with, capitals do not count, and in a path they do.</summary>
    public static string Named(string data) =>
        ((string[])[Csv, Events]).FirstOrDefault(prefix => data.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) is { } known
            ? known + data[known.Length..] : data;

    /// <summary>
    /// Whether two names stand for the same data, seen from the folder where we are: one path may be written in several ways. This is for
    /// comparing alone, and what is written down stays as it was given.
    /// </summary>
    public static bool AreSame(string? one, string? other) => one == other || (one is not null && other is not null
        && Whole(one) == Whole(other));

    /// <summary>Whether a name has a path in it.</summary>
    public static bool HasPath(string data) => PrefixOf(data) is not null;

    /// <summary>A name with the whole path in it, which is the same however the path was written; one without a path as it is.</summary>
    public static string Whole(string data) => With(data, path => path);

    /// <summary>The ways in which a name is usually written, the given one first.</summary>
    public static IReadOnlyList<string> Spellings(string data)
    {
        static string FromHere(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);
        return [.. ((string[])[data, With(data, FromHere), With(data, path => $"./{FromHere(path)}"), Whole(data)]).Distinct()];
    }

    private static string With(string data, Func<string, string> written)
    {
        if (PrefixOf(data) is not { } prefix) return data;
        var mark = data.LastIndexOf('#');
        var (path, words) = mark < 0 ? (data[prefix.Length..], "") : (data[prefix.Length..mark], data[mark..]);
        return path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? data
            : prefix + written(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))) + words;
    }

    private static string? PrefixOf(string data) => ((string[])[Csv, Events, ForeignData.Images]).FirstOrDefault(
        prefix => data.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a name stands for a file of events.</summary>
    public static bool IsEvents(string data) => data.StartsWith(Events, StringComparison.Ordinal);

    /// <summary>A file of events; null where it was read in a way that no name stands for.</summary>
    public static DataReference? OfEvents(string path, bool isUsual) => isUsual ? new($"{Events}{Path.GetFullPath(path)}", null) : null;

    /// <summary>Whether a name stands for a table.</summary>
    public static bool IsCsv(string data) => data.StartsWith(Csv, StringComparison.Ordinal);

    /// <summary>A table, and its label's column where one was named; null where it was read in a way that no name stands for.</summary>
    public static DataReference? OfCsv(string path, string? label, bool isUsual) =>
        isUsual ? new($"{Csv}{Path.GetFullPath(path)}{(label is null ? "" : $"#{label}")}", null) : null;

    /// <summary>The file of a table, and its label's column where one is named: a path, or a path, #, and the column.</summary>
    public static (string Path, string? Label) CsvParts(string data)
    {
        var path = data[Csv.Length..];
        var mark = path.LastIndexOf('#');
        return mark < 0 || File.Exists(path) ? (path, null) : (path[..mark], path[(mark + 1)..]);
    }

    /// <summary>The file that a name stands for, be it there or not; null for data that are no single file.</summary>
    public static string? FileOf(string data)
    {
        data = Named(data);
        if (IsCsv(data)) return CsvParts(data).Path;
        return IsEvents(data) ? data[Events.Length..]
            : ForeignData.PrefixOf(data) is { } prefix ? data[prefix.Length..].Split('#')[0] : null;
    }

    /// <summary>
    /// A table at another place: where its label's column is not named, it is that of the place before. So are the words behind # of what
    /// another library reads.
    /// </summary>
    public static string Moved(string data, string before) =>
        ForeignData.PrefixOf(data) is { } prefix && ForeignData.PrefixOf(before) == prefix && !data.Contains('#', StringComparison.Ordinal)
            && before.LastIndexOf('#') is > 0 and var mark ? $"{data}{before[mark..]}" :
        IsCsv(data) && IsCsv(before) && CsvParts(data).Label is null && CsvParts(before).Label is { } label ? $"{data}#{label}" : data;
}
