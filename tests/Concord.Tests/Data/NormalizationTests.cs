using Concord.Data;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Tests.Data;

public class NormalizationTests
{
    [Fact]
    public void BytesAreMeasuredByChannelAsTheTextbookSays()
    {
        var stream = RandomStream.FromSeed(5);
        var bytes = Enumerable.Range(0, 30 * 14).Select(i => (byte)(stream.Below((ulong)i, 100) + (i / 7 % 2 == 0 ? 0 : 150))).ToArray();
        var fitted = Normalization.Fit(new Samples(new Shape(2, 7, 1), bytes, new int[30], 2));
        for (var c = 0; c < 2; c++)
        {
            var channel = bytes.Where((_, i) => i / 7 % 2 == c).Select(b => (double)b).ToArray();
            var mean = channel.Average();
            Assert.Equal(mean, fitted.Offset[c], 4);
            Assert.Equal(1 / Math.Sqrt(channel.Average(x => (x - mean) * (x - mean))), fitted.Scale[c], 6);
        }
    }

    [Fact]
    public void FeaturesHaveFiguresOfTheirOwnAndAConstantOneIsOnlyShifted()
    {
        var samples = new Samples(new Shape(3), [1, 7, -1e30f, 3, 7, 1e30f], new int[2], 2);
        var fitted = Normalization.Fit(samples);
        Assert.Equal([2, 7, 0], fitted.Offset.ToArray());
        Assert.Equal([1, 1, 1e-30f], fitted.Scale.ToArray());
        var range = Normalization.Fit(samples, NormalizationKind.UnitRange);
        Assert.Equal([1, 7, -1e30f], range.Offset.ToArray());
        Assert.Equal([0.5f, 1, 5e-31f], range.Scale.ToArray());
        var symmetric = Normalization.Fit(samples, NormalizationKind.SymmetricRange);
        Assert.Equal([2, 7, 0], symmetric.Offset.ToArray());
        Assert.Equal([1, 1, 1e-30f], symmetric.Scale.ToArray());
    }

    [Fact]
    public void OnlyTheSamplesGivenCount()
    {
        var all = new Samples(new Shape(1, 1, 1), [0, 2, 200, 255], new int[4], 2);
        Assert.Equal(1, Normalization.Fit(all.First(2)).Offset[0]);
    }

    [Fact]
    public void TheOtherKindsDoWhatTheySay()
    {
        var samples = new Samples(new Shape(1, 1, 2), [10, 20, 30, 40], new int[2], 2);
        Assert.Equal((0, 1 / 255f), (Normalization.Fit(samples, NormalizationKind.UnitRange).Offset[0],
            Normalization.Fit(samples, NormalizationKind.UnitRange).Scale[0]));
        Assert.Equal((127.5f, 1 / 127.5f), (Normalization.Fit(samples, NormalizationKind.SymmetricRange).Offset[0],
            Normalization.Fit(samples, NormalizationKind.SymmetricRange).Scale[0]));
        Assert.Equal((0, 1),
            (Normalization.Fit(samples, NormalizationKind.None).Offset[0], Normalization.Fit(samples, NormalizationKind.None).Scale[0]));
        Assert.Throws<ArgumentException>(() => Normalization.Fit(samples.First(0)));
        Assert.Throws<ArgumentException>(() => new Normalization(NormalizationKind.None, [0], [float.NaN]));
        Assert.Throws<ArgumentException>(() => new Normalization(NormalizationKind.None, [0, 0], [1]));
    }

    [Theory]
    [InlineData(NormalizationKind.MeanStd)]
    [InlineData(NormalizationKind.UnitRange)]
    [InlineData(NormalizationKind.SymmetricRange)]
    public void WhatSinglePrecisionCannotNormaliseIsNamed(NormalizationKind kind)
    {
        float[] huge = [1, -3.4e38f, 2, 3.4e38f, 3, 3.4e38f];
        var samples = new Samples(new Shape(2), huge, [0, 1, 0], 2) { Columns = new(["a", "b"], "k") };
        Assert.Contains("The column 'b' is not finite after normalising: its values go from -3.4e+38 to 3.4e+38",
            DataFiles.Refusal(() => Normalization.Fit(samples, kind)), StringComparison.Ordinal);
        Assert.Contains("Feature 1 is not finite",
            DataFiles.Refusal(() => Normalization.Fit(new Samples(new Shape(2), huge, [0, 1, 0], 2), kind)), StringComparison.Ordinal);
        Assert.Contains("Channel 1 is not finite",
            DataFiles.Refusal(() => Normalization.Fit(new Samples(new Shape(2, 1, 1), huge, [0, 1, 0], 2), kind)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NormalizationKind.MeanStd)]
    [InlineData(NormalizationKind.UnitRange)]
    [InlineData(NormalizationKind.SymmetricRange)]
    [InlineData(NormalizationKind.Zca)]
    public void ATestSampleFarOutsideOfTheTrainingSamplesIsNamed(NormalizationKind kind)
    {
        var data = Dataset.From(new float[,] { { 1, 1e-10f }, { 2, 2e-10f }, { 3, 3e-10f } }, [0, 1, 0],
            new float[,] { { 1, 1 }, { 2, 1e35f } }, [0, 1]);
        var split = data.Split(0, RandomStream.FromSeed(0));
        using var kernels = Engines.Create("managed");
        Assert.Contains("Feature 1 is not finite after normalising", DataFiles.Refusal(() =>
        {
            var loader = new BatchLoader(FittedNormalization.Fit(split, kind, 0.1), Augmentation.None, RandomStream.FromSeed(0));
            loader.LoadEvaluation(kernels, split.Test, [0, 1], kernels.Allocate(new(2, 2)));
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void FeaturesThatAnEngineTakesForZeroAreScaled()
    {
        var data = Dataset.From(new float[,] { { 1, 1e-42f }, { 2, 3e-42f }, { 3, 5e-42f }, { 4, 7e-42f } }, [0, 1, 0, 1],
            new float[,] { { 5, 3e-42f } }, [0]);
        Assert.Equal((1, 1), (data.Columns!.Scale[0], data.Columns.Offset.Count(offset => offset == 0) - 1));
        Assert.Equal(data.Columns.Scale[1] * 3e-42f, data.Test.Singles(0)[1]);
        Assert.Equal(3e-42f * data.Columns.Scale[1], data.Train.Singles(1)[1]);
        Assert.Equal((1f, 5f), (data.Train.Singles(0)[0], data.Test.Singles(0)[0]));
        Assert.Contains("the spread of column '1'", Assert.Single(data.Notes(), note => note.Contains("spread", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [RealDataFact("cifar-10")]
    public void CifarHasThePublishedMeanAndDeviation()
    {
        var fitted = Normalization.Fit(Dataset.Load("cifar-10", RealData.Root).Train);
        double[] mean = [0.4914, 0.4822, 0.4465], deviation = [0.2470, 0.2435, 0.2616];
        for (var c = 0; c < 3; c++)
        {
            Assert.Equal(mean[c], fitted.Offset[c] / 255, 4);
            Assert.Equal(deviation[c], 1 / fitted.Scale[c] / 255, 4);
        }
    }
}
