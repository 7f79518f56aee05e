using Concord.Data;
using Concord.Numerics;

namespace Concord.Tests.Data;

public class NormalizationTests
{
    [Fact]
    public void Bytes_are_measured_by_channel_as_the_textbook_says()
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
    public void Features_have_figures_of_their_own_and_a_constant_one_is_only_shifted()
    {
        var samples = new Samples(new Shape(3), [1, 7, -1e30f, 3, 7, 1e30f], new int[2], 2);
        var fitted = Normalization.Fit(samples);
        Assert.Equal([2, 7, 0], fitted.Offset.ToArray());
        Assert.Equal([1, 1, 1e-30f], fitted.Scale.ToArray());
        var range = Normalization.Fit(samples, NormalizationKind.UnitRange);
        Assert.Equal([1, 7, -1e30f], range.Offset.ToArray());
        Assert.Equal([0.5f, 1, 5e-31f], range.Scale.ToArray());
    }

    [Fact]
    public void Only_the_samples_given_count()
    {
        var all = new Samples(new Shape(1, 1, 1), [0, 2, 200, 255], new int[4], 2);
        Assert.Equal(1, Normalization.Fit(all.First(2)).Offset[0]);
    }

    [Fact]
    public void The_other_kinds_do_what_they_say()
    {
        var samples = new Samples(new Shape(1, 1, 2), [10, 20, 30, 40], new int[2], 2);
        Assert.Equal((0, 1 / 255f), (Normalization.Fit(samples, NormalizationKind.UnitRange).Offset[0], Normalization.Fit(samples, NormalizationKind.UnitRange).Scale[0]));
        Assert.Equal((0, 1), (Normalization.Fit(samples, NormalizationKind.None).Offset[0], Normalization.Fit(samples, NormalizationKind.None).Scale[0]));
        Assert.Throws<ArgumentException>(() => Normalization.Fit(samples.First(0)));
        Assert.Throws<ArgumentException>(() => new Normalization(NormalizationKind.None, [0], [float.NaN]));
        Assert.Throws<ArgumentException>(() => new Normalization(NormalizationKind.None, [0, 0], [1]));
    }

    [RealDataFact("cifar-10")]
    public void Cifar_has_the_published_mean_and_deviation()
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
