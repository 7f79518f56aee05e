using Concord.Data;
using Concord.Numerics;

namespace Concord.Tests.Data;

public class WhiteningTests
{
    private const int Count = 3000, Features = 12;

    [Fact]
    public void WhitenedFeaturesAreUncorrelatedAndOfVarianceOne()
    {
        var white = Whitening.Fit(Mixed(), 1e-9).Apply(Mixed());
        Assert.Equal(new Shape(3, 2, 2), white.Shape);
        Assert.Equal(Mixed().Labels.ToArray(), white.Labels.ToArray());
        for (var i = 0; i < Features; i++)
        {
            Assert.Equal(0, Mean(white, i), 1e-4);
            for (var j = 0; j <= i; j++) Assert.Equal(i == j ? 1 : 0, Covariance(white, i, j), 1e-3);
        }
    }

    [Fact]
    public void TheMapIsTheSymmetricOneThatStaysNearest()
    {
        // y = C^(-1/2) x: what x and y have in common, X'Y / N = C^(1/2), is symmetric and positive, which no rotation of y would leave so
        var samples = Mixed();
        var (white, normal) = (Whitening.Fit(samples, 1e-9).Apply(samples), Normalization.Fit(samples));
        double Common(int i, int j) => Enumerable.Range(0, Count)
            .Average(n => (samples.Bytes(n)[i] - normal.Offset[i / 4]) * (double)normal.Scale[i / 4] * white.Singles(n)[j]);
        for (var i = 0; i < Features; i++)
        {
            Assert.True(Common(i, i) > 0.1);
            for (var j = 0; j < i; j++) Assert.Equal(Common(i, j), Common(j, i), 1e-3);
        }
    }

    [Fact]
    public void EpsilonShrinksEachDirectionByItsVariance()
    {
        // two features: x1 = a, x2 = a: the one direction has variance 2, the other 0
        var stream = RandomStream.FromSeed(2);
        var pixels = Enumerable.Range(0, 2000).SelectMany(n => Enumerable.Repeat((byte)stream.Below((ulong)n, 256), 2)).ToArray();
        var samples = new Samples(new Shape(1, 1, 2), pixels, new int[2000], 2);
        var white = Whitening.Fit(samples, 0.5).Apply(samples);
        Assert.Equal(1 / 2.5, Covariance(white, 0, 0), 1e-3);   // 1/sqrt(2 + 0.5) of each of two equal features of variance 1
        Assert.Equal(1 / 2.5, Covariance(white, 0, 1), 1e-3);
    }

    [Fact]
    public void OnlyTrainingSamplesCountAndOthersGoTheSameWay()
    {
        var samples = Mixed();
        var whitening = Whitening.Fit(samples.First(1000));
        var (part, all) = (whitening.Apply(samples.First(1000)), whitening.Apply(samples));
        Assert.Equal(part.Singles(999).ToArray(), all.Singles(999).ToArray());
        Assert.NotEqual(Whitening.Fit(samples).Apply(samples).Singles(0).ToArray(), all.Singles(0).ToArray());
        Assert.Same(all, whitening.Apply(samples));
    }

    [Fact]
    public void ThreadsChangeNoBit()
    {
        var samples = Mixed();
        float[] Of(int threads) => [.. Enumerable.Range(0, Count).SelectMany(n => Whiten(threads).Singles(n).ToArray())];
        Dictionary<int, Samples> done = [];
        Samples Whiten(int threads) => done.TryGetValue(threads, out var white) ? white
            : done[threads] = Whitening.Fit(samples, 0.1, threads).Apply(samples);
        Assert.Equal(Of(1), Of(3));
    }

    [Fact]
    public void ConstantFeaturesDoNoHarm()
    {
        var samples = new Samples(new Shape(1, 1, 3), [.. Enumerable.Range(0, 60).SelectMany(n => (byte[])[(byte)(n * 4), 7, 7])],
            new int[60], 2);
        var white = Whitening.Fit(samples, 1e-6).Apply(samples);
        Assert.All(Enumerable.Range(0, 60), n => Assert.All(white.Singles(n).ToArray(), x => Assert.True(float.IsFinite(x))));
    }

    [Fact]
    public void WhatWouldTakeTooLongOrTooMuchIsRefused()
    {
        Assert.Contains("up to 4,096 features",
            DataFiles.Refusal(() => Whitening.Fit(new Samples(new Shape(3, 64, 64), new byte[3 * 64 * 64], [0], 2))),
            StringComparison.Ordinal);
        Assert.Contains("are available", DataFiles.Refusal(() => Whitening.CheckSize(new(3, 32, 32), 1L << 40)), StringComparison.Ordinal);
        foreach (var epsilon in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            Assert.Contains("a number above 0", DataFiles.Refusal(() => Whitening.Fit(Mixed(), epsilon)), StringComparison.Ordinal);
        Assert.Contains("at least one", DataFiles.Refusal(() => Whitening.Fit(Mixed().First(0))), StringComparison.Ordinal);
    }

    /// <summary>Images of neighbouring pixels that go together.</summary>
    private static Samples Mixed()
    {
        var stream = RandomStream.FromSeed(3);
        var pixels = new byte[Count * Features];
        for (var n = 0; n < Count; n++)
        {
            var common = stream.Below((ulong)(n * 64), 100);
            for (var i = 0; i < Features; i++)
                pixels[n * Features + i] = (byte)(common * (i % 3 + 1) / 3 + stream.Below((ulong)(n * 64 + 1 + i), 60 + 5 * i));
        }
        return new(new Shape(3, 2, 2), pixels, [.. Enumerable.Range(0, Count).Select(n => n % 2)], 2);
    }

    private static double Mean(Samples samples, int i) => Enumerable.Range(0, samples.Count).Average(n => samples.Singles(n)[i]);

    private static double Covariance(Samples samples, int i, int j)
    {
        double a = Mean(samples, i), b = Mean(samples, j);
        return Enumerable.Range(0, samples.Count).Average(n => (samples.Singles(n)[i] - a) * (samples.Singles(n)[j] - b));
    }
}
