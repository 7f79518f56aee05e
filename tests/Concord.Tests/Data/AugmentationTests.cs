using Concord.Data;
using Concord.Numerics;
using Concord.Tests.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Data;

public class AugmentationTests
{
    private static readonly Shape s_image = new(3, 32, 32);

    [Theory]
    [InlineData("none", "none")]
    [InlineData("crop=4,flip,cutout=8", "crop=4,flip=0.5,cutout=8")]
    [InlineData("cutout=8, flip=0.25, crop=24x20", "crop=24x20,flip=0.25,cutout=8")]
    [InlineData("centre-crop=24", "centre-crop=24x24")]
    [InlineData("crop=24x24,centre-crop=24", "crop=24x24,centre-crop=24x24")]
    public void WhatIsWrittenIsReadAndResolved(string given, string resolved)
    {
        Assert.Equal(resolved, Augmentation.Parse(given).ToString());
        Assert.Equal(Augmentation.Parse(given), Augmentation.Parse(resolved));
    }

    [Fact]
    public void AnyAugmentationIsReadBackAsItWasWritten()
    {
        var size = Gen.Choose(0, 40);
        Prop.ForAll(Arb.From(Gen.Zip(Gen.Zip(size, size), Gen.Zip(size, Gen.Choose(0, 100)))), Arb.From(Gen.Choose(0, 2)), (sizes, kind) =>
        {
            var ((a, b), (cutout, flip)) = sizes;
            var drawn = new Augmentation { Flip = flip / 100.0, Cutout = cutout };
            drawn = kind switch
            {
                0 => drawn with { Padding = a },
                1 => drawn with { Crop = (a + 1, b + 1) },
                _ => drawn with { CentreCrop = (a + 1, b + 1) },
            };
            return Augmentation.Parse(drawn.ToString()) == drawn;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("crop", "has 'crop' without a value. Write crop=VALUE; it takes a whole number of pixels from 1, or HEIGHTxWIDTH")]
    [InlineData("center-crop=24", "Did you mean 'centre-crop'?")]
    [InlineData("crop=0", "whole number of pixels")]
    [InlineData("crop=4x", "whole number of pixels")]
    [InlineData("flip=1.5", "a probability")]
    [InlineData("flip=nan", "a probability")]
    [InlineData("cutuot=8", "Did you mean 'cutout'?")]
    [InlineData("flip,flip", "'flip' twice")]
    [InlineData("", "has no option ''. Known: crop, centre-crop, flip, cutout")]
    [InlineData("crop=4,centre-crop=24", "pads and takes the centre")]
    [InlineData("crop=24x24,centre-crop=28", "24x24 in training and to 28x28")]
    public void MistakesAreExplained(string given, string said) =>
        Assert.Contains(said, DataFiles.Refusal(() => Augmentation.Parse(given)), StringComparison.Ordinal);

    [Theory]
    [InlineData("crop=40x40", 32, "a crop to 40x40, but the images are 32x32")]
    [InlineData("centre-crop=28", 24, "but the images are 24x24")]
    [InlineData("crop=32", 32, "padding by 32")]
    [InlineData("crop=8x8,cutout=9", 32, "a hole of 9x9 in a view of 8x8")]
    public void ImagesOfTheWrongSizeAreRefused(string given, int side, string said) =>
        Assert.Contains(said, DataFiles.Refusal(() => Augmentation.Parse(given).ViewOf(new(3, side, side))), StringComparison.Ordinal);

    [Fact]
    public void SamplesThatAreNoImagesAreRefused()
    {
        Assert.Contains("[channels, height, width]", DataFiles.Refusal(() => Augmentation.Parse("flip").ViewOf(new(784))),
            StringComparison.Ordinal);
        Assert.Equal(new Shape(784), Augmentation.None.ViewOf(new(784)));
    }

    [Fact]
    public void EveryPlaceFlipAndHoleIsDrawnEquallyOften()
    {
        const int Draws = 81 * 400;
        var windows = new SampleWindow[Draws];
        Augmentation.Parse("crop=4,flip=0.25,cutout=8").Draw(RandomStream.FromSeed(1).At(0), s_image, windows);
        var places = windows.GroupBy(window => (window.Top, window.Left)).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(81, places.Count);
        Assert.All(places,
            place => Assert.True(place.Key.Top is >= -4 and <= 4 && place.Key.Left is >= -4 and <= 4 && place.Value is > 300 and < 500));
        Assert.Equal(0.25, windows.Average(window => window.Flip ? 1 : 0), 0.02);
        // around a pixel drawn from all: whole in the middle, halved at the edge where the centre is the first pixel
        Assert.All(windows, window => Assert.True(window.Hole is { Top: >= 0, Left: >= 0, Bottom: <= 32, Right: <= 32 }));
        Assert.Equal(Enumerable.Range(4, 5), windows.Select(window => window.Hole.Bottom - window.Hole.Top).Distinct().Order());
        Assert.Equal(32, windows.Select(window => (window.Hole.Top, window.Hole.Bottom)).Distinct().Count());
        Assert.True(Math.Abs(Correlation([.. windows.Select(window => (double)window.Top)],
            [.. windows.Select(window => window.Flip ? 1.0 : 0)])) < 0.03);
    }

    [Fact]
    public void DrawsBelongToAStepAndAPlaceInTheBatch()
    {
        var augmentation = Augmentation.Parse("crop=24x24,flip,cutout=5");
        SampleWindow[] Of(long step, int count)
        {
            var windows = new SampleWindow[count];
            augmentation.Draw(RandomStream.FromSeed(4).Split("augmentation").At(step), s_image, windows);
            return windows;
        }
        Assert.Equal(Of(7, 64), Of(7, 64));
        Assert.Equal(Of(7, 10), Of(7, 64).Take(10));
        Assert.NotEqual(Of(7, 64), Of(8, 64));
        Assert.True(Of(7, 64).Distinct().Count() > 55);
    }

    [Fact]
    public void EvaluationSeesTheCentre()
    {
        Assert.Equal(default, Augmentation.Parse("crop=4,flip,cutout=8").Centre(s_image));
        Assert.Equal(new SampleWindow(4, 4, false, default), Augmentation.Parse("crop=24x24,flip").Centre(s_image));
        Assert.Equal(new SampleWindow(2, 3, false, default), Augmentation.Parse("centre-crop=27x26").Centre(s_image));
        var windows = new SampleWindow[5];
        Augmentation.Parse("centre-crop=24").Draw(RandomStream.FromSeed(1), s_image, windows);
        Assert.All(windows, window => Assert.Equal(new SampleWindow(4, 4, false, default), window));
    }

    [Fact]
    public void AWarmBatchOfViewsAllocatesNothingInTrainingAndEvaluation()
    {
        using var kernels = new FloatKernels();
        var samples = new Samples(new Shape(1, 8, 8), new byte[64 * 300], new int[300], 2);
        var data = new DataSplit(samples.First(200), samples.First(50), samples.First(50));
        var loader = new BatchLoader(FittedNormalization.Fit(data, NormalizationKind.MeanStd, 0.1),
            Augmentation.Parse("crop=6x6,flip,cutout=3"), RandomStream.FromSeed(1));
        var (rows, y) = (new int[64], kernels.Allocate(loader.Shape.Batch(64)));
        for (var warm = 0; warm < 3; warm++) Fill();
        Assert.Equal(0, Allocation.Of(Fill));
        Assert.Equal(new Shape(1, 6, 6), loader.Shape);

        void Fill()
        {
            loader.LoadTraining(kernels, data.Train, rows, 3, y);
            loader.LoadEvaluation(kernels, data.Validation, rows.AsSpan(0, 64), y);
        }
    }

    private static double Correlation(double[] a, double[] b)
    {
        double meanA = a.Average(), meanB = b.Average();
        return a.Zip(b, (x, y) => (x - meanA) * (y - meanB))
            .Sum() / Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB)));
    }
}
