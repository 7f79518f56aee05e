using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Tests.Numerics;

public class RandomTests
{
    [Theory] // The known answers that the generator's authors publish with it.
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu,
        0x5001e420u, 0x24126ea1u)]
    public void PhiloxGivesItsKnownAnswers(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint w0, uint w1, uint w2, uint w3) =>
        Assert.Equal((w0, w1, w2, w3), RandomStream.Philox(c0, c1, c2, c3, k0, k1));

    [Theory]
    [InlineData(0)]
    [InlineData(13)]
    [InlineData(0xFFFFFFFAUL)]   // the counter's low word runs over inside the group
    [InlineData(ulong.MaxValue - 3)]
    public unsafe void ManyBlocksAtOnceAreTheSameWords(ulong first)
    {
        const int blocks = 5 * PhiloxVector.Group;
        var stream = RandomStream.FromSeed(7).Split("words");
        var words = stackalloc uint[4 * blocks];
        PhiloxVector.Fill(stream, first, blocks, words);
        for (var i = 0; i < blocks; i++)
            Assert.Equal(stream.Block(first + (ulong)i), (words[4 * i], words[4 * i + 1], words[4 * i + 2], words[4 * i + 3]));
    }

    [Fact]
    public void ElementsAreTheNumberedDrawsOfTheStream() => Scene.ForAll(s =>
    {
        var stream = RandomStream.FromSeed(s.Rows).Split("draws");
        var y = s.Garbage();
        s.Kernels.FillUniform(stream, -0.3, 1.7, y);
        for (var i = 0; i < y.Length; i++) Assert.Equal(s.Round(-0.3 + 2.0 * stream.Uniform((ulong)i)), y[i]);

        s.Kernels.FillNormal(stream, 0.5, 2, y);
        for (var i = 0; i < y.Length; i++)
        {
            var pair = RandomStream.ToNormals(stream.Word((ulong)i & ~1UL), stream.Word((ulong)i | 1));
            Assert.Equal(s.Round(0.5 + 2 * (i % 2 == 0 ? pair.First : pair.Second)), y[i]);
        }

        foreach (var drop in (double[])[0, 0.3, 0.5, 1 - 1e-9])
        {
            s.Kernels.FillDropoutMask(stream, drop, y);
            for (var i = 0; i < y.Length; i++) Assert.Equal(stream.Uniform((ulong)i) < drop ? 0 : s.Round(1 / (1 - drop)), y[i]);
        }
    });

    [Fact]
    public void DirectionsAreTheNumberedDrawsOfTheStream() => Scene.ForAll(s =>
    {
        var stream = RandomStream.FromSeed(s.Rows).Split("directions");
        var y = s.Garbage();
        s.Kernels.FillRademacher(stream, y);
        for (var i = 0; i < y.Length; i++) Assert.Equal((stream.Word((ulong)i / 32) >> (i % 32) & 1) == 0 ? 1.0 : -1, y[i]);

        s.Kernels.FillStandardNormal(stream, y);
        for (var i = 0; i < y.Length; i++)
        {
            // number i and i + 16 of each 32 are a pair
            var (group, place) = ((ulong)i / 32 * 32, (ulong)i % 16);
            var (first, second) = (stream.Word(group + place), stream.Word(group + 16 + place));
            var radius = Math.Sqrt(-2 * Math.Log(((first >> 8) + 1.0) / (1 << 24)));
            var angle = Math.PI / 2 * ((second >> 30) + (((second << 2) >> 8) - (1 << 23)) / (double)(1 << 24));
            Assert.Equal(radius * (i % 32 < 16 ? Math.Cos(angle) : Math.Sin(angle)), y[i], 2e-6);
        }
    });

    [Fact]
    public void DirectionsAreTheSameForAnyNumberOfThreadsAndElementType()
    {
        using Kernels one = new FloatKernels(), three = new FloatKernels(3), wide = new DoubleKernels();
        var stream = RandomStream.FromSeed(12);
        foreach (var fill in (Action<Kernels, Tensor>[])[(k, y) => k.FillRademacher(stream, y), (k, y) => k.FillStandardNormal(stream, y)])
        {
            double[] Drawn(Kernels kernels, int length)
            {
                var y = kernels.Allocate(new Shape(length));
                fill(kernels, y);
                return y.ToArray();
            }
            var expected = Drawn(one, 30_011);
            Assert.Equal(expected, Drawn(three, 30_011));
            Assert.Equal(expected, Drawn(wide, 30_011));
            Assert.Equal(expected[..77], Drawn(three, 77));
        }
    }

    [Fact]
    public void DirectionsHaveTheirMoments()
    {
        using var kernels = new DoubleKernels();
        var y = kernels.Allocate(new Shape(200_000));
        kernels.FillStandardNormal(RandomStream.FromSeed(4), y);
        AssertMoments(y, 0, 1, 3);
        Assert.InRange(y.ToArray().Max(), 3.8, 5.8);
        kernels.FillRademacher(RandomStream.FromSeed(5), y);
        AssertMoments(y, 0, 1, 1);
    }

    [Fact]
    public void ALargeFillIsDrawnLikeASmallOne()
    {
        using var kernels = new FloatKernels(3);
        var stream = RandomStream.FromSeed(11);
        var y = kernels.Allocate(new Shape(20_011));
        kernels.FillUniform(stream, 0, 1, y);
        for (var i = 0; i < y.Length; i++) Assert.Equal((float)stream.Uniform((ulong)i), y[i]);
    }

    [Fact]
    public void UniformNumbersAndNormalNumbersHaveTheirMoments()
    {
        using var kernels = new DoubleKernels();
        var y = kernels.Allocate(new Shape(200_000));
        kernels.FillUniform(RandomStream.FromSeed(1), 2, 5, y);
        Assert.All(y.ToArray(), value => Assert.InRange(value, 2, 5));
        AssertMoments(y, 3.5, Math.Sqrt(0.75), 1.8);
        kernels.FillNormal(RandomStream.FromSeed(2), -1, 0.5, y);
        AssertMoments(y, -1, 0.5, 3);
    }

    [Fact]
    public void AMaskKeepsTheMean()
    {
        using var kernels = new FloatKernels();
        var mask = kernels.Allocate(new Shape(100_000));
        kernels.FillDropoutMask(RandomStream.FromSeed(3), 0.2, mask);
        Assert.InRange(kernels.Sum(mask) / mask.Length, 0.99, 1.01);
        Assert.Throws<ArgumentOutOfRangeException>(() => kernels.FillDropoutMask(RandomStream.FromSeed(3), 1, mask));
    }

    [Fact]
    public void StreamsAreToldApartByNameMomentAndSeed()
    {
        var root = RandomStream.FromSeed(1);
        RandomStream[] streams = [root, RandomStream.FromSeed(2), root.Split("a"), root.Split("b"), root.Split("a").Split("b"), root.At(0),
            root.At(1), root.Split("a").At(1)];
        Assert.Equal(streams.Length, streams.Select(s => s.Word(0)).Distinct().Count());
        Assert.Equal(root.Split("a").At(3), RandomStream.FromSeed(1).Split("a").At(3));
    }

    [Fact]
    public void AShuffleIsAPermutationAndRepeatsItself()
    {
        var items = Enumerable.Range(0, 100).ToArray();
        var again = items.ToArray();
        RandomStream.FromSeed(5).Shuffle<int>(items);
        RandomStream.FromSeed(5).Shuffle<int>(again);
        Assert.Equal(again, items);
        Assert.NotEqual(Enumerable.Range(0, 100), items);
        Assert.Equal(Enumerable.Range(0, 100), items.Order());
    }

    /// <summary>Mean and deviation within five standard errors, and the fourth moment over the squared variance within 3 %.</summary>
    private static void AssertMoments(Tensor y, double mean, double deviation, double kurtosis)
    {
        var values = y.ToArray();
        var found = values.Average();
        var variance = values.Average(v => (v - found) * (v - found));
        Assert.InRange(found, mean - 5 * deviation / Math.Sqrt(values.Length), mean + 5 * deviation / Math.Sqrt(values.Length));
        Assert.InRange(Math.Sqrt(variance) / deviation, 0.99, 1.01);
        Assert.InRange(values.Average(v => Math.Pow(v - found, 4)) / (variance * variance) / kurtosis, 0.97, 1.03);
    }
}
