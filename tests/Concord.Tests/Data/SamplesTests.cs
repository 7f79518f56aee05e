using Concord.Data;
using Concord.Numerics;

namespace Concord.Tests.Data;

public class SamplesTests
{
    private static readonly Concord.Tests.Numerics.FloatKernels s_kernels = new();

    /// <summary>Six samples of two channels with two elements each: element i of sample n is 10 n + i.</summary>
    private static Samples Bytes() => new(new Shape(2, 1, 2),
        [.. from n in Enumerable.Range(0, 6) from i in Enumerable.Range(0, 4) select (byte)(10 * n + i)], [0, 1, 2, 0, 1, 2], 3);

    [Fact]
    public void ABatchHoldsTheRowsAskedForNormalisedByChannel()
    {
        var batch = new Tensor(new Shape(2, 4));
        Bytes().Load(s_kernels, [4, 1], new(NormalizationKind.MeanStd, [1, 10], [2, 0.5f]), batch);
        Assert.Equal([78, 80, 16, 16.5, 18, 20, 1, 1.5], batch.ToArray());
    }

    [Fact]
    public void ASubsetOfASubsetIsAViewOfTheSameRows()
    {
        var whole = Bytes();
        var view = whole.Subset([5, 3, 1]).Subset([2, 0, 0]);
        var batch = new Tensor(new Shape(3, 2, 1, 2));
        view.Load(s_kernels, [0, 1, 2], new(NormalizationKind.None, [0, 0], [1, 1]), batch);
        Assert.Equal([10, 11, 12, 13, 50, 51, 52, 53, 50, 51, 52, 53], batch.ToArray());
        Assert.Equal([1, 2, 2], view.Labels.ToArray());
        Assert.Equal([0, 1, 2], view.ClassCounts());
        Assert.True(System.Runtime.CompilerServices.Unsafe.AreSame(in view.Bytes(0)[0], in whole.Bytes(1)[0]));
    }

    [Fact]
    public void LabelsComeInTheOrderAskedFor()
    {
        var labels = new int[3];
        Bytes().First(5).LoadLabels([4, 0, 2], labels);
        Assert.Equal([1, 0, 2], labels);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(3000)]
    public void AWarmBatchAllocatesNothing(int rows)
    {
        var samples = new Samples(new Shape(4), new float[4 * 5000], new int[5000], 2).Draw(4000, RandomStream.FromSeed(3));
        var normalization = Normalization.Fit(samples);
        var batch = new Tensor(new Shape(rows, 4));
        var (wanted, labels) = (new int[rows], new int[rows]);
        for (var warm = 0; warm < 3; warm++) Fill();
        Assert.Equal(0, Allocation.Of(Fill));

        void Fill()
        {
            samples.Load(s_kernels, wanted, normalization, batch);
            samples.LoadLabels(wanted, labels);
        }
    }

    [Fact]
    public void DrawingKeepsTheOrderAndTakesNoSampleTwice()
    {
        var samples = new Samples(new Shape(1), [.. Enumerable.Range(0, 200).Select(i => (float)i)], new int[200], 2);
        var drawn = samples.Draw(50, RandomStream.FromSeed(1));
        var values = Enumerable.Range(0, 50).Select(n => drawn.Singles(n)[0]).ToArray();
        Assert.Equal(values.Order().Distinct(), values);
        Assert.True(values[^1] > 100);
        Assert.NotEqual(values, Enumerable.Range(0, 50).Select(n => samples.Draw(50, RandomStream.FromSeed(2)).Singles(n)[0]));
        Assert.Same(samples, samples.First(200));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        var samples = Bytes();
        var (none, batch) = (new Normalization(NormalizationKind.None, [0, 0], [1, 1]), new Tensor(new Shape(1, 4)));
        Assert.Throws<ArgumentException>(() => new Samples(new Shape(2), new byte[5], new int[2], 2));
        Assert.Throws<ArgumentException>(() => new Samples(new Shape(2), new byte[4], [0, 2], 2));
        Assert.Throws<ArgumentException>(() => samples.Load(s_kernels, [0], none, new Tensor(new Shape(1, 2))));
        Assert.Throws<ArgumentException>(() => samples.Load(s_kernels, [0], new(NormalizationKind.None, [0], [1]), batch));
        Assert.Throws<ArgumentOutOfRangeException>(() => samples.Load(s_kernels, [6], none, batch));
        Assert.Throws<ArgumentOutOfRangeException>(() => samples.First(3).Load(s_kernels, [3], none, batch));
        Assert.Throws<ArgumentOutOfRangeException>(() => samples.Subset([-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => samples.First(7));
        Assert.Throws<InvalidOperationException>(() => samples.Singles(0).Length);
    }
}
