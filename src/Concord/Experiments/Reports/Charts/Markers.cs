namespace Concord.Experiments.Charts;

/// <summary>The shapes that points of a series have, by its number.</summary>
internal static class Markers
{
    // Of radius 1 around 0, and about alike in weight: circle, square, triangle, diamond, triangle down, plus, cross, hourglass.
    private static readonly string[] s_shapes =
    [
        "", "-.85 -.85 .85 -.85 .85 .85 -.85 .85", "0 -1.15 1.05 .8 -1.05 .8", "0 -1.2 1.2 0 0 1.2 -1.2 0", "0 1.15 1.05 -.8 -1.05 -.8",
        "-.35 -1.1 .35 -1.1 .35 -.35 1.1 -.35 1.1 .35 .35 .35 .35 1.1 -.35 1.1 -.35 .35 -1.1 .35 -1.1 -.35 -.35 -.35",
        "-1.05 -.6 -.6 -1.05 0 -.45 .6 -1.05 1.05 -.6 .45 0 1.05 .6 .6 1.05 0 .45 -.6 1.05 -1.05 .6 -.45 0",
        "-1 -1.05 1 -1.05 .25 0 1 1.05 -1 1.05 -.25 0",
    ];

    /// <summary>How many there are.</summary>
    public static int Count => s_shapes.Length;

    /// <summary>Opens one; what it says follows, and then it is closed.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="style">Its classes.</param>
    /// <param name="number">The series.</param>
    /// <param name="x">Where its middle is.</param>
    /// <param name="y">The same.</param>
    /// <param name="radius">How large it is.</param>
    public static Markup Open(Markup page, string style, int number, double x, double y, double radius)
    {
        var shape = s_shapes[Palette.MarkerOf(number) % Count];
        if (shape.Length == 0) return page.Open("circle", ("class", style), ("cx", x), ("cy", y), ("r", radius));
        var places = shape.Split(' ').Select(word => double.Parse(word, System.Globalization.CultureInfo.InvariantCulture))
            .Select((value, i) => Markup.Number((i % 2 == 0 ? x : y) + radius * value));
        return page.Open("polygon", ("class", style), ("points", string.Join(' ', places)));
    }
}
