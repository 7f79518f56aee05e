using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

/// <summary>
/// The equations of <see cref="ReciprocalPopulations"/> written out on plain arrays, one neuron and one synapse at a time.
/// </summary>
internal static class PaperPairing
{
    /// <summary>Lets time pass from rest; W and B are changed.</summary>
    /// <returns>Spikes of the lower and of the upper population.</returns>
    public static (long Lower, long Upper) Run(Kernels kernels, RandomStream stream, double[] w, double[] b, int lower, int upper,
        ReciprocalSettings settings, int milliseconds)
    {
        var neurons = lower + upper;
        double[] v = new double[neurons], current = new double[neurons], noise = new double[neurons], x = new double[neurons];
        var (below, above) = (0L, 0L);
        foreach (var normals in Noise(kernels, stream, neurons, milliseconds))
        {
            List<int> fired = [];
            for (var k = 0; k < neurons; k++)
            {
                Move(ref v[k], ref current[k], ref noise[k], normals[k], settings);
                x[k] *= Math.Exp(-1 / settings.Trace);
                if (v[k] < 1) continue;
                v[k] = 0;
                fired.Add(k);
            }
            foreach (var k in fired)
                for (var i = 0; i < lower; i++)
                    for (var j = 0; j < upper; j++)
                    {
                        var step = k == i ? -settings.Rate * x[lower + j] : k == lower + j ? settings.Rate * x[i] : 0;
                        if (settings.Plastic != PlasticSide.Forward && (settings.IsAntiHebbian || step > 0)) b[i * upper + j] += step;
                        if (settings.Plastic != PlasticSide.Feedback && (settings.IsAntiHebbian || step < 0)) w[i * upper + j] -= step;
                    }
            foreach (var k in fired)
            {
                x[k]++;
                for (var j = 0; j < upper && k < lower; j++) current[lower + j] += settings.Gain * w[k * upper + j];
                for (var i = 0; i < lower && k >= lower && settings.IsClosed; i++)
                    current[i] += settings.Gain * b[i * upper + k - lower];
                if (k < lower) below++;
                else above++;
            }
        }
        return (below, above);
    }

    /// <summary>The potentials of neurons that never fire, after the first second.</summary>
    public static IReadOnlyList<double> Potentials(
        Kernels kernels, RandomStream stream, int neurons, ReciprocalSettings settings, int milliseconds)
    {
        double[] v = new double[neurons], noise = new double[neurons];
        List<double> seen = [];
        var time = 0;
        foreach (var normals in Noise(kernels, stream, neurons, milliseconds))
        {
            for (var k = 0; k < neurons; k++)
            {
                var none = 0.0;
                Move(ref v[k], ref none, ref noise[k], normals[k], settings);
                if (time >= 1000) seen.Add(v[k]);
            }
            time++;
        }
        return seen;
    }

    private static void Move(ref double v, ref double current, ref double noise, double normal, ReciprocalSettings settings)
    {
        double a = Math.Exp(-1.0 / 20), b = settings.Correlation > 0 ? Math.Exp(-1 / settings.Correlation) : 0;
        var deviation = settings.Deviation * Math.Sqrt((1 + a) * (1 - a * b) / ((1 - a) * (1 + a * b)));
        noise = b * noise + deviation * Math.Sqrt(1 - b * b) * normal;
        v = a * v + (1 - a) * (settings.Drive + current + noise);
        current *= Math.Exp(-1.0 / 5);
    }

    // A row for each millisecond, of neurons up to the next multiple of 8; 65,536 numbers are drawn at once.
    private static IEnumerable<double[]> Noise(Kernels kernels, RandomStream stream, int neurons, int milliseconds)
    {
        var width = (neurons + 7) / 8 * 8;
        var rows = Math.Max(1, 65_536 / width);
        double[] drawn = [];
        for (var time = 0; time < milliseconds; time++)
        {
            if (time % rows == 0)
            {
                var tensor = kernels.Allocate(new(rows, width));
                kernels.FillStandardNormal(stream.At(time / rows), tensor);
                drawn = tensor.ToArray();
            }
            yield return drawn[(time % rows * width)..(time % rows * width + neurons)];
        }
    }
}
