using System.Text;

namespace Concord.Experiments.Charts;

/// <summary>
/// Lines with bands. Each line is named where it ends, as far as the names find room next to one another; else there is a legend.
/// </summary>
/// <param name="Text">What it says.</param>
/// <param name="Series">The lines.</param>
internal sealed record LineChart(ChartText Text, IReadOnlyList<ChartSeries> Series)
{
    private const double LabelGap = 15, WidestLabel = 132, LeadLength = 18;
    private const int MostDots = 40, MostPoints = 160, MostHidden = 60, LeastMarks = 5;

    /// <summary>Whether only whole numbers are marked below.</summary>
    public bool WholeX { get; init; } = true;

    /// <summary>Whether the vertical axis is logarithmic where its values span more than a factor of twenty.</summary>
    public bool MayBeLogarithmic { get; init; }

    /// <summary>What the vertical axis always holds, so that charts can be compared.</summary>
    public IReadOnlyList<double> Always { get; init; } = [];

    /// <summary>What the vertical axis never goes below.</summary>
    public double Floor { get; init; } = double.NegativeInfinity;

    /// <summary>What it never goes above.</summary>
    public double Ceiling { get; init; } = double.PositiveInfinity;

    /// <summary>Draws it.</summary>
    public void Draw(Markup page)
    {
        var shown = Series.Where(series => series.Points.Any(Finite)).Select(Thin).ToList();
        if (shown.Count == 0)
        {
            Plot.Empty(page, Text);
            return;
        }
        var logarithmic = MayBeLogarithmic && Spans(shown);
        // A band may reach down to 0, where a logarithm has no bottom.
        var values = shown.SelectMany(series => series.Points).Where(Finite)
            .SelectMany(point => (double[])[point.Y, logarithmic ? point.Y : point.Low, point.High])
            .Concat(shown.SelectMany(series => series.Seeds).Where(Finite).Select(point => point.Y)).ToList();
        var y = logarithmic ? Axis.Logarithmic(values, 6) : Axis.Linear(values.Concat(Always), 6, floor: Floor, ceiling: Ceiling);
        var x = Axis.Linear(shown.SelectMany(series => series.Points).Where(Finite).Select(point => point.X), 7, round: false,
            least: WholeX ? 1 : 0);

        var direct = (shown.Count - 1) * LabelGap <= Plot.LabelRoom && shown.Count <= 12;
        var room = direct ? LeadLength + 8 + Math.Min(WidestLabel, shown.Max(series => LabelLayout.Width(series.Label))) : 0;
        var plot = Plot.Begin(page, logarithmic ? Text with { YUnit = $"{Text.YUnit}, logarithmic" } : Text, x, y,
            direct ? [] : shown, room);
        foreach (var series in shown) DrawBand(plot, series);
        foreach (var series in shown) DrawLine(plot, series);
        foreach (var series in shown) DrawSeeds(plot, series);
        foreach (var series in shown) DrawDots(plot, series);
        if (direct) DrawLabels(plot, shown);
        page.Close().Line();
    }

    private static bool Finite(ChartPoint point) => double.IsFinite(point.X) && double.IsFinite(point.Y);

    private static bool Spans(List<ChartSeries> shown)
    {
        var values = shown.SelectMany(series => series.Points).Where(Finite).Select(point => point.Y).ToList();
        return values.Min() > 0 && values.Max() > 20 * values.Min();
    }

    // More points than the drawing can tell apart would only make the page larger. First and last always stay.
    private static ChartSeries Thin(ChartSeries series)
    {
        var stride = (series.Points.Count + MostPoints - 1) / MostPoints;
        return stride <= 1 ? series
            : series with { Points = [.. series.Points.Where((_, i) => i % stride == 0 || i == series.Points.Count - 1)], Seeds = [] };
    }

    private static void DrawBand(Plot plot, ChartSeries series)
    {
        foreach (var part in Parts(series.Points,
            point => plot.Holds(point.X, point.Y) && double.IsFinite(point.Low) && double.IsFinite(point.High)))
        {
            if (part.Count < 2) continue;
            var path = new StringBuilder();
            for (var i = 0; i < part.Count; i++) Append(path, i == 0 ? 'M' : 'L', plot.X(part[i].X), plot.Y(part[i].High));
            for (var i = part.Count - 1; i >= 0; i--) Append(path, 'L', plot.X(part[i].X), plot.Y(part[i].Low));
            plot.Svg.Shape("path", ("class", $"band {Palette.ClassOf(series.Number)}"), ("d", path.Append('Z').ToString()));
        }
    }

