using System.Runtime.InteropServices;
using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>
/// Points of the yin-yang sign, a small task that no network without hidden units can learn (Kriener, Göltz and Petrovici 2021). Points
/// lie in the disc of radius R = 0.5 around (R, R). With r = 0.1 and the distances l to (R/2, R) and h to (3R/2, R), a point (x, y) is of
/// <code>
/// dot    where l &lt; r or h &lt; r,
/// yang   elsewhere, where h &lt;= r, or r &lt; l &lt;= R/2, or y &gt; R and h &gt; R/2,
/// yin    elsewhere,
/// </code>
/// so that the border of yin and yang is two half circles of radius R/2. A sample's class is drawn first, all equally likely, then points
/// until one is of it. It is given as x, y, 1 - x, 1 - y, so that of two neurons that fire the later the larger their number is, one fires
/// early wherever the point lies. Coordinates are multiples of 2^-24, which single precision holds, so the bytes are the same everywhere.
/// </summary>
internal static class YinYangSet
{
    public const string Name = "yin-yang";
    public const int Train = 6000, Validation = 1000, Test = 1000, Features = 4;   // of the training samples 5,000 remain, as published
    public const long Seed = 1;

    private const double Radius = 0.5, DotRadius = 0.1;
    private const int Yin = 0, Yang = 1, Dot = 2;

    /// <summary>The most samples that one array holds.</summary>
    public static int Most => Array.MaxLength / Features;

    /// <summary>As the authors number them.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["yin", "yang", "dot"];

    /// <summary>Sample i depends on the seed, the part and i alone.</summary>
    public static (Samples Samples, FileHash Hash) Generate(long seed, string part, int count)
    {
        var stream = RandomStream.FromSeed(seed).Split(Name).Split(part);
        var (values, labels) = (new float[count * Features], new int[count]);
        for (var i = 0; i < count; i++)
        {
            labels[i] = stream.At(i).Below(0, Classes.Count);
            var (x, y) = Point(stream.At(i), labels[i]);
            (values[Features * i], values[Features * i + 1]) = ((float)x, (float)y);
            (values[Features * i + 2], values[Features * i + 3]) = ((float)(1 - x), (float)(1 - y));
        }
        return (new(new(Features), values, labels, Classes.Count) { IsUnitRange = true },
            FileHash.Of(part, [], MemoryMarshal.AsBytes(values.AsSpan())));
    }

    /// <summary>The class of a point; null outside of the sign.</summary>
    public static int? ClassOf(double x, double y)
    {
        if (Squared(x, y, Radius) > Radius * Radius) return null;
        double left = Squared(x, y, Radius / 2), right = Squared(x, y, 3 * Radius / 2);
        const double dot = DotRadius * DotRadius, half = Radius * Radius / 4;
        if (left < dot || right < dot) return Dot;
        return right <= dot || (left > dot && left <= half) || (y > Radius && right > half) ? Yang : Yin;
    }

    private static (double X, double Y) Point(RandomStream stream, int label)
    {
        for (ulong draw = 1; ; draw += 2)
        {
            double x = stream.Uniform(draw), y = stream.Uniform(draw + 1);
            if (ClassOf(x, y) == label) return (x, y);
        }
    }

    /// <summary>The squared distance to a point on the line through the middle.</summary>
    private static double Squared(double x, double y, double middle) => (x - middle) * (x - middle) + (y - Radius) * (y - Radius);
}
