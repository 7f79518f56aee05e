using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

/// <summary>What spikes make of the weights between two populations.</summary>
public sealed class ReciprocalPopulationsTests
{
    private static readonly ReciprocalSettings s_settings = new(Rate: 0.001, Gain: 2.2);

    // The rule and the neurons once more, in loops over plain arrays.
    [Theory]
    [InlineData(3, 5, PlasticSide.Feedback, true, true)]
    [InlineData(10, 10, PlasticSide.Both, true, true)]
    [InlineData(6, 3, PlasticSide.Forward, true, true)]
    [InlineData(4, 4, PlasticSide.Both, true, false)]
    [InlineData(7, 9, PlasticSide.Feedback, false, true)]
    public void ASecondOrTwoIsTheEquations(int lower, int upper, PlasticSide plastic, bool closed, bool antiHebbian)
    {
        using var kernels = Kit.Double();
        var settings = s_settings with
        {
            Plastic = plastic, IsClosed = closed, IsAntiHebbian = antiHebbian, Correlation = antiHebbian ? 10 : 0, Drive = 0.8,
        };
        var pair = Drawn(kernels, lower, upper, settings);
        var (w, b) = ((double[])[.. pair.Forward], (double[])[.. pair.Backward]);
        var stream = RandomStream.FromSeed(3);
        pair.Rest(stream);
        pair.Advance(1300);
        pair.Advance(1200);
        var spikes = PaperPairing.Run(kernels, stream, w, b, lower, upper, settings, 2500);
        Assert.Equal(w, pair.Forward);
        Assert.Equal(b, pair.Backward);
        Assert.Equal(spikes, pair.Spikes);
        Assert.True(spikes.Lower > 0 && spikes.Upper > 0);
        Assert.Equal(2500, pair.Milliseconds);
    }

    // Of two neurons, without noise: the lower one fires alone, and the upper one follows where W drives it, or the other way round.
    [Theory]
    [InlineData(30, 0, 1)]     // W drives the upper neuron: j after i, evidence for W, B grows
    [InlineData(0, 30, -1)]    // B drives the lower neuron: i after j, evidence that B is large, B falls
    public void EachHalfOfTheRuleHasItsSign(double w, double b, int sign)
    {
        using var kernels = Kit.Double();
        foreach (var antiHebbian in (bool[])[true, false])
        {
            var pair = new ReciprocalPopulations(kernels, 1, 1,
                s_settings with { Gain = 1, Rate = 1e-9, Drive = 0.7, Deviation = 0.2, Trace = 2, IsAntiHebbian = antiHebbian });
            (pair.Forward[0], pair.Backward[0]) = (w, b);
            pair.Rest(RandomStream.FromSeed(1));
            pair.Advance(60_000);
            var step = (pair.Backward[0] - b) * 1e9;
            if (antiHebbian) Assert.True(sign * step > 20, $"{step}");
            else Assert.True(step >= 0, $"{step}");   // the Hebbian half alone only adds
        }
    }

    [Fact]
    public void WhereBothLearnTheirSumStays()
    {
        using var kernels = Kit.Double();
        var pair = Drawn(kernels, 6, 5, s_settings with { Plastic = PlasticSide.Both, Rate = 0.01 });
        double[] sum = [.. pair.Forward.Zip(pair.Backward, (w, b) => w + b)], before = [.. pair.Backward];
        var gap = Gap(pair);
        pair.Rest(RandomStream.FromSeed(2));
        pair.Advance(200_000);
        Kit.Close(sum, [.. pair.Forward.Zip(pair.Backward, (w, b) => w + b)], 1e-12);
        Assert.NotEqual(before, pair.Backward);
        Assert.True(Gap(pair) < 0.7 * gap, $"{gap} {Gap(pair)}");
    }

    // B = W' is where B rests on the average: from there it moves no further than noise takes it, and from elsewhere it comes back.
    [Fact]
    public void FeedbackRestsAtTheWeight()
    {
        using var kernels = Kit.Double();
        double[] Gaps(bool atTheWeight)
        {
            var pair = Drawn(kernels, 8, 8, s_settings with { Gain = 4 });
            if (atTheWeight) pair.Forward.CopyTo(pair.Backward, 0);
            List<double> gaps = [Gap(pair)];
            pair.Rest(RandomStream.FromSeed(4));
            for (var look = 0; look < 2; look++)
            {
                pair.Advance(1_000_000);
                gaps.Add(Gap(pair));
            }
            return [.. gaps];
        }
        double[] near = Gaps(true), far = Gaps(false);
        Assert.All(near, gap => Assert.InRange(gap, 0, 0.2));
        Assert.True(far[0] > 1 && far[1] < 0.5 * far[0] && far[2] < 0.3 * far[0], string.Join(" ", far));
    }

    [Fact]
    public void NoiseHasTheDeviationThatIsAskedFor()
    {
        using var kernels = Kit.Double();
        foreach (var correlation in (double[])[0, 10])
        {
            // so far below the threshold that nothing fires: the rule then sees nothing, and an open loop with no weights is the potential
            var settings = s_settings with { Drive = -3, Deviation = 0.5, Correlation = correlation };
            var potentials = PaperPairing.Potentials(kernels, RandomStream.FromSeed(5), 8, settings, 200_000);
            var mean = potentials.Average();
            Assert.Equal(-3, mean, 0.05);
            Assert.Equal(0.5, Math.Sqrt(potentials.Average(value => (value - mean) * (value - mean))), 0.02);
        }
    }

    [Fact]
    public void TheBitsAreThoseOfAnyEngineAndNumberOfThreads()
    {
        double[] Run(Kernels kernels)
        {
            using (kernels)
            {
                var pair = Drawn(kernels, 30, 20, s_settings);
                pair.Rest(RandomStream.FromSeed(6));
                pair.Advance(5000);
                return pair.Backward;
            }
        }
        var one = Run(Kit.Single());
        Assert.Equal(one, Run(Kit.Single(2)));
        Assert.Equal(one, Run(Kit.Single(3)));
        Assert.Equal(one, Run(Kit.Double()));
    }

    private static ReciprocalPopulations Drawn(Kernels kernels, int lower, int upper, ReciprocalSettings settings)
    {
        var pair = new ReciprocalPopulations(kernels, lower, upper, settings);
        Kit.Normals(RandomStream.FromSeed(8).Split("W"), lower * upper).Select(value => 0.1 * value).ToArray().CopyTo(pair.Forward, 0);
        Kit.Normals(RandomStream.FromSeed(8).Split("B"), lower * upper).Select(value => 0.1 * value).ToArray().CopyTo(pair.Backward, 0);
        return pair;
    }

    private static double Gap(ReciprocalPopulations pair) =>
        Math.Sqrt(pair.Forward.Zip(pair.Backward, (w, b) => (w - b) * (w - b)).Sum() / pair.Forward.Sum(w => w * w));
}
