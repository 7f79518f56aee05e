using Concord.Numerics;

namespace Concord.Tests.Numerics;

public class OptimizerTests
{
    private static readonly StepSettings[] Settings =
    [
        new(0.1, 1, double.PositiveInfinity, 0, 0),
        new(0.1, 0.25, 0.2, 0, 0),
        new(0.05, 0.5, 0.3, 0.01, 0),
        new(0.1, 0.5, double.PositiveInfinity, 0, 0.02),
    ];

    public static TheoryData<int, bool, bool, bool> SgdCases()
    {
        var cases = new TheoryData<int, bool, bool, bool>();
        for (var i = 0; i < Settings.Length; i++)
            foreach (var (momentum, nesterov) in ((bool, bool)[])[(false, false), (true, false), (true, true)])
                foreach (var delta in (bool[])[false, true])
                    cases.Add(i, momentum, nesterov, delta);
        return cases;
    }

    [Theory]
    [MemberData(nameof(SgdCases))]
    public void SgdIsItsFormula(int settings, bool momentum, bool nesterov, bool wantsDelta) => Scene.ForAll(s =>
    {
        var step = Settings[settings];
        Tensor w = s.Draw(), gradient = s.Draw(), delta = s.Garbage();
        var velocity = momentum ? s.Draw() : null;
        double[] w0 = w.ToArray(), v0 = velocity?.ToArray() ?? [];
        double Velocity(int i) => 0.9 * v0[i] + Gradient(step, gradient[i], w0[i]);
        double Delta(int i) => step.Rate * (!momentum ? Gradient(step, gradient[i], w0[i])
            : nesterov ? Gradient(step, gradient[i], w0[i]) + 0.9 * Velocity(i) : Velocity(i));
        s.Kernels.SgdStep(w, gradient, velocity, 0.9, nesterov, step, wantsDelta ? delta : null);
        if (momentum) s.Equal(Velocity, velocity!, 4);
        if (wantsDelta) s.Equal(Delta, delta, 4);
        s.Equal(i => (1 - step.Shrink) * w0[i] - Delta(i), w, 4);
    });

    [Fact]
    public void AVelocityThatHoldsTheGradientNeedsNoSecondPass() => Scene.ForAll(s =>
    {
        foreach (var decay in (double[])[0, 0.1])
        {
            var step = new StepSettings(0.1, 1, double.PositiveInfinity, decay, 0.01);
            Tensor w = s.Draw(), velocity = s.Draw(), delta = s.Garbage();
            double[] w0 = w.ToArray(), v0 = velocity.ToArray();
            double Velocity(int i) => v0[i] + decay * w0[i];
            s.Kernels.SgdStep(w, null, velocity, 0.9, false, step, delta);
            s.Equal(Velocity, velocity, 4);
            s.Equal(i => 0.1 * Velocity(i), delta, 4);
            s.Equal(i => 0.99 * w0[i] - 0.1 * Velocity(i), w, 4);
        }
    });

    [Theory]
    [InlineData(0, false, 1)]
    [InlineData(1, false, 3)]
    [InlineData(2, true, 1)]
    [InlineData(3, true, 1000)]
    public void AdamIsItsFormula(int settings, bool tensorFlow, long t) => Scene.ForAll(s =>
    {
        var step = Settings[settings];
        var adam = new AdamSettings(0.9, 0.99, 0.01, tensorFlow, t);
        Tensor w = s.Draw(), gradient = s.Draw(), m = s.Draw(), v = s.Draw(), delta = s.Garbage();
        s.Kernels.Multiply(v, v, v);
        double[] w0 = w.ToArray(), m0 = m.ToArray(), v0 = v.ToArray();
        double First(int i) => 0.9 * m0[i] + 0.1 * Gradient(step, gradient[i], w0[i]);
        double Second(int i) => 0.99 * v0[i] + 0.01 * Math.Pow(Gradient(step, gradient[i], w0[i]), 2);
        double c1 = 1 - Math.Pow(0.9, t), c2 = 1 - Math.Pow(0.99, t);
        double Delta(int i) => tensorFlow
            ? step.Rate * Math.Sqrt(c2) / c1 * First(i) / (Math.Sqrt(Second(i)) + 0.01)
            : step.Rate * (First(i) / c1) / (Math.Sqrt(Second(i) / c2) + 0.01);
        s.Kernels.AdamStep(w, gradient, m, v, adam, step, delta);
        s.Equal(First, m, 4);
        s.Equal(Second, v, 4);
        s.Equal(Delta, delta, 100);
        s.Equal(i => (1 - step.Shrink) * w0[i] - Delta(i), w, 100);
    });

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    public void RmsPropIsItsFormula(int settings, bool momentum) => Scene.ForAll(s =>
    {
        var step = Settings[settings];
        Tensor w = s.Draw(), gradient = s.Draw(), square = s.Draw(), delta = s.Garbage();
        var velocity = momentum ? s.Draw() : null;
        s.Kernels.Multiply(square, square, square);
        double[] w0 = w.ToArray(), q0 = square.ToArray(), b0 = velocity?.ToArray() ?? [];
        double Square(int i) => 0.95 * q0[i] + 0.05 * Math.Pow(Gradient(step, gradient[i], w0[i]), 2);
        double Velocity(int i) => (momentum ? 0.8 * b0[i] : 0) + Gradient(step, gradient[i], w0[i]) / (Math.Sqrt(Square(i)) + 0.1);
        s.Kernels.RmsPropStep(w, gradient, square, velocity, 0.95, 0.1, 0.8, step, delta);
        s.Equal(Square, square, 4);
        if (momentum) s.Equal(Velocity, velocity!, 40);
        s.Equal(i => step.Rate * Velocity(i), delta, 40);
        s.Equal(i => (1 - step.Shrink) * w0[i] - step.Rate * Velocity(i), w, 40);
    });

