using Concord.Data;
using Concord.Data.Glyphs;

namespace Concord.Tests.Data;

public class GlyphTests
{
    private static readonly Dataset s_glyphs = Dataset.Glyphs();

    [Fact]
    public void TheBytesAreTheSameOnEveryMachine()
    {
        Assert.Equal(
            ["72fd0818595cf60e7c15043c230e1e1e8785c444e70e20eecb13bae90baa9982",
                "7d223fadc7052a84a6d6fbd6638bf9d9cdc0fdba541c7260a77d9b217e4ff32b"],
            s_glyphs.Verification.Files.Select(file => file.Sha256));
        Assert.Equal(Verdict.Generated, s_glyphs.Verification.Verdict);
        Assert.Equal((9000, 2000), (s_glyphs.Train.Count, s_glyphs.Test.Count));
    }

    [Fact]
    public void ASampleDependsOnSeedPartAndNumberAlone()
    {
        var few = GlyphSet.Generate(1, "train", 30).Samples;
        for (var n = 0; n < few.Count; n++) Assert.True(few.Bytes(n).SequenceEqual(s_glyphs.Train.Bytes(n)));
        Assert.False(few.Bytes(0).SequenceEqual(s_glyphs.Test.Bytes(0)));
        var other = Dataset.Glyphs(30, 10, seed: 2);
        Assert.False(few.Bytes(0).SequenceEqual(other.Train.Bytes(0)));
        Assert.Equal(Verdict.Unknown, other.Verification.Verdict);
    }

    [Fact]
    public void ClassesAreEquallyFrequent() => Assert.All(s_glyphs.Train.ClassCounts(), count => Assert.Equal(900, count));

    [Fact]
    public void EveryImageHasInkAndEveryClassItsOwnMean()
    {
        var means = new double[10, GlyphPainter.Pixels];
        for (var n = 0; n < s_glyphs.Test.Count; n++)
        {
            var image = s_glyphs.Test.Bytes(n);
            Assert.True(image.ToArray().Count(tone => tone > 64) > 15, $"sample {n} is nearly empty");
            for (var i = 0; i < image.Length; i++) means[s_glyphs.Test.Labels[n], i] += image[i] / 200.0;
        }
        for (var a = 0; a < 10; a++)
            for (var b = 0; b < a; b++)
                Assert.True(Enumerable.Range(0, GlyphPainter.Pixels).Max(i => Math.Abs(means[a, i] - means[b, i])) > 30,
                    $"classes {a} and {b} look alike");
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, -1)]
    [InlineData(int.MaxValue, 10)]
    public void ImpossibleSizesAreRefused(int train, int test) => Assert.Throws<ConcordException>(() => Dataset.Glyphs(train, test));
}
