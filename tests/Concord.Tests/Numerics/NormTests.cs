using Concord.Numerics;

namespace Concord.Tests.Numerics;

public class NormTests
{
    private const double Epsilon = 1e-2;

    [Theory]
    [InlineData(NormAxis.Columns)]
    [InlineData(NormAxis.Rows)]
    public void MomentsAreMeanAndBiasedVariance(NormAxis axis) => Scene.ForAll(s =>
    {
        var x = s.Draw();
        for (var i = 0; i < x.Length; i++) x[i] += 3;
        var (mean, variance) = Moments(s, axis, x);
        s.Equal(m => Group(s, axis, x, m).DefaultIfEmpty().Average(), mean, 4);
        s.Equal(m => SquaredDeviation([.. Group(s, axis, x, m)]), variance, 20);
    });

    [Theory]
    [InlineData(NormAxis.Columns)]
    [InlineData(NormAxis.Rows)]
    public void NormalisingIsItsFormula(NormAxis axis) => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), gain = s.DrawRow(), shift = s.DrawRow(), y = s.Garbage();
        var (mean, variance) = Moments(s, axis, x);
        s.Kernels.Normalize(axis, x, mean, variance, Epsilon, gain, shift, y);
        s.Equal(i => gain[i % s.Width] * H(s, axis, x, mean, variance, i) + shift[i % s.Width], y, 20);
        s.Kernels.Normalize(axis, x, mean, variance, Epsilon, gain, shift, x);
        Assert.Equal(y.ToArray(), x.ToArray());
    });

    [Theory]
    [InlineData(NormAxis.Columns, true, true)]
    [InlineData(NormAxis.Columns, false, true)]
    [InlineData(NormAxis.Columns, true, false)]
    [InlineData(NormAxis.Columns, false, false)]
    [InlineData(NormAxis.Rows, true, true)]
    [InlineData(NormAxis.Rows, false, true)]
    [InlineData(NormAxis.Rows, true, false)]
    [InlineData(NormAxis.Rows, false, false)]
    public void TheDerivativeIsItsFormula(NormAxis axis, bool downward, bool differentiateMoments) => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), gain = s.DrawRow(), v = s.Draw(), result = s.Garbage();
        var (mean, variance) = Moments(s, axis, x);
        var h = Enumerable.Range(0, x.Length).Select(i => H(s, axis, x, mean, variance, i)).ToArray();
        var u = Enumerable.Range(0, x.Length).Select(i => downward ? gain[i % s.Width] * v[i] : v[i]).ToArray();
        int Group(int i) => axis == NormAxis.Columns ? i % s.Width : i / s.Width;
        double[] sumU = new double[mean.Length], sumHu = new double[mean.Length];
        for (var i = 0; i < x.Length; i++) (sumU[Group(i)], sumHu[Group(i)]) = (sumU[Group(i)] + u[i], sumHu[Group(i)] + h[i] * u[i]);
        var members = axis == NormAxis.Columns ? s.Rows : s.Width;
        double Expected(int i)
        {
            var centred = differentiateMoments ? u[i] - sumU[Group(i)] / members - h[i] * sumHu[Group(i)] / members : u[i];
            return (downward ? 1 : gain[i % s.Width]) * centred / Math.Sqrt(variance[Group(i)] + Epsilon);
        }
        s.Kernels.NormalizeDerivative(axis, downward, differentiateMoments, x, mean, variance, Epsilon, gain, v, result);
        s.Equal(Expected, result, 200);
        s.Kernels.NormalizeDerivative(axis, downward, differentiateMoments, x, mean, variance, Epsilon, gain, v, v);
        Assert.Equal(result.ToArray(), v.ToArray());
    });

    [Theory]
    [InlineData(NormAxis.Columns)]
    [InlineData(NormAxis.Rows)]
    public void TheDerivativeIsTheLimitOfDifferences(NormAxis axis)
    {
        using var kernels = new Concord.Numerics.Engines.DoubleKernels();
        var s = new Scene(kernels, 6, 5, 3);
        Tensor x = s.Draw(), gain = s.DrawRow(), shift = s.DrawRow(), v = s.Draw(), up = s.Garbage(), w = s.Draw(), down = s.Garbage();
        var (mean, variance) = Moments(s, axis, x);
        kernels.NormalizeDerivative(axis, false, true, x, mean, variance, Epsilon, gain, v, up);
        kernels.NormalizeDerivative(axis, true, true, x, mean, variance, Epsilon, gain, w, down);

        Tensor above = Moved(1e-6), below = Moved(-1e-6);
        s.Equal(i => (above[i] - below[i]) / 2e-6, up, 1e6);
        Assert.Equal(Dot(w, up), Dot(down, v), 1e-12);

        Tensor Moved(double by)
        {
            Tensor moved = s.Garbage(), y = s.Garbage();
            kernels.Copy(x, moved);
            kernels.Combine(by, v, 1, moved);
            var (m, q) = Moments(s, axis, moved);
            kernels.Normalize(axis, moved, m, q, Epsilon, gain, shift, y);
            return y;
        }
    }

    [Theory]
    [InlineData(NormAxis.Columns)]
    [InlineData(NormAxis.Rows)]
    public void GradientsOfGainAndShiftAreSumsOverSamples(NormAxis axis) => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), signal = s.Draw(), gain = s.DrawRow(), shift = s.Garbage(new Shape(s.Width));
        var (mean, variance) = Moments(s, axis, x);
        var before = gain.ToArray();
        double Gain(int j) =>
            Enumerable.Range(0, s.Rows).Sum(n => signal[n * s.Width + j] * H(s, axis, x, mean, variance, n * s.Width + j));
        s.Kernels.NormalizeGradients(axis, x, mean, variance, Epsilon, signal, new(gain, 0.5, 2), new(shift));
        s.Equal(j => 2 * before[j] + 0.5 * Gain(j), gain, 200);
        s.Equal(j => ReductionTests.Column(s, signal, j).Sum(), shift, 20);
        s.Kernels.NormalizeGradients(axis, x, mean, variance, Epsilon, signal, null, null);
    });

    private static (Tensor Mean, Tensor Variance) Moments(Scene s, NormAxis axis, Tensor x)
    {
        var shape = new Shape(axis == NormAxis.Columns ? s.Width : s.Rows);
        Tensor mean = s.Garbage(shape), variance = s.Garbage(shape);
        s.Kernels.Moments(axis, x, mean, variance);
        return (mean, variance);
    }

    private static IEnumerable<double> Group(Scene s, NormAxis axis, Tensor x, int m) =>
        axis == NormAxis.Columns ? ReductionTests.Column(s, x, m) : ReductionTests.Row(s, x, m);

    private static double SquaredDeviation(double[] values) =>
        values.Length == 0 ? 0 : values.Average(v => Math.Pow(v - values.Average(), 2));

    private static double H(Scene s, NormAxis axis, Tensor x, Tensor mean, Tensor variance, int i)
    {
        var m = axis == NormAxis.Columns ? i % s.Width : i / s.Width;
        return (x[i] - mean[m]) / Math.Sqrt(variance[m] + Epsilon);
    }

    private static double Dot(Tensor a, Tensor b) => a.ToArray().Zip(b.ToArray(), (p, q) => p * q).Sum();
}
