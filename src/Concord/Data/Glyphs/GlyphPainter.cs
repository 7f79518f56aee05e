using Concord.Numerics;

namespace Concord.Data.Glyphs;

/// <summary>
/// Paints one glyph: its strokes are turned, scaled, sheared, bent with an elastic sheet and shifted, drawn with a pen of
/// some width and darkness, and covered with noise. Uses only + - * / and square root in double precision, which every
/// machine rounds alike, so the bytes are the same everywhere.
/// </summary>
internal ref struct GlyphPainter
{
    public const int Side = 28, Pixels = Side * Side;

    // Chosen so that 784-256-256-10 (8,000 samples, 6 epochs, SGD 0.05 / 0.9, batch 64) learns well by backpropagation (97 %), less well
    // by direct feedback alignment (94.5 %), and badly with frozen hidden layers (74 %): mostly the noise decides.
    private const double MaxHalfAngleTangent = 0.15;               // rotation up to 2 atan 0.15 = 17 degrees either way
    private const double SmallestSize = 7.5, LargestSize = 10;     // pixels from the middle to the edge of the plane
    private const double MaxSquash = 0.2, MaxShear = 0.25;
    private const double MaxShift = 0.8;                           // pixels
    private const double MaxBend = 0.18;                           // of the plane's half side
    private const double ThinnestPen = 0.6, ThickestPen = 1.5;     // half the width, in pixels
    private const double FaintestInk = 0.5;
    private const double LeastNoise = 0.1, MostNoise = 0.35;       // standard deviation, of full ink
    private const int SheetKnots = 4;

    private readonly RandomStream _stream;
    private readonly Span<double> _squaredDistance;
    private ulong _drawn;

    private GlyphPainter(RandomStream stream, Span<double> squaredDistance)
    {
        _stream = stream;
        _squaredDistance = squaredDistance;
    }

    /// <summary>Paints a glyph. All that varies is drawn from the stream.</summary>
    /// <param name="strokes">Which glyph.</param>
    /// <param name="stream">This sample's stream.</param>
    /// <param name="image"><see cref="Side"/> x <see cref="Side"/> bytes.</param>
    public static void Paint(Point[][] strokes, RandomStream stream, Span<byte> image) =>
        new GlyphPainter(stream, stackalloc double[Pixels]).Paint(strokes, image);

    private void Paint(Point[][] strokes, Span<byte> image)
    {
        var half = Between(-MaxHalfAngleTangent, MaxHalfAngleTangent);
        double cosine = (1 - half * half) / (1 + half * half), sine = 2 * half / (1 + half * half);
        var size = Between(SmallestSize, LargestSize);
        var squash = Between(-MaxSquash, MaxSquash);
        double width = size * (1 + squash), height = size * (1 - squash);
        var shear = Between(-MaxShear, MaxShear);
        double middleX = 0.5 * (Side - 1) + Between(-MaxShift, MaxShift), middleY = 0.5 * (Side - 1) + Between(-MaxShift, MaxShift);
        var pen = Between(ThinnestPen, ThickestPen);
        var ink = Between(FaintestInk, 1);
        var noise = Between(LeastNoise, MostNoise);
        Span<Point> sheet = stackalloc Point[SheetKnots * SheetKnots];
        for (var i = 0; i < sheet.Length; i++) sheet[i] = new(Between(-MaxBend, MaxBend), Between(-MaxBend, MaxBend));

        _squaredDistance.Fill(1e9);
        foreach (var stroke in strokes)
        {
            Point from = default;
            for (var i = 0; i < stroke.Length; i++)
            {
                var (x, y) = Bent(stroke[i], sheet);
                x = (x + shear * y) * width;
                y *= height;
                Point to = new(middleX + cosine * x - sine * y, middleY + sine * x + cosine * y);
                if (i > 0) Draw(from, to, pen + 1);
                from = to;
            }
        }
        Develop(pen, 255 * ink, 255 * noise, image);
    }

    private double Between(double low, double high) => low + (high - low) * _stream.Uniform(_drawn++);

    /// <summary>The place after the sheet's knots were moved, smoothly in between.</summary>
    private static Point Bent(Point point, ReadOnlySpan<Point> sheet)
    {
        var (column, right) = Knot(point.X);
        var (row, down) = Knot(point.Y);
        var above = row * SheetKnots + column;
        var below = above + SheetKnots;
        var x = Mix(Mix(sheet[above].X, sheet[above + 1].X, right), Mix(sheet[below].X, sheet[below + 1].X, right), down);
        var y = Mix(Mix(sheet[above].Y, sheet[above + 1].Y, right), Mix(sheet[below].Y, sheet[below + 1].Y, right), down);
        return new(point.X + x, point.Y + y);
    }

    /// <summary>The knot before a coordinate, and how far it is to the next, eased so that the sheet has no crease.</summary>
    private static (int Knot, double Part) Knot(double coordinate)
    {
        var at = (coordinate + 1) * (0.5 * (SheetKnots - 1));
        var knot = Math.Clamp((int)at, 0, SheetKnots - 2);
        var part = Math.Clamp(at - knot, 0, 1);
        return (knot, part * part * (3 - 2 * part));
    }

    private static double Mix(double from, double to, double part) => from + (to - from) * part;

    /// <summary>Notes the distance from every pixel within reach to the straight piece, where it is the nearest so far.</summary>
    private readonly void Draw(Point from, Point to, double reach)
    {
        double alongX = to.X - from.X, alongY = to.Y - from.Y;
        var squaredLength = alongX * alongX + alongY * alongY;
        var top = Math.Max(0, (int)(Math.Min(from.Y, to.Y) - reach));
        var bottom = Math.Min(Side - 1, (int)(Math.Max(from.Y, to.Y) + reach) + 1);
        var left = Math.Max(0, (int)(Math.Min(from.X, to.X) - reach));
        var right = Math.Min(Side - 1, (int)(Math.Max(from.X, to.X) + reach) + 1);
        for (var row = top; row <= bottom; row++)
            for (var column = left; column <= right; column++)
            {
                double x = column - from.X, y = row - from.Y;
                var t = squaredLength > 0 ? Math.Clamp((x * alongX + y * alongY) / squaredLength, 0, 1) : 0;
                x -= t * alongX;
                y -= t * alongY;
                ref var nearest = ref _squaredDistance[row * Side + column];
                nearest = Math.Min(nearest, x * x + y * y);
            }
    }

    /// <summary>Turns distances into ink with soft edges, and adds noise.</summary>
    private readonly void Develop(double pen, double ink, double noise, Span<byte> image)
    {
        var grain = _stream.Split("grain");
        for (var i = 0; i < Pixels; i += 4)
        {
            var words = grain.Block((ulong)i / 4);
            image[i] = Tone(_squaredDistance[i], words.W0);
            image[i + 1] = Tone(_squaredDistance[i + 1], words.W1);
            image[i + 2] = Tone(_squaredDistance[i + 2], words.W2);
            image[i + 3] = Tone(_squaredDistance[i + 3], words.W3);
        }

        byte Tone(double squaredDistance, uint word)
        {
            const double mean = 510, deviation = 147.8;   // of the sum of a word's four bytes, which is nearly normal
            var bytes = (word & 255) + ((word >> 8) & 255) + ((word >> 16) & 255) + (word >> 24);
            var covered = Math.Clamp(pen + 0.5 - Math.Sqrt(squaredDistance), 0, 1);
            return (byte)Math.Clamp(ink * covered + noise * ((bytes - mean) / deviation) + 0.5, 0, 255);
        }
    }
}
