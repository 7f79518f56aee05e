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
            var events = sample is 1 or 3 ? [] : SpikingKit.Events(RandomStream.FromSeed(sample), 5, 20, 0.3);
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
    [InlineData("sample,time,neuron\n0,0.2,2\n0,0.1,1\n", "not in the order of time")]
    [InlineData("sample,time,neuron\n0,0.2,-2\n", "neuron -2")]
    [InlineData("sample,time,neuron\n0,NaN,2\n", "NaN s")]
    [InlineData("sample,time,neuron\n-1,0.1,2", "Line 2")]
    [InlineData("sample,time,neuron\n0,1e300,2\n", "at 1E+300 s; times are finite numbers of seconds from 0 to 3.4E+38")]
    [InlineData("sample,time,neuron\n0,0.1,2\n0,0.100000001,2\n", "which are one time in single precision")]
    [InlineData("sample,time,neuron\n0,0.1,2", "the last line has no line end")]
    [InlineData("sample,time,neuron", "end it with the line end,0,0")]
    [InlineData("sample,time,neuron\n0,0.1,2\nend,2,3\n", "2 samples with 3 events stand before it, but 1 with 1 do")]
    [InlineData("sample,time,neuron\n3,0.1,2\nend,3,1\n", "3 samples with 1 events stand before it, but 4 with 1 do")]
    [InlineData("sample,time,neuron\nend,0,0\n0,0.1,2\n", "Line 3 of the events: '0,0.1,2' comes after the line 'end,...'")]
    [InlineData("sample,time,neuron\n0,0.1,2\nend,1", "Line 3 of the events is 'end,1'")]
    public void BadTextIsRefusedByLine(string text, string why)
    {
        var message = Assert.Throws<ConcordException>(() => SpikeTrainsCsv.Read(new StringReader(text), new SpikeTrains(3))).Message;
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    /// <summary>Wherever a text that was written is cut it is refused, except before its last line end, where nothing is missing.</summary>
    [Fact]
    public void WhatWasCutAnywhereIsRefusedUnlessItsEndLineIsGone()
    {
        var trains = new SpikeTrains(3);
        trains.Append([0.125, 0.25], [0, 2]);
        trains.Append([0.5], [1]);
        trains.Append([], [], allowEmpty: true);
        var writer = new StringWriter();
        SpikeTrainsCsv.Write(writer, trains);
        var text = writer.ToString();
        Assert.EndsWith("\nend,3,3\n", text, StringComparison.Ordinal);
        for (var length = 0; length < text.Length - 1; length++)
        {
            if (length > 0 && text[length - 1] == '\n') continue;   // whole lines: without the end line this cannot be seen
            var cut = text[..length];
            Assert.Throws<ConcordException>(() => SpikeTrainsCsv.Read(new StringReader(cut), new SpikeTrains(3)));
        }
        foreach (var whole in (string[])[text, text[..^1], text.ReplaceLineEndings("\r\n"), $"{text}\n"])
        {
            var again = new SpikeTrains(3);
            SpikeTrainsCsv.Read(new StringReader(whole), again);
            Assert.Equal((3, 3), (again.Samples, again.Count));
        }
    }

    [Fact]
    public void ATextWithoutEventsHasNoSamples()
    {
        var trains = new SpikeTrains(3);
        SpikeTrainsCsv.Read(new StringReader("sample,time,neuron\n"), trains);
        Assert.Equal(0, trains.Samples);
    }
}
