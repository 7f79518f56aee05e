namespace Concord.Data.Glyphs;

/// <summary>A point on the drawing plane: -1 to 1 from left to right and from top to bottom.</summary>
internal readonly record struct Point(double X, double Y);

/// <summary>
/// The ten glyphs as pen strokes. Arcs are rational: (1 - t^2, 2t) / (1 + t^2) for t in 0..1 is a quarter of a circle, so
/// that no library function, whose last bit differs between machines, has a say.
/// </summary>
internal static class GlyphStrokes
{
    private const double Step = 0.3;   // the longest straight piece; what is shorter bends with the sheet

    public static IReadOnlyList<string> Names { get; } = ["ring", "hook", "spiral", "wave", "zigzag", "triangle", "arrow", "fork",
        "hourglass", "flag"];

    /// <summary>A glyph is a list of strokes, a stroke a list of points.</summary>
    public static IReadOnlyList<Point[][]> All { get; } =
    [
        [Arc(0, 0, 0.75, 0, 4, 1)],
        [Arc(0, 0, 0.75, 0, 3, 1), Line((0, -0.75), (0.5, -0.75))],
        [Arc(0, 0, 0.8, 1, 6, 0.2)],
        [[.. Arc(0, -0.4, 0.4, 0, -3, 1), .. Arc(0, 0.4, 0.4, 3, 3, 1)]],
        [Line((-0.65, -0.7), (0.65, -0.7), (-0.65, 0.7), (0.65, 0.7))],
        [Line((0, -0.75), (0.75, 0.65), (-0.75, 0.65), (0, -0.75))],
        [Line((0, 0.8), (0, -0.8)), Line((-0.6, -0.15), (0, -0.8), (0.6, -0.15))],
        [Line((0, 0.8), (0, -0.8)), Line((-0.65, -0.7), (-0.65, 0), (0.65, 0), (0.65, -0.7))],
        [Line((-0.65, -0.7), (0.65, -0.7), (-0.65, 0.7), (0.65, 0.7), (-0.65, -0.7))],
        [Line((-0.5, 0.8), (-0.5, -0.75), (0.65, -0.75), (0.65, 0), (-0.5, 0))],
    ];

    /// <summary>Straight pieces from corner to corner.</summary>
    private static Point[] Line(params ReadOnlySpan<(double X, double Y)> corners)
    {
        var points = new List<Point> { new(corners[0].X, corners[0].Y) };
        for (var c = 1; c < corners.Length; c++)
        {
            var (fromX, fromY) = corners[c - 1];
            double alongX = corners[c].X - fromX, alongY = corners[c].Y - fromY;
            var pieces = (int)(Math.Sqrt(alongX * alongX + alongY * alongY) / Step) + 1;
            for (var i = 1; i <= pieces; i++)
            {
                var t = (double)i / pieces;
                points.Add(new(fromX + t * alongX, fromY + t * alongY));
            }
        }
        return [.. points];
    }

    /// <summary>
    /// Quarters of a circle, from the given one on (0 starts at the right, 1 at the bottom, 2 left, 3 top; negative counts go the other
    /// way), its radius changing evenly to radius * shrink.
    /// </summary>
    private static Point[] Arc(double centreX, double centreY, double radius, int quarter, int quarters, double shrink)
    {
        const int pieces = 4;
        var points = new List<Point>();
        var steps = Math.Abs(quarters) * pieces;
        for (var i = 0; i <= steps; i++)
        {
            var t = (double)(i % pieces) / pieces;
            double across = (1 - t * t) / (1 + t * t), down = 2 * t / (1 + t * t);
            var turn = quarters < 0 ? -(i / pieces) : i / pieces;
            if (quarters < 0) down = -down;
            var (x, y) = ((quarter + turn) & 3) switch
            {
                0 => (across, down),
                1 => (-down, across),
                2 => (-across, -down),
                _ => (down, -across),
            };
            var r = radius * (1 + (shrink - 1) * i / steps);
            points.Add(new(centreX + r * x, centreY + r * y));
        }
        return [.. points];
    }
}
