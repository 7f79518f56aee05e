using System.Runtime.InteropServices;
using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>
/// Postures of a dog as an accelerometer at its collar would see them, made up for this library and no recording: what a circuit of
/// resistors and capacitors can tell apart. In units of g, x to the front, y to the left, z up, gravity shows as
/// <code>
/// standing (0, 0, 1)   sitting (sin 55°, 0, cos 55°)   side (0, ± sin 80°, cos 80°)   belly (-sin 50°, 0, cos 50°)
/// walking  standing + A (sin(2 pi f t + p), sin(pi f t + q) / 2, sin(2 pi f t + r)), A in 0.7 to 1.1, f in 1.5 to 2.5 Hz
/// </code>
/// turned by the collar about x, y and z in turn, each by up to 20 degrees, with noise of 0.05 g in each of 50 readings, 25 a second. Each
/// axis has two channels that show one sign of it each, up to 2 g; a sample is the mean of each channel over the readings, as a share of
/// 2 g and to 12 bits, as a converter gives it: +x, -x, +y, -y, +z, -z. Postures are equally likely, and all else is uniform but the
/// noise, which is normal.
/// </summary>
internal static class PosturesSet
{
    public const string Name = "postures";
    public const int Train = 6000, Validation = 1000, Test = 1000, Features = 6;
    public const long Seed = 1;

    private const int Readings = 50, Walking = 4, Axes = 3;
    private const double Interval = 1.0 / 25, Noise = 0.05, Range = 2, Turn = 20, Levels = 4096;

    /// <summary>The most samples that one array holds.</summary>
    public static int Most => Array.MaxLength / Features;

    /// <summary>In the order of their numbers.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["standing", "sitting", "side", "belly", "walking"];

    /// <summary>Sample i depends on the seed, the part and i alone.</summary>
    public static (Samples Samples, FileHash Hash) Generate(long seed, string part, int count)
    {
        var stream = RandomStream.FromSeed(seed).Split(Name).Split(part);
        var (values, labels) = (new float[count * Features], new int[count]);
        for (var i = 0; i < count; i++)
        {
            labels[i] = stream.At(i).Below(0, Classes.Count);
            Fill(stream.At(i), labels[i], values.AsSpan(Features * i, Features));
        }
        return (new(new(Features), values, labels, Classes.Count) { IsUnitRange = true },
            FileHash.Of(part, [], MemoryMarshal.AsBytes(values.AsSpan())));
    }

    private static void Fill(RandomStream stream, int posture, Span<float> sample)
    {
        double Draw(ulong number, double low, double high) => low + (high - low) * stream.Uniform(number);
        Span<double> turns = [Draw(1, -Turn, Turn), Draw(2, -Turn, Turn), Draw(3, -Turn, Turn)];
        var side = stream.Uniform(4) < 0.5 ? -1 : 1;
        var amplitude = posture == Walking ? Draw(5, 0.7, 1.1) : 0;
        double frequency = Draw(6, 1.5, 2.5), p = Draw(7, 0, 2 * Math.PI), q = Draw(8, 0, 2 * Math.PI), r = Draw(9, 0, 2 * Math.PI);
        Span<double> sums = stackalloc double[Features];
        Span<double> reading = stackalloc double[Axes];
        var noise = stream.Split("noise");
        for (var n = 0; n < Readings; n++)
        {
            var phase = Math.PI * frequency * n * Interval;
            reading[0] = Front(posture) + amplitude * Math.Sin(2 * phase + p);
            reading[1] = (posture == 2 ? side * Math.Sin(Radians(80)) : 0) + amplitude / 2 * Math.Sin(phase + q);
            reading[2] = Up(posture) + amplitude * Math.Sin(2 * phase + r);
            Rotate(reading, 1, 2, turns[0]);
            Rotate(reading, 2, 0, turns[1]);
            Rotate(reading, 0, 1, turns[2]);
            for (var axis = 0; axis < Axes; axis++)
            {
                var word = (ulong)(2 * (Axes * n + axis));
                var seen = reading[axis] + Noise * RandomStream.ToNormals(noise.Word(word), noise.Word(word + 1)).First;
                sums[2 * axis + (seen < 0 ? 1 : 0)] += Math.Min(Math.Abs(seen), Range);
            }
        }
        for (var j = 0; j < Features; j++) sample[j] = (float)(Math.Round(sums[j] / (Readings * Range) * Levels) / Levels);
    }

    private static double Front(int posture) => posture switch { 1 => Math.Sin(Radians(55)), 3 => -Math.Sin(Radians(50)), _ => 0 };

    private static double Up(int posture) => posture switch
    {
        1 => Math.Cos(Radians(55)), 2 => Math.Cos(Radians(80)), 3 => Math.Cos(Radians(50)), _ => 1,
    };

    private static double Radians(double degrees) => degrees * Math.PI / 180;

    // In the plane of two axes, from the first towards the second.
    private static void Rotate(Span<double> vector, int first, int second, double degrees)
    {
        var (sine, cosine) = Math.SinCos(Radians(degrees));
        (vector[first], vector[second]) =
            (cosine * vector[first] - sine * vector[second], sine * vector[first] + cosine * vector[second]);
    }
}
