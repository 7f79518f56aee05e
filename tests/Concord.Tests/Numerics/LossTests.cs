using Concord.Numerics;

namespace Concord.Tests.Numerics;

public class LossTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void SoftmaxCrossEntropyIsItsFormula(double smoothing) => Scene.ForAll(s =>
    {
        Tensor z = s.Draw(), targets = OneHot(s), error = s.Garbage(), losses = s.Garbage(new Shape(s.Rows));
        s.Kernels.SoftmaxCrossEntropy(z, targets, smoothing, error, losses);
        if (s.Width == 0) return;
        double LogP(int i) => z[i] - Math.Log(ReductionTests.Row(s, z, i / s.Width).Sum(Math.Exp));
        double Smooth(int i) => (1 - smoothing) * targets[i] + smoothing / s.Width;
        s.Equal(i => Math.Exp(LogP(i)) - Smooth(i), error, 4);
        s.Equal(n => -Enumerable.Range(n * s.Width, s.Width).Sum(i => Smooth(i) * LogP(i)), losses, 20);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void SigmoidCrossEntropyIsItsFormula(double smoothing) => Scene.ForAll(s =>
    {
        Tensor z = s.Draw(), targets = OneHot(s), error = s.Garbage(), losses = s.Garbage(new Shape(s.Rows));
        s.Kernels.SigmoidCrossEntropy(z, targets, smoothing, error, losses);
        double P(int i) => 1 / (1 + Math.Exp(-z[i]));
        double Smooth(int i) => (1 - smoothing) * targets[i] + smoothing / 2;
        s.Equal(i => P(i) - Smooth(i), error, 4);
        s.Equal(n => -Enumerable.Range(n * s.Width, s.Width).Sum(i => Smooth(i) * Math.Log(P(i)) + (1 - Smooth(i)) * Math.Log(1 - P(i))),
            losses, 20);
    });

    [Fact]
    public void SquaredErrorIsItsFormula() => Scene.ForAll(s =>
    {
        Tensor y = s.Draw(), targets = s.Draw(), error = s.Garbage(), losses = s.Garbage(new Shape(s.Rows));
        s.Kernels.SquaredError(y, targets, error, losses);
        s.Equal(i => y[i] - targets[i], error);
        s.Equal(n => Enumerable.Range(n * s.Width, s.Width).Sum(i => 0.5 * Math.Pow(y[i] - targets[i], 2)), losses, 20);
    });

    [Fact]
    public void AnyFiniteLogitsGiveFiniteErrors()
    {
        using var kernels = new FloatKernels();
        Tensor z = kernels.Allocate(new Shape(3, 3)), t = kernels.Allocate(z.Shape), error = kernels.Allocate(z.Shape),
            losses = kernels.Allocate(new Shape(3));
        z.CopyFrom([3e38, -3e38, 0, 1000, 999, -1000, -1e4, -1e4, -1e4]);
        kernels.OneHot([0, 1, 2], t);
        kernels.SoftmaxCrossEntropy(z, t, 0, error, losses);
        Assert.All(error.ToArray(), e => Assert.InRange(e, -1, 1));
        Assert.Equal(0, losses[0], 1e-6);
        Assert.Equal(1 + Math.Log(1 + Math.Exp(-1)), losses[1], 1e-4);
        Assert.Equal(Math.Log(3), losses[2], 1e-6);

        kernels.SigmoidCrossEntropy(z, t, 0, error, losses);
        Assert.All(error.ToArray(), e => Assert.InRange(e, -1, 1));
        Assert.Equal(1000, losses[1], 1e-3);
        Assert.Equal(1e4, losses[2], 1e-2);
    }

    [Fact]
    public void AConfidentMistakeKeepsItsSmallLoss()
    {
        using var kernels = new FloatKernels();
        Tensor z = kernels.Allocate(new Shape(1, 1)), t = kernels.Allocate(z.Shape), error = kernels.Allocate(z.Shape),
            losses = kernels.Allocate(new Shape(1));
        z[0] = -30;
        kernels.SigmoidCrossEntropy(z, t, 0, error, losses);
        Assert.InRange(losses[0] / Math.Exp(-30), 0.999999, 1.000001);
        Assert.InRange(error[0] / Math.Exp(-30), 0.999999, 1.000001);
    }

    private static Tensor OneHot(Scene s)
    {
        var targets = s.Garbage();
        if (s.Width > 0) s.Kernels.OneHot(Enumerable.Range(0, s.Rows).Select(n => n * 7 % s.Width).ToArray(), targets);
        return targets;
    }
}
