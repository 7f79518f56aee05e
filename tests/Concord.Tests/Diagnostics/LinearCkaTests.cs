using Concord.Diagnostics;
using Concord.Numerics;

namespace Concord.Tests.Diagnostics;

public sealed class LinearCkaTests
{
    private const int Rows = 12;

    [Fact]
    public void SimilarityIsItsDefinition()
    {
        using var kernels = Kit.Double();
        Tensor[] x = [Kit.Tensor(kernels, new(Rows, 5), "x1"), Kit.Tensor(kernels, new(Rows, 5), "x2")],
            y = [Kit.Tensor(kernels, new(Rows, 2, 3, 1), "y1"), Kit.Tensor(kernels, new(Rows, 2, 3, 1), "y2")];
        foreach (var batch in (int[])[0, 1])
            // related, and far from zero
            for (var i = 0; i < y[batch].Length; i++) y[batch][i] += 0.7 * x[batch][i % x[batch].Length] + 3;
        var cka = new LinearCka(kernels);
        double cross = 0, first = 0, second = 0;
        for (var batch = 0; batch < 2; batch++)
        {
            cka.Add([x[batch]], [y[batch]]);
            double[,] k = Gram(x[batch]), l = Gram(y[batch]);
            cross += Hsic(k, l);
            first += Hsic(k, k);
            second += Hsic(l, l);
        }
        Assert.Equal(cross / Math.Sqrt(first * second), cka.Between(0, 0), 1e-12);
    }

    // K with a zero diagonal and the estimator, word for word.
    private static double[,] Gram(Tensor x)
    {
        var k = new double[Rows, Rows];
        for (var i = 0; i < Rows; i++)
            for (var j = 0; j < Rows; j++)
                for (var p = 0; p < x.Shape.RowLength && i != j; p++)
                    k[i, j] += x[i * x.Shape.RowLength + p] * x[j * x.Shape.RowLength + p];
        return k;
    }

    private static double Hsic(double[,] k, double[,] l)
    {
        double trace = 0, sumK = 0, sumL = 0, product = 0, n = Rows;
        for (var i = 0; i < Rows; i++)
            for (var j = 0; j < Rows; j++)
            {
                trace += k[i, j] * l[j, i];
                sumK += k[i, j];
                sumL += l[i, j];
                for (var m = 0; m < Rows; m++) product += k[i, j] * l[j, m];
            }
        return (trace + sumK * sumL / ((n - 1) * (n - 2)) - 2 / (n - 2) * product) / (n * (n - 3));
    }

    [Fact]
    public void ARepresentationIsLikeItselfTurnedScaledAndShifted()
    {
        using var kernels = Kit.Double();
        Tensor x = Kit.Tensor(kernels, new(40, 3), "x"), rotation = kernels.Allocate(new(3, 3)), turned = kernels.Allocate(new(40, 3));
        double c = Math.Cos(0.7), s = Math.Sin(0.7);
        rotation.CopyFrom([c * c, -s, s * c, s * c, c, s * s, -s, 0, c]);   // about two axes
        kernels.Product(x, false, rotation, false, turned, alpha: -2.5);
        for (var i = 0; i < turned.Length; i++) turned[i] += i % 3;
        var cka = new LinearCka(kernels);
        cka.Add([x], [x, turned]);
        Assert.Equal(1, cka.Between(0, 0), 1e-12);
        Assert.Equal(1, cka.Between(0, 1), 1e-12);
        for (var i = 0; i < turned.Length; i += 3) turned[i] *= 10;   // one axis alone is another representation
        cka = new(kernels);
        cka.Add([x], [turned]);
        Assert.InRange(cka.Between(0, 0), 0, 0.9);
    }

    [Fact]
    public void IndependentRepresentationsAreUnlikeOnAverage()
    {
        using var kernels = Kit.Double();
        const int Draws = 400;
        var values = new double[Draws];
        for (var draw = 0; draw < Draws; draw++)
        {
            var cka = new LinearCka(kernels);   // 10 samples of 50 units: the biased estimator is near 0.9 here
            cka.Add([Kit.Tensor(kernels, new(10, 50), $"x{draw}")], [Kit.Tensor(kernels, new(10, 50), $"y{draw}")]);
            values[draw] = cka.Between(0, 0);
        }
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (Draws - 1));
        Assert.InRange(mean, -4 * deviation / Math.Sqrt(Draws), 4 * deviation / Math.Sqrt(Draws));
        Assert.Contains(values, value => value < 0);
    }

    [Fact]
    public void SinglePrecisionIsEnoughFarFromZero()
    {
        using Kernels single = Kit.Single(), reference = Kit.Double();
        double Of(Kernels kernels)
        {
            Tensor x = Kit.Tensor(kernels, new(64, 30), "x"), y = kernels.Allocate(new(64, 30));
            for (var i = 0; i < x.Length; i++)
            {
                x[i] += 100;
                y[i] = x[i] * (i % 30 < 15 ? 1 : 0.2);
            }
            var cka = new LinearCka(kernels);
            cka.Add([x], [y]);
            return cka.Between(0, 0);
        }
        Assert.Equal(Of(reference), Of(single), 1e-4);
    }

    [Fact]
    public void WhatCannotBeComparedIsRefused()
    {
        using var kernels = Kit.Double();
        Tensor three = kernels.Allocate(new(3, 2)), four = kernels.Allocate(new(4, 2)), five = kernels.Allocate(new(5, 2));
        var cka = new LinearCka(kernels);
        Assert.Throws<ArgumentException>(() => cka.Add([three], [three]));
        Assert.Throws<ArgumentException>(() => cka.Add([four], [five]));
        cka.Add([four], [four]);
        Assert.Throws<ArgumentException>(() => cka.Add([four, four], [four]));
        Assert.Equal(double.NaN, cka.Between(0, 0));   // nothing varies
    }
}
