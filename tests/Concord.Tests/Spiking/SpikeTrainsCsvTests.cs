using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

public sealed class SpikeTrainsCsvTests
{
    [Fact]
    public void WhatIsWrittenIsReadAgain()
    {
        var trains = new SpikeTrains(5, ElementType.Double);
        for (var sample = 0; sample < 4; sample++)
        {
            var events = sample == 1 ? [] : SpikingKit.Events(RandomStream.FromSeed(sample), 5, 20, 0.3);
            trains.Append([.. events.Select(e => e.Time)], [.. events.Select(e => e.Neuron)], allowEmpty: true);
        }
        var text = new StringWriter();
        SpikeTrainsCsv.Write(text, trains);
        var again = new SpikeTrains(5, ElementType.Double);
        SpikeTrainsCsv.Read(new StringReader(text.ToString()), again);
        Assert.Equal(trains.Offsets.ToArray(), again.Offsets.ToArray());
        Assert.Equal(trains.NeuronsOfEvents.ToArray(), again.NeuronsOfEvents.ToArray());
        Assert.Equal(trains.Times.ToArray()[..trains.Count], again.Times.ToArray()[..again.Count]);
    }

    [Theory]
    [InlineData("", "Line 1 of the events is ''")]
    [InlineData("0,0.1,2", "header")]
    [InlineData("sample,time,neuron\n0,0.1,2\n0,0.2", "Line 3 of the events is '0,0.2'")]
    [InlineData("sample,time,neuron\n0,0.1,2\n\n0,early,1", "Line 4")]
    [InlineData("sample,time,neuron\n1,0.1,2\n0,0.2,1", "Line 3 of the events belongs to sample 0, after a line of sample 1")]
    [InlineData("sample,time,neuron\n0,0.2,2\n0,0.1,1", "not in the order of time")]
    [InlineData("sample,time,neuron\n0,0.2,-2", "neuron -2")]
    [InlineData("sample,time,neuron\n0,NaN,2", "NaN s")]
    [InlineData("sample,time,neuron\n-1,0.1,2", "Line 2")]
    public void BadTextIsRefusedByLine(string text, string why)
    {
        var message = Assert.Throws<ConcordException>(() => SpikeTrainsCsv.Read(new StringReader(text), new SpikeTrains(3))).Message;
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATextWithoutEventsHasNoSamples()
    {
        var trains = new SpikeTrains(3);
        SpikeTrainsCsv.Read(new StringReader("sample,time,neuron\n"), trains);
        Assert.Equal(0, trains.Samples);
    }
}
