using Concord.Numerics;

namespace Concord.Data;

/// <summary>
/// A task with a known answer: what a random network, the teacher, makes of Gaussian inputs (the setting of Refinetti, d'Ascoli, Ohana and
/// Goldt 2021). With x [inputs] of N(0, 1), W [hidden, inputs] of N(0, 1/inputs) and V [outputs, hidden] of N(0, 1/hidden), the targets are
/// <code>
/// t = V tanh(W x),
/// </code>
/// real numbers, without noise, so that a network of the teacher's size can come to a loss of zero.
/// </summary>
internal static class TeacherStudentSet
{
    public const string Name = "teacher-student";
    public const int Train = 50_000, Test = 2000, Inputs = 100, Hidden = 10, Outputs = 5;
    public const long Seed = 1;

    /// <summary>One part. Sample i depends on the seed, the part and i alone, and the teacher on the seed and its sizes.</summary>
    public static Samples Generate(long seed, string part, int count, int inputs, int hidden, int outputs)
    {
        var root = RandomStream.FromSeed(seed).Split(Name);
        double[] first = new double[hidden * inputs], second = new double[outputs * hidden];
        Normals(root.Split("first"), 1 / Math.Sqrt(inputs), first);
        Normals(root.Split("second"), 1 / Math.Sqrt(hidden), second);
        var stream = root.Split(part);
        var (elements, targets) = (new float[count * inputs], new float[count * outputs]);
        double[] x = new double[inputs], activity = new double[hidden];
        for (var i = 0; i < count; i++)
        {
            Normals(stream.At(i), 1, x);
            for (var j = 0; j < inputs; j++) elements[i * inputs + j] = (float)x[j];
            for (var h = 0; h < hidden; h++) activity[h] = Math.Tanh(Product(first.AsSpan(h * inputs, inputs), x));
            for (var k = 0; k < outputs; k++) targets[i * outputs + k] = (float)Product(second.AsSpan(k * hidden, hidden), activity);
        }
        return new(new(inputs), elements, targets, outputs);
    }

    private static void Normals(RandomStream stream, double deviation, double[] values)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            var (first, second) = RandomStream.ToNormals(stream.Word((ulong)i), stream.Word((ulong)i + 1));
            values[i] = deviation * first;
            if (i + 1 < values.Length) values[i + 1] = deviation * second;
        }
    }

    private static double Product(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
