using System.Numerics;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Tests.Numerics;

public class ActivationTests
{
    private static readonly Activation[] All =
    [
        new(ActivationKind.Identity), new(ActivationKind.Relu), new(ActivationKind.LeakyRelu, 0.125), new(ActivationKind.Tanh),
        new(ActivationKind.Logistic), new(ActivationKind.Elu, 0.75), new(ActivationKind.Gelu), new(ActivationKind.Softplus),
        new(ActivationKind.HardSign),
    ];

    [Fact]
    public void EveryKindIsTested() => Assert.Equal(Enum.GetValues<ActivationKind>(), All.Select(f => f.Kind));

    [Fact]
    public void ValuesAndGatesAreTheirFormulas() => Scene.ForAll(s =>
    {
        foreach (var f in All)
        {
            Tensor x = s.Draw(), y = s.Garbage(), signal = s.Draw(), result = s.Garbage();
            for (var i = 0; i < x.Length; i++) x[i] *= 3;
            for (var i = 0; i < x.Length; i += 4)
                x[i] = (i / 4 % 7) switch { 0 => 0, 1 => 30, 2 => -30, 3 => 1000, 4 => -1000, 5 => 1, _ => -1 };
            s.Kernels.Activate(f, x, y);
            s.Equal(i => Value(f, x[i]), y);

            // The tensor that the gate need not read is left out of it.
            var given = f.SlopeFromOutput ? s.Garbage() : x;
            s.Kernels.MultiplyByDerivative(f, given, f.SlopeFromOutput ? y : s.Garbage(), signal, result);
            s.Equal(i => signal[i] * Slope(f, x[i]), result, 4);

            s.Kernels.MultiplyByDerivative(f, given, y, signal, signal);
            Assert.Equal(result.ToArray(), signal.ToArray());
            if (f.SlopeFromOutput)
            {
                s.Kernels.Activate(f, x, x);
                Assert.Equal(y.ToArray(), x.ToArray());
            }
        }
    });

    [Fact]
    public void AnElementDoesNotDependOnWhereItStands()
    {
        using var kernels = new FloatKernels();
        foreach (var f in All)
        {
            var alone = kernels.Allocate(new Shape(1));
            var row = kernels.Allocate(new Shape(37));
            for (var i = 0; i < row.Length; i++) row[i] = 0.37 * i - 6;
            var x = row.ToArray();
            kernels.Activate(f, row, row);
            for (var i = 0; i < row.Length; i++)
            {
                alone[0] = x[i];
                kernels.Activate(f, alone, alone);
                Assert.Equal(row[i], alone[0]);
            }
        }
    }

    [Fact]
    public void WhatIsNotANumberStaysVisible()
    {
        using var kernels = new FloatKernels();
        var x = kernels.Allocate(new Shape(9));
        foreach (var f in All.Where(f => f.Kind != ActivationKind.HardSign))
        {
            kernels.Fill(x, double.NaN);
            kernels.Activate(f, x, x);
            Assert.All(x.ToArray(), value => Assert.True(double.IsNaN(value), $"{f.Kind} hides what is not a number."));
        }
    }

    [Theory]
    [InlineData(1e-30)]
    [InlineData(1e-8)]
    [InlineData(3e-5)]
    [InlineData(0.01)]
    [InlineData(0.3)]
    [InlineData(0.62)]
    [InlineData(0.63)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(9.1)]
    [InlineData(50)]
    public void TanhIsAccurateRelativeToItsSize(double x)
    {
        var single = SpecialFunctions.Tanh(new Vector<float>(-(float)x))[0];
        Assert.InRange(single, -1, 0);
        Assert.InRange(single / Math.Tanh(-(float)x) - 1, -4e-7, 4e-7);
        Assert.InRange(SpecialFunctions.Tanh(new Vector<double>(x))[0] / Math.Tanh(x) - 1, -5e-16, 5e-16);
    }

