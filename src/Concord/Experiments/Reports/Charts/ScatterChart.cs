namespace Concord.Experiments.Charts;

/// <summary>Points in a plane, one per run, with a legend.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Series">The points.</param>
internal sealed record ScatterChart(ChartText Text, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>What the vertical axis never goes below.</summary>
    public double Floor { get; init; } = double.NegativeInfinity;

    /// <summary>What it never goes above.</summary>
    public double Ceiling { get; init; } = double.PositiveInfinity;

    /// <summary>Draws it.</summary>
    public void Draw(Markup page)
    {
        var shown = Series.Select(
            series => series with { Points = [.. series.Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))] })
            .Where(series => series.Points.Count > 0).ToList();
        if (shown.Count == 0)
        {
            Plot.Empty(page, Text);
            return;
        }
        var points = shown.SelectMany(series => series.Points).ToList();
        var plot = Plot.Begin(page, Text, Axis.Linear(points.Select(point => point.X), 6),
            Axis.Linear(points.Select(point => point.Y), 6, floor: Floor, ceiling: Ceiling), shown, 0, dots: true);
        foreach (var series in shown)
        {
            plot.Svg.Open("g", ("class", Palette.ClassOf(series.Number)));
            foreach (var point in series.Points)
                Markers.Open(plot.Svg, "spot", series.Number, plot.X(point.X), plot.Y(point.Y), 5.5)
                    .Element("title", point.Says).Close();
            plot.Svg.Close();
        }
        page.Close().Line();
    }
}
