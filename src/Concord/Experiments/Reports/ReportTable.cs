using Concord.Experiments.Charts;

namespace Concord.Experiments;

/// <summary>Tables of a report.</summary>
internal static class ReportTable
{
    private const int Long = 40;

    /// <summary>Writes one.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="columns">Their titles; a number sign before one puts it to the right.</param>
    /// <param name="rows">The cells.</param>
    /// <param name="series">The number of a row's series, for the colour next to its first cell; null for none.</param>
    public static void Write(Markup page, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows,
        IReadOnlyList<int>? series = null)
    {
        page.Open("table").Open("thead").Open("tr");
        foreach (var column in columns) page.Element("th", column.TrimStart('#'), Style(column.StartsWith('#') ? "n" : ""));
        page.Close().Close().Open("tbody");
        foreach (var (row, i) in rows.Select((row, i) => (row, i)))
        {
            page.Open("tr");
            for (var column = 0; column < row.Count; column++)
            {
                page.Open("td", Style(columns[column].StartsWith('#') ? "n" : row[column].Length > Long ? "long" : ""));
                if (column == 0 && series is not null) page.Open("span", ("class", $"swatch {Palette.ClassOf(series[i])}")).Close();
                page.Text(row[column]).Close();
            }
            page.Close().Line();
        }
        page.Close().Close().Line();
    }

    private static ReadOnlySpan<MarkupAttribute> Style(string name) => name.Length == 0 ? [] : new MarkupAttribute[] { ("class", name) };
}
