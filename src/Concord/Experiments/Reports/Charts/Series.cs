namespace Concord.Experiments.Charts;

/// <summary>One point of a series.</summary>
/// <param name="X">Where.</param>
/// <param name="Y">How much; NaN leaves a gap.</param>
/// <param name="Low">The lower end of its band; NaN for none.</param>
/// <param name="High">The upper end.</param>
/// <param name="Says">What is told about it when it is pointed at.</param>
internal readonly record struct ChartPoint(double X, double Y, double Low, double High, string Says);

/// <summary>Points that belong together.</summary>
/// <param name="Label">What they are called.</param>
/// <param name="Number">Decides colour, dashes and marker, the same in every chart of a page.</param>
/// <param name="Points">The points, in order of <c>X</c>.</param>
internal sealed record ChartSeries(string Label, int Number, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>The points of single seeds, where there are too few of them for a band.</summary>
    public IReadOnlyList<ChartPoint> Seeds { get; init; } = [];
}

/// <summary>What a chart says besides its points.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="XUnit">What its horizontal axis measures.</param>
/// <param name="YUnit">What its vertical axis measures.</param>
/// <param name="Otherwise">What it says if there is nothing to show.</param>
internal sealed record ChartText(string Name, string XUnit, string YUnit, string Otherwise);
