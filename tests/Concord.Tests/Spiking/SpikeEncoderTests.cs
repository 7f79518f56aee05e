using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Encoders;

namespace Concord.Tests.Spiking;

public sealed class SpikeEncoderTests
{
    [Fact]
    public void LatencyIsTheEarlierTheLargerTheNumber()
    {
        var (trains, _) = Encode(new LatencyEncoder(0.1), 0, 0.25, 1);
        Assert.Equal([2, 1], trains.NeuronsOfEvents.ToArray());
        Kit.Close([0, 0.075], trains.Times.ToArray()[..2]);
    }

    [Fact]
    public void PoissonSpikesHaveTheirRateAndAreDrawnAgainAlike()
    {
        var encoder = new PoissonEncoder(highestRate: 200, duration: 50);
        var (trains, values) = Encode(encoder, 0.5, 0, 1);
        var counts = Enumerable.Range(0, 3).Select(n => trains.NeuronsOfEvents.ToArray().Count(neuron => neuron == n)).ToArray();
        Assert.InRange(counts[0], 5_000 - 350, 5_000 + 350);   // five deviations
        Assert.Equal(0, counts[1]);
        Assert.InRange(counts[2], 10_000 - 500, 10_000 + 500);
        var again = encoder.Trains(3, ElementType.Double);
        encoder.Encode(values, again, RandomStream.FromSeed(3));
        Assert.Equal(trains.Times.ToArray()[..trains.Count], again.Times.ToArray()[..again.Count]);
        again.Clear();
        encoder.Encode(values, again, RandomStream.FromSeed(3), first: 1);
        Assert.NotEqual(trains.Times[0], again.Times[0]);
    }

    [Fact]
    public void ABurstIsLongerAndFasterTheLargerTheNumber()
    {
        var (trains, _) = Encode(new BurstEncoder(4, 0.01, 0.03), 0.5, 1, 0);
        var events = SpikingKit.Sample(trains, 0);
        Kit.Close([0, 0.02], [.. events.Where(e => e.Neuron == 0).Select(e => e.Time)]);
        Kit.Close([0, 0.01, 0.02, 0.03], [.. events.Where(e => e.Neuron == 1).Select(e => e.Time)]);
        Assert.DoesNotContain(events, e => e.Neuron == 2);
    }

    [Fact]
    public void APopulationFiresFirstWhereTheNumberIs()
    {
        var encoder = new PopulationEncoder(neurons: 6, window: 0.1, threshold: 0.01);
        var (trains, _) = Encode(encoder, 0.375, 0.875);
        Assert.Equal(12, trains.Neurons);
        Kit.Close([0, 0], trains.Times.ToArray()[..2]);
        Assert.Equal([2, 10], trains.NeuronsOfEvents.ToArray()[..2]);   // the fields' centres are -1/8, 1/8, 3/8, 5/8, 7/8, 9/8
        Assert.All(SpikingKit.Sample(trains, 0), e => Assert.InRange(e.Time, 0, encoder.Duration));
    }

    [Fact]
    public void BadNumbersAndParametersAreNamed()
    {
        Assert.Contains("Feature 1 of sample 0 is 1.5", Refused(() => Encode(new LatencyEncoder(), 0, 1.5)));
        Assert.Contains("NaN", Refused(() => Encode(new LatencyEncoder(), double.NaN)));
        Assert.Contains("2 numbers", Refused(() => new LatencyEncoder().Encode(new Tensor(new(1, 2)), new SpikeTrains(3))));
        Assert.Contains("-1", Refused(() => _ = new LatencyEncoder(-1)));
        Assert.Contains("0", Refused(() => _ = new BurstEncoder(0)));
        Assert.Contains("Exchange", Refused(() => _ = new BurstEncoder(3, 0.2, 0.1)));
        Assert.Contains("2", Refused(() => _ = new PopulationEncoder(2)));
        Assert.Contains("threshold", Refused(() => _ = new PopulationEncoder(threshold: 0)));
        Assert.Contains("rate", Refused(() => _ = new PoissonEncoder(0)));
        Assert.Contains("makes 1e+08 spikes of a number of 1; the most is 10,000", Refused(() => _ = new PoissonEncoder(1e9)));
        Assert.Contains("up to 10000", Refused(() => _ = new BurstEncoder(10_001)));

        static string Refused(Action action) => Assert.Throws<ConcordException>(action).Message;
    }

    private static (SpikeTrains Trains, Tensor Values) Encode(SpikeEncoder encoder, params double[] sample)
    {
        var (trains, values) = (encoder.Trains(sample.Length, ElementType.Double), new Tensor(new(1, sample.Length), ElementType.Double));
        values.CopyFrom(sample);
        encoder.Encode(values, trains, RandomStream.FromSeed(3));
        return (trains, values);
    }
}
