using Spectre.Console;
using Spectre.Console.Rendering;

namespace Concord.Cli.Views;

/// <summary>
/// A table of words and figures. Figures are never broken, and words only between one and the next; what does not fit into a line's width
/// then goes on in further tables, which begin with the same first column.
/// </summary>
/// <param name="columns">Their titles; <c>&gt;</c> before one says that it has figures, which stand to the right.</param>
internal sealed class TextTable(params IEnumerable<string> columns)
{
    private const int Frame = 3;        // characters of the frame around a column
    private const int Edge = 1;         // and one more at the end of a line
    private const int Narrowest = 24;   // of a column of words that are broken

    private readonly (string Title, bool HasFigures)[] _columns =
        [.. columns.Select(title => title.StartsWith('>') ? (PlainText.Line(title[1..]), true) : (PlainText.Line(title), false))];
    private readonly List<string[]> _rows = [];

    /// <summary>How many rows there are.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds a row; cells that are missing at its end are empty.</summary>
    public void Row(params IEnumerable<string> cells)
    {
        string[] row = [.. cells.Select(PlainText.Line)];
        _rows.Add([.. row, .. Enumerable.Repeat("", _columns.Length - row.Length)]);
    }

    /// <summary>Whether it is one table in lines of this width.</summary>
    public bool Fits(int width) => Parts(width).Count == 1;

    /// <summary>The tables that it takes in lines of this width.</summary>
    public IEnumerable<Table> Within(int width)
    {
        foreach (var part in Parts(width))
        {
            var table = new Table { Border = TableBorder.Simple, ShowRowSeparators = false };
            var widths = Widths(part, width);
            foreach (var (place, column) in part.Index())
                table.AddColumn(new TableColumn(new Text(_columns[column].Title))
                    { Width = widths[place], Alignment = _columns[column].HasFigures ? Justify.Right : Justify.Left });
            foreach (var row in _rows) table.AddRow(part.Select(column => new Text(row[column])));
            yield return table;
        }
    }

    /// <summary>The columns of each table.</summary>
    private List<List<int>> Parts(int width)
    {
        List<List<int>> parts = [];
        for (var (column, room) = (0, 0); column < _columns.Length; column++)
        {
            var needed = Least(column) + Frame;
            if (column == 0 || needed > room && parts[^1].Count > 1)
            {
                parts.Add(column == 0 ? [] : [0]);
                room = width - Edge - (column == 0 ? 0 : Least(0) + Frame);
            }
            parts[^1].Add(column);
            room -= needed;
        }
        return parts;
    }

    /// <summary>The widths of a table's columns: what each needs at least, and the rest of the line for words.</summary>
    private int[] Widths(List<int> part, int width)
    {
        int[] widths = [.. part.Select(Least)];
        var spare = width - Edge - widths.Sum(one => one + Frame);
        foreach (var place in Enumerable.Range(0, widths.Length).OrderBy(place => Most(part[place]) - widths[place]))
        {
            var more = Math.Clamp(spare, 0, Most(part[place]) - widths[place]);
            widths[place] += more;
            spare -= more;
        }
        return widths;
    }

    /// <summary>The width at which a column is not broken.</summary>
    private int Most(int column) => Cells(column).Max(Length);

    /// <summary>The width below which a figure or a word would be broken.</summary>
    private int Least(int column) => Most(column) is var most && (most <= Narrowest || _columns[column].HasFigures) ? most
        : Math.Max(Narrowest, Cells(column).SelectMany(cell => cell.Split(' ')).Max(Length));

    private IEnumerable<string> Cells(int column) => _rows.Select(row => row[column]).Prepend(_columns[column].Title);

    private static int Length(string text) => new Segment(text).CellCount();
}
