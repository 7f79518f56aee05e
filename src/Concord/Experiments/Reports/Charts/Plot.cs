namespace Concord.Experiments.Charts;

/// <summary>What charts with two axes share: the drawing, its name, the legend, the axes and the way from values to places.</summary>
internal sealed class Plot
{
    /// <summary>Size of every drawing, in its own pixels; the page scales it.</summary>
    public const double Width = 480, Height = 300;

    private const double MarkSize = 11, Line = 17, Swatch = 16;
    private readonly Axis _x, _y;
    private readonly double _left, _top, _right;
    private const double Bottom = Height - 40;

    private Plot(Markup svg, Axis x, Axis y, double top, double room)
    {
        (Svg, _x, _y, _top) = (svg, x, y, top);
        _left = 10 + y.Marks.Select(mark => LabelLayout.Width(mark.Label, MarkSize)).DefaultIfEmpty(0).Max();
        _right = Width
            - Math.Max(room, 12 + x.Marks.TakeLast(1).Select(mark => LabelLayout.Width(mark.Label, MarkSize) / 2).FirstOrDefault());
    }

    /// <summary>The drawing.</summary>
    public Markup Svg { get; }

    /// <summary>Where the plotted area ends, at the right.</summary>
    public double Right => _right;

    /// <summary>Where it begins, at the top.</summary>
    public double Top => _top;

    /// <summary>Room from top to bottom for labels that stand at the ends of lines.</summary>
    public static double LabelRoom => Bottom - 56;

    /// <summary>Whether both values can be shown.</summary>
    public bool Holds(double x, double y) => _x.Holds(x) && _y.Holds(y);

    /// <summary>From a value to its place.</summary>
    public double X(double value) => _x.Position(value, _left, _right);

    /// <summary>From a value to its place.</summary>
    public double Y(double value) => _y.Position(value, Bottom, _top);

    /// <summary>Begins a drawing: its name, the legend, the axes.</summary>
    /// <param name="page">Where to draw.</param>
    /// <param name="text">What it says.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The vertical axis.</param>
    /// <param name="legend">The series that a legend names; empty where labels stand at the lines.</param>
    /// <param name="room">Room for such labels.</param>
    /// <param name="dots">Whether the legend shows dots instead of lines.</param>
    public static Plot Begin(Markup page, ChartText text, Axis x, Axis y, IReadOnlyList<ChartSeries> legend, double room, bool dots = false)
    {
        var rows = Rows(legend);
        var plot = new Plot(page, x, y, 46 + rows.Count * Line, room);
        Head(page, text.Name, Height);
        page.Element("text", LabelLayout.Fit(text.YUnit, Width - 20, MarkSize), ("class", "unit"), ("x", 4), ("y", 33));
        plot.DrawLegend(rows, dots);
        plot.DrawAxes(text.XUnit);
        return plot;
    }

    /// <summary>A drawing that says why it is empty.</summary>
    public static void Empty(Markup page, ChartText text)
    {
        const double Low = 96;
        Head(page, text.Name, Low);
        page.Shape("rect", ("class", "frame"), ("x", 4), ("y", 28), ("width", Width - 8), ("height", Low - 34), ("rx", 4));
        page.Element("text", LabelLayout.Fit(text.Otherwise, Width - 40), ("class", "none middle"), ("x", Width / 2), ("y", 64));
        page.Close().Line();
    }

    /// <summary>Opens a drawing and writes its name above it.</summary>
    public static void Head(Markup page, string name, double height, double width = Width)
    {
        page.Open("svg", ("class", "chart"), ("viewBox", $"0 0 {Markup.Number(width)} {Markup.Number(height)}"), ("role", "img"),
            ("aria-label", name));
        page.Element("text", LabelLayout.Fit(name, width - 8, 14.5), ("class", "name"), ("x", 4), ("y", 16));
    }

    private void DrawAxes(string unit)
    {
        foreach (var (value, label) in _y.Marks)
        {
            Svg.Shape("line", ("class", "grid"), ("x1", _left), ("x2", _right), ("y1", Y(value)), ("y2", Y(value)));
            Svg.Element("text", label, ("class", "mark end"), ("x", _left - 6), ("y", Y(value) + 4));
        }
        Svg.Shape("line", ("class", "axis"), ("x1", _left), ("x2", _right), ("y1", Bottom), ("y2", Bottom));
        var free = double.NegativeInfinity;
        foreach (var (value, label) in _x.Marks)
        {
            var half = LabelLayout.Width(label, MarkSize) / 2;
            Svg.Shape("line", ("class", "axis"), ("x1", X(value)), ("x2", X(value)), ("y1", Bottom), ("y2", Bottom + 4));
            if (X(value) - half < free) continue;
            Svg.Element("text", label, ("class", "mark middle"), ("x", X(value)), ("y", Bottom + 18));
            free = X(value) + half + 4;
        }
        Svg.Element("text", LabelLayout.Fit(unit, _right - _left, MarkSize), ("class", "unit middle"), ("x", (_left + _right) / 2),
            ("y", Bottom + 35));
    }

    private void DrawLegend(List<List<(ChartSeries Series, string Label, double At)>> rows, bool dots)
    {
        for (var row = 0; row < rows.Count; row++)
            foreach (var (series, label, at) in rows[row])
            {
                var y = 51 + row * Line;
                if (!dots) Svg.Shape("line", ("class", $"line {Palette.ClassOf(series.Number)}"), ("x1", at), ("x2", at + Swatch),
                    ("y1", y - 4), ("y2", y - 4));
                Markers.Open(Svg, $"spot {Palette.ClassOf(series.Number)}", series.Number, at + Swatch / 2, y - 4, dots ? 5.5 : 3.5)
                    .Close();
                Svg.Open("text", ("x", at + Swatch + 5), ("y", y)).Text(label);
                if (label != series.Label) Svg.Element("title", series.Label);
                Svg.Close();
            }
    }

    private static List<List<(ChartSeries Series, string Label, double At)>> Rows(IReadOnlyList<ChartSeries> legend)
    {
        List<List<(ChartSeries, string, double)>> rows = [];
        var at = Width;
        foreach (var series in legend)
        {
            var label = LabelLayout.Fit(series.Label, Width - 40);
            var width = Swatch + 5 + LabelLayout.Width(label) + 12;
            if (at + width > Width)
            {
                rows.Add([]);
                at = 4;
            }
            rows[^1].Add((series, label, at));
            at += width;
        }
        return rows;
    }
}
