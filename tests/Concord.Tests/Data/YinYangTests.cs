using Concord.Data;
using Concord.Training;

namespace Concord.Tests.Data;

public class YinYangTests
{
    private const int Yin = 0, Yang = 1, Dot = 2;
    private static readonly Dataset s_data = Dataset.YinYang();

    [Fact]
    public void TheBytesAreTheSameOnEveryMachine()
    {
        Assert.Equal(
            ["9791b9c48237c93419dcd40b8d6686839c47a6a1a3a52938a631440960fab3bf",
                "2054cf0fa7c80e3c9bcbe1879bec2e9bd550ec63b03ea2ee2c82ad0cbcbd3bd6"],
            s_data.Verification.Files.Select(file => file.Sha256));
        Assert.Equal(Verdict.Generated, s_data.Verification.Verdict);
        Assert.Equal((6000, 1000), (s_data.Train.Count, s_data.Test.Count));
    }

    [Fact]
    public void ARunHasTheThreePartsThatArePublished()
    {
        var settings = new RunSettings { Data = "yin-yang" }.Load(out _, out var split);
        Assert.Equal((5000, 1000, 1000), (split.Train.Count, split.Validation.Count, split.Test.Count));
        Assert.Equal("mlp:4-256-256-3", settings.Model.Split(',')[0]);
        Assert.Equal(10, Dataset.YinYang(100, 10).UsualValidation);
    }

    [Fact]
    public void ClassesAreEquallyLikely()
    {
        var deviation = Math.Sqrt(6000 * (1 / 3.0) * (2 / 3.0));
        Assert.All(s_data.Train.ClassCounts(), count => Assert.InRange(count, 2000 - 4 * deviation, 2000 + 4 * deviation));
        Assert.All(s_data.Test.ClassCounts(), count => Assert.InRange(count, 1000 / 3.0 - 60, 1000 / 3.0 + 60));
    }

    [Fact]
    public void EverySampleIsAPointOfItsClassAndItsMirrorImage()
    {
        foreach (var part in (Samples[])[s_data.Train, s_data.Test])
            for (var n = 0; n < part.Count; n++)
            {
                var values = part.Singles(n);
                Assert.Equal(part.Labels[n], YinYangSet.ClassOf(values[0], values[1]));
                Assert.Equal((1 - values[0], 1 - values[1]), (values[2], values[3]));
                foreach (var value in values) Assert.InRange(value, 0, 1);
            }
    }

    /// <summary>The range is that of the sign, so that a test sample at its rim is in it as well.</summary>
    [Fact]
    public void TheUnitRangeLeavesPointsAsTheyAre()
    {
        var few = Dataset.YinYang(20, 10).Train.First(10);
        var normalization = Normalization.Fit(few, NormalizationKind.UnitRange);
        Assert.Equal([0, 0, 0, 0], normalization.Offset.ToArray());
        Assert.Equal([1, 1, 1, 1], normalization.Scale.ToArray());
    }

    [Fact]
    public void ASampleDependsOnSeedPartAndNumberAlone()
    {
        var few = YinYangSet.Generate(YinYangSet.Seed, "train", 30).Samples;
        for (var n = 0; n < few.Count; n++) Assert.True(few.Singles(n).SequenceEqual(s_data.Train.Singles(n)));
        Assert.False(few.Singles(0).SequenceEqual(s_data.Test.Singles(0)));
        var other = Dataset.YinYang(30, 10, seed: 2);
        Assert.False(few.Singles(0).SequenceEqual(other.Train.Singles(0)));
        Assert.Equal(Verdict.Unknown, other.Verification.Verdict);
    }

    /// <summary>On both sides of every border: the rim, the two dots, the two half circles and the line that they leave over.</summary>
    [Theory]
    [InlineData(0.25, 0.5, Dot)]
    [InlineData(0.75, 0.5, Dot)]
    [InlineData(0.25, 0.599, Dot)]
    [InlineData(0.25, 0.601, Yang)]     // above the left dot, within the left half circle
    [InlineData(0.25, 0.399, Yang)]     // and below it
    [InlineData(0.25, 0.251, Yang)]
    [InlineData(0.25, 0.249, Yin)]
    [InlineData(0.75, 0.599, Dot)]
    [InlineData(0.75, 0.601, Yin)]
    [InlineData(0.75, 0.749, Yin)]
    [InlineData(0.75, 0.751, Yang)]
    [InlineData(0.5, 0.999, Yang)]
    [InlineData(0.5, 0.001, Yin)]
    [InlineData(0.5, 1.001, null)]
    [InlineData(0.001, 0.501, Yang)]
    [InlineData(0.999, 0.499, Yin)]
    [InlineData(0.1, 0.1, null)]
    public void BordersLieWhereTheyAreSaidTo(double x, double y, int? label) => Assert.Equal(label, YinYangSet.ClassOf(x, y));

    [Fact]
    public void HalfATurnSwapsYinAndYang()
    {
        var stream = Concord.Numerics.RandomStream.FromSeed(Kit.Seed);
        var counts = new int[3];
        for (ulong i = 0; i < 20_000; i += 2)
        {
            double x = stream.Uniform(i), y = stream.Uniform(i + 1);
            if (YinYangSet.ClassOf(x, y) is not { } label) continue;
            counts[label]++;
            Assert.Equal(label switch { Yin => Yang, Yang => Yin, _ => Dot }, YinYangSet.ClassOf(1 - x, 1 - y));
        }
        Assert.InRange(counts[Dot] / (double)counts.Sum(), 0.07, 0.09);   // 2 0.1^2 / 0.5^2 of the area
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, -1)]
    [InlineData(int.MaxValue, 10)]
    public void ImpossibleSizesAreRefused(int train, int test) =>
        Assert.Contains("yin-yang can be generated with", DataFiles.Refusal(() => Dataset.YinYang(train, test)), StringComparison.Ordinal);
}
