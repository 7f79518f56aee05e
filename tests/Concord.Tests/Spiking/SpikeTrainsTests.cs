using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

public sealed class SpikeTrainsTests
{
    [Theory, InlineData(ElementType.Single), InlineData(ElementType.Double)]
    public void EndingASamplePutsItsEventsInTheOrderOfTimeAndKeepsThatOfEqualTimes(ElementType type)
    {
        var trains = new SpikeTrains(1000, type);
        for (var sample = 0; sample < 20; sample++)
        {
            var stream = RandomStream.FromSeed(sample);
            var count = sample * 40;
            var digits = sample % 2 == 0 ? 2 : 9;   // with few of them many times are equal
            double[] times = [.. Enumerable.Range(0, count)
                .Select(i => Math.Round(stream.Uniform((ulong)i), digits) * Math.Pow(10, i % 5 - 2))];
            for (var i = 0; i < count; i++) trains.Add(times[i], i);
            trains.EndSample();
            var order = Enumerable.Range(0, count).OrderBy(i => type == ElementType.Single ? (float)times[i] : times[i]).ToArray();
            Assert.Equal(order, trains.NeuronsOfEvents[trains.Offsets[sample]..].ToArray());
            Assert.Equal([.. order.Select(i => times[i])], trains.Times.ToArray()[trains.Offsets[sample]..trains.Count],
                (a, b) => Math.Abs(a - b) <= 1e-6 * a);
        }
        Assert.Equal(20, trains.Samples);
        Assert.Equal(1, trains.EmptySamples);
        trains.Clear();
        Assert.Equal(0, trains.Count);
        Assert.Equal([0], trains.Offsets.ToArray());
    }

    /// <summary>Times that lie close together share the leading bits that spikes are sorted by first.</summary>
    [Theory, InlineData(ElementType.Single), InlineData(ElementType.Double)]
    public void CloseTimesAreSortedBesideOneThatIsFarAway(ElementType type)
    {
        const int Count = 3000;
        var trains = new SpikeTrains(Count, type);
        for (var i = 0; i < Count; i++) trains.Add(i == 7 ? 1e30 : 1 + (Count - i) / 2 * 1e-6, i);
        trains.EndSample();
        int[] order = [.. Enumerable.Range(0, Count).OrderBy(i => i == 7 ? Count : (Count - i) / 2)];
        Assert.Equal(order, trains.NeuronsOfEvents.ToArray());
    }

    [Fact]
    public void NegativeZeroIsZero()
    {
        var trains = new SpikeTrains(2);
        trains.Add(0.1, 0);
        trains.Add(-0.0, 1);
        trains.EndSample();
        Assert.Equal([1, 0], trains.NeuronsOfEvents.ToArray());
    }

    [Theory]
    [InlineData(new[] { 0.2, 0.1 }, new[] { 0, 1 }, "event 1 at 0.1 s comes after one at 0.2 s")]
    [InlineData(new[] { -0.1 }, new[] { 0 }, "-0.1 s")]
    [InlineData(new[] { double.NaN }, new[] { 0 }, "NaN s")]
    [InlineData(new[] { double.PositiveInfinity }, new[] { 0 }, "event 0")]
    [InlineData(new[] { 1e300 }, new[] { 0 }, "1E+300 s; times are finite numbers of seconds from 0 to 3.4E+38")]
    [InlineData(new[] { 0.1, 0.1, 0.100000001 }, new[] { 1, 2, 1 }, "neuron 1 at 0.100000001 s and 0.1 s, which are one time in single")]
    [InlineData(new[] { 0.1 }, new[] { 3 }, "neuron 3; there are neurons 0 to 2")]
    [InlineData(new[] { 0.1 }, new[] { -1 }, "neuron -1")]
    [InlineData(new[] { 0.1, 0.1, 0.1 }, new[] { 1, 2, 1 }, "two events of neuron 1 at 0.1 s")]
    [InlineData(new[] { 0.1, 0.2 }, new[] { 1 }, "2 times and 1 neurons")]
    [InlineData(new double[0], new int[0], "no events")]
    public void BadSamplesAreRefusedAndNothingOfThemIsKept(double[] times, int[] neurons, string why)
    {
        var trains = new SpikeTrains(3);
        trains.Append([0.1, 0.1], [0, 1]);
        var message = Assert.Throws<ConcordException>(() => trains.Append(times, neurons)).Message;
        Assert.Contains("Sample 1 ", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
        Assert.Equal((1, 2), (trains.Samples, trains.Count));
    }

    /// <summary>What single precision cannot hold is a time in double precision, and is refused on its way from there to here.</summary>
    [Fact]
    public void TimesAreCheckedInThePrecisionOfTheTrains()
    {
        SpikeTrains twice = new(2, ElementType.Double), single = new(2);
        twice.Append([0.1, 0.100000001, 1e300], [0, 0, 1]);
        Assert.Equal(3, twice.Count);
        Assert.Contains("3.4E+38", Assert.Throws<ConcordException>(() => single.Add(1e300, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("3.4E+38", Assert.Throws<ConcordException>(() => twice.CopyTo(single)).Message, StringComparison.Ordinal);
        Assert.Equal(0, single.Samples);
    }

    [Fact]
    public void AWarmBatchAllocatesNothing()
    {
        var trains = new SpikeTrains(700);
        Fill();
        Assert.Equal(0, Allocation.Of(Fill));

        void Fill()
        {
            trains.Clear();
            for (var sample = 0; sample < 30; sample++)
            {
                for (var i = 0; i < 700; i++) trains.Add((i * 7919 + sample) % 701, i);
                trains.EndSample();
            }
        }
    }

    [Fact]
    public void ThereIsAtLeastOneNeuron() =>
        Assert.Contains("at least one neuron", Assert.Throws<ConcordException>(() => new SpikeTrains(0)).Message);
}