    private static void DrawLine(Plot plot, ChartSeries series)
    {
        var path = new StringBuilder();
        foreach (var part in Parts(series.Points, point => plot.Holds(point.X, point.Y)))
            for (var i = 0; i < part.Count && part.Count > 1; i++) Append(path, i == 0 ? 'M' : 'L', plot.X(part[i].X), plot.Y(part[i].Y));
        if (path.Length > 0) plot.Svg.Shape("path", ("class", $"line {Palette.ClassOf(series.Number)}"), ("d", path.ToString()));
    }

    private static void DrawSeeds(Plot plot, ChartSeries series)
    {
        foreach (var point in series.Seeds.Where(point => plot.Holds(point.X, point.Y)))
            Markers.Open(plot.Svg, $"dot seed {Palette.ClassOf(series.Number)}", series.Number, plot.X(point.X), plot.Y(point.Y), 1.6)
                .Element("title", point.Says).Close();
    }

    private static void DrawDots(Plot plot, ChartSeries series)
    {
        var points = series.Points;
        // where none is seen, not each needs a place to point at
        var stride = points.Count <= MostDots ? 1 : (points.Count + MostHidden - 1) / MostHidden;
        plot.Svg.Open("g", ("class", Palette.ClassOf(series.Number)));
        for (var i = 0; i < points.Count; i++)
        {
            if (!plot.Holds(points[i].X, points[i].Y) || (i % stride != 0 && i != points.Count - 1)) continue;
            var alone = (i == 0 || !double.IsFinite(points[i - 1].Y)) && (i == points.Count - 1 || !double.IsFinite(points[i + 1].Y));
            // some are seen on long lines too, for the marker says which line it is
            var isSeen = alone || points.Count <= MostDots || i == points.Count - 1 || i % (stride * (MostHidden / LeastMarks)) == 0;
            Markers.Open(plot.Svg, isSeen ? "dot" : "dot hid", series.Number, plot.X(points[i].X), plot.Y(points[i].Y), alone ? 3.5 : 2.8)
                .Element("title", points[i].Says).Close();
        }
        plot.Svg.Close();
    }

    private static void DrawLabels(Plot plot, List<ChartSeries> shown)
    {
        var ends = shown.Select(series => series.Points.Last(point => plot.Holds(point.X, point.Y))).ToList();
        var places = LabelLayout.Spread([.. ends.Select(end => plot.Y(end.Y))], LabelGap, plot.Top, Plot.LabelRoom + plot.Top);
        for (var i = 0; i < shown.Count; i++)
        {
            double x = plot.X(ends[i].X), y = plot.Y(ends[i].Y), at = plot.Right + LeadLength;
            var label = LabelLayout.Fit(shown[i].Label, WidestLabel);
            if (x < plot.Right - 1) Lead("lead far", x + 4, y, plot.Right + 4, y);   // a line that ends early
            Lead("lead", plot.Right + 4, y, at - 3, places[i]);
            plot.Svg.Open("text", ("x", at), ("y", places[i] + 4)).Text(label);
            if (label != shown[i].Label) plot.Svg.Element("title", shown[i].Label);
            plot.Svg.Close();

            void Lead(string style, double x1, double y1, double x2, double y2) =>
                plot.Svg.Shape("line", ("class", $"{style} {Palette.ClassOf(shown[i].Number)}"), ("x1", x1), ("y1", y1),
                    ("x2", x2), ("y2", y2));
        }
    }

    private static IEnumerable<List<ChartPoint>> Parts(IReadOnlyList<ChartPoint> points, Func<ChartPoint, bool> holds)
    {
        List<ChartPoint> part = [];
        foreach (var point in points)
        {
            if (holds(point))
            {
                part.Add(point);
                continue;
            }
            if (part.Count > 0) yield return part;
            part = [];
        }
        if (part.Count > 0) yield return part;
    }

    private static void Append(StringBuilder path, char command, double x, double y) =>
        path.Append(command).Append(Markup.Number(x)).Append(' ').Append(Markup.Number(y));
}