    [Theory]
    [InlineData(-30)]
    [InlineData(-1)]
    [InlineData(-1e-3)]
    [InlineData(-1e-9)]
    public void DifferencesDoNotCancel(double x)
    {
        // exp(x) - 1 = x + x^2/2 + ... and log(1 + exp x) = exp(x) - exp(2x)/2 + ...
        var series = 0.0;
        for (var k = 60; k >= 1; k--) series = (series + 1) * x / k;
        var expected = x < -1 ? Math.Exp(x) - 1 : series;
        Assert.InRange(SpecialFunctions.ExpMinusOne(new Vector<double>(x))[0] / expected - 1, -1e-15, 1e-15);
        if (x < -20) Assert.InRange(SpecialFunctions.Softplus(new Vector<double>(x)).Value[0] / (Math.Exp(x) - Math.Exp(2 * x) / 2) - 1,
            -1e-15, 1e-15);
    }

    [Fact]
    public void TheNormalDistributionEqualsItsIntegral()
    {
        for (var x = -9.0; x <= 9; x += 0.171)
        {
            var (distribution, density) = SpecialFunctions.Normal(new Vector<double>(x));
            Assert.InRange(distribution[0] - NormalDistribution(x), -4e-16, 4e-16);
            Assert.InRange(density[0] - NormalDensity(x), -1e-16, 1e-16);
            var single = SpecialFunctions.Normal(new Vector<float>((float)x)).Distribution[0];
            Assert.InRange(single - NormalDistribution((float)x), -1.2e-7, 1.2e-7);
        }
        foreach (var far in (double[])[-1e300, -40, 40, 1e300])
            Assert.Equal(far < 0 ? 0.0 : 1.0, SpecialFunctions.Normal(new Vector<double>(far)).Distribution[0]);
    }

    private static double Value(Activation f, double x) => f.Kind switch
    {
        ActivationKind.Identity => x,
        ActivationKind.Relu => Math.Max(x, 0),
        ActivationKind.LeakyRelu => x > 0 ? x : f.Parameter * x,
        ActivationKind.Tanh => Math.Tanh(x),
        ActivationKind.Logistic => 1 / (1 + Math.Exp(-x)),
        ActivationKind.Elu => x > 0 ? x : f.Parameter * (Math.Exp(x) - 1),
        ActivationKind.Gelu => x * NormalDistribution(x),
        ActivationKind.Softplus => x > 40 ? x : Math.Log(1 + Math.Exp(x)),
        _ => x >= 0 ? 1 : -1,
    };

    private static double Slope(Activation f, double x) => f.Kind switch
    {
        ActivationKind.Identity => 1,
        ActivationKind.Relu => x > 0 ? 1 : 0,
        ActivationKind.LeakyRelu => x > 0 ? 1 : f.Parameter,
        ActivationKind.Tanh => 1 - Math.Tanh(x) * Math.Tanh(x),
        ActivationKind.Logistic => Value(f, x) * (1 - Value(f, x)),
        ActivationKind.Elu => x > 0 ? 1 : f.Parameter * Math.Exp(x),
        ActivationKind.Gelu => NormalDistribution(x) + x * NormalDensity(x),
        ActivationKind.Softplus => 1 / (1 + Math.Exp(-x)),
        _ => Math.Abs(x) <= 1 ? 1 : 0,
    };

    private static double NormalDensity(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <summary>
    /// 1/2 plus the density's integral from 0 to x, by Gauss and Legendre's rule of three points on panels of 1/64,
    /// summed with compensation.
    /// </summary>
    private static double NormalDistribution(double x)
    {
        double end = Math.Min(Math.Abs(x), 40), sum = 0, lost = 0;
        var panels = (int)Math.Ceiling(end * 64);
        var half = end / Math.Max(panels, 1) / 2;
        for (var i = 0; i < panels; i++)
        {
            double middle = (2 * i + 1) * half, offset = half * Math.Sqrt(0.6);
            var term = half / 9 * (5 * NormalDensity(middle - offset) + 8 * NormalDensity(middle) + 5 * NormalDensity(middle + offset))
                - lost;
            var next = sum + term;
            lost = next - sum - term;
            sum = next;
        }
        return x < 0 ? 0.5 - sum : 0.5 + sum;
    }
}
