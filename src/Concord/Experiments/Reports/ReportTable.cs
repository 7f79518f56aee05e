using Concord.Experiments.Charts;

namespace Concord.Experiments;

/// <summary>Tables of a report.</summary>
internal static class ReportTable
{
    private const int Long = 40;

    /// <summary>Writes one. A column without any figure is left out; a table that is wider than the page scrolls, its first column stays.
    /// </summary>
    /// <param name="page">Where to.</param>
    /// <param name="caption">What it is of; for those who do not see the heading above it.</param>
    /// <param name="columns">Their titles; a number sign before one puts it to the right.</param>
    /// <param name="rows">The cells.</param>
    /// <param name="series">The number of a row's series, for the mark next to its first cell; null for none.</param>
    public static void Write(Markup page, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows,
        IReadOnlyList<int>? series = null)
    {
        var all = rows.ToList();
        var shown = Enumerable.Range(0, columns.Count).Where(column => column == 0 || all.Count == 0
            || all.Any(row => row[column].Length > 0 && row[column] != NumberFormat.None)).ToList();
        page.Open("div", ("class", "wide"), ("role", "region"), ("aria-label", caption), ("tabindex", "0"));
        page.Open("table").Element("caption", caption).Open("thead").Open("tr");
        foreach (var column in shown)
            page.Element("th", columns[column].TrimStart('#'), ("scope", "col"), ("class", columns[column].StartsWith('#') ? "n" : ""));
        page.Close().Close().Open("tbody");
        foreach (var (i, row) in all.Index())
        {
            page.Open("tr");
            foreach (var column in shown)
            {
                if (column == 0) page.Open("th", ("scope", "row"), ("class", row[0].Length > Long / 2 ? "long" : ""));
                else page.Open("td", Style(columns[column].StartsWith('#') ? "n" : row[column].Length > Long ? "long" : ""));
                if (column == 0 && series is not null)
                {
                    page.Open("svg", ("class", $"swatch {Palette.ClassOf(series[i])}"), ("viewBox", "0 0 12 12"), ("aria-hidden", "true"));
                    Markers.Open(page, "", series[i], 6, 6, 4.5).Close().Close();
                }
                page.Text(row[column]).Close();
            }
            page.Close().Line();
        }
        page.Close().Close().Close().Line();
    }

    private static ReadOnlySpan<MarkupAttribute> Style(string name) => name.Length == 0 ? [] : new MarkupAttribute[] { ("class", name) };
}