    [Theory]
    [InlineData(0, SignedQuantity.Gradient)]
    [InlineData(1, SignedQuantity.Momentum)]
    [InlineData(2, SignedQuantity.Both)]
    [InlineData(3, SignedQuantity.Gradient)]
    public void ManhattanIsItsFormula(int settings, SignedQuantity signed) => Scene.ForAll(s =>
    {
        var step = Settings[settings];
        Tensor w = s.Draw(), gradient = s.Draw(), velocity = s.Draw(), delta = s.Garbage();
        if (gradient.Length > 0) gradient[0] = 0;
        double[] w0 = w.ToArray(), v0 = velocity.ToArray();
        double Velocity(int i) => 0.9 * v0[i] + step.CoupledDecay * w0[i] + (signed == SignedQuantity.Momentum
            ? Math.Clamp(step.Scale * gradient[i], -step.ClipValue, step.ClipValue) : Math.Sign(gradient[i]));
        double Delta(int i) => step.Rate * (signed == SignedQuantity.Gradient ? Velocity(i) : Math.Sign(Velocity(i)));
        s.Kernels.ManhattanStep(w, gradient, velocity, 0.9, signed, step, delta);
        s.Equal(Velocity, velocity, 4);
        s.Equal(Delta, delta, 4);
        s.Equal(i => (1 - step.Shrink) * w0[i] - Delta(i), w, 4);
    });

    [Fact]
    public void KeptSignsStayAndZerosAreFree() => Scene.ForAll(s =>
    {
        Tensor before = s.Draw(), y = s.Draw();
        for (var i = 0; i < y.Length; i++)
        {
            if (i % 5 == 1) before[i] = 0;
            if (i % 5 == 2) y[i] = 0;
        }
        var y0 = y.ToArray();
        s.Kernels.KeepSigns(before, y);
        s.Equal(i => before[i] == 0 || Math.Sign(before[i]) == Math.Sign(y0[i]) ? y0[i] : s.Round(Math.Sign(before[i]) * 1e-10), y, 0);
    });

    [Fact]
    public void ColumnsAreMeasuredAndRescaled() => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), norms = s.Garbage(new Shape(s.Width)), wanted = s.DrawRow();
        for (var n = 0; n < s.Rows && s.Width > 1; n++) x[n * s.Width + 1] = 0;
        var x0 = x.ToArray();
        double Norm(int j) => Math.Sqrt(Enumerable.Range(0, s.Rows).Sum(n => x0[n * s.Width + j] * x0[n * s.Width + j]));
        s.Kernels.ColumnNorms(x, norms);
        s.Equal(Norm, norms, 10);
        s.Kernels.RescaleColumns(norms, wanted, x);
        s.Equal(i => Norm(i % s.Width) is var norm && norm == 0 ? x0[i] : x0[i] * wanted[i % s.Width] / norm, x, 20);
    });

    private static double Gradient(StepSettings step, double sum, double weight) =>
        Math.Clamp(step.Scale * sum, -step.ClipValue, step.ClipValue) + step.CoupledDecay * weight;
}
