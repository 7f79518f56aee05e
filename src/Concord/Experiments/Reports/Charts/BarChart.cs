namespace Concord.Experiments.Charts;

/// <summary>Bars at whole numbers, those of several series side by side, with a legend.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Series">The bars: each point's height at its whole number.</param>
internal sealed record BarChart(ChartText Text, IReadOnlyList<ChartSeries> Series)
{
    private const double Share = 0.8;   // of the distance between two numbers that bars take

    /// <summary>How far apart the numbers are that have bars.</summary>
    public double Step { get; init; } = 1;

    /// <summary>Draws it.</summary>
    public void Draw(Markup page)
    {
        var points = Series.SelectMany(series => series.Points).Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))
            .ToList();
        if (points.Count == 0)
        {
            Plot.Empty(page, Text);
            return;
        }
        var plot = Plot.Begin(page, Text,
            Axis.Linear([points.Min(point => point.X) - Step / 2, points.Max(point => point.X) + Step / 2], 9, round: false, least: 1),
            Axis.Linear(points.Select(point => point.Y).Append(0), 6, floor: 0), Series, 0, dots: true);
        var width = Share * Step / Series.Count;
        for (var s = 0; s < Series.Count; s++)
        {
            plot.Svg.Open("g", ("class", Palette.ClassOf(Series[s].Number)));
            foreach (var point in Series[s].Points.Where(points.Contains))
            {
                var from = point.X - Share * Step / 2 + s * width;
                plot.Svg.Open("rect", ("class", "bar"), ("x", plot.X(from)), ("y", plot.Y(point.Y)),
                    ("width", Math.Max(1, plot.X(from + width) - plot.X(from))), ("height", Math.Max(0, plot.Y(0) - plot.Y(point.Y))))
                    .Element("title", point.Says).Close();
            }
            plot.Svg.Close();
        }
        page.Close().Line();
    }
}
