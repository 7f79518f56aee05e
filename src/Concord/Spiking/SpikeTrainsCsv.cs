using System.Globalization;

namespace Concord.Spiking;

/// <summary>
/// Spike trains as text: a header line, <c>sample,time,neuron</c>, and a line for each event, samples numbered from 0 and events in the
/// order of time, seconds. A sample without a line, below the last one, has no events. Numbers have a decimal point.
/// </summary>
public static class SpikeTrainsCsv
{
    /// <summary>The first line.</summary>
    public const string Header = "sample,time,neuron";

    /// <summary>Adds the samples of a text to spike trains.</summary>
    /// <param name="text">The text.</param>
    /// <param name="trains">Where they are added, the text's sample 0 after what is there.</param>
    /// <exception cref="ConcordException">
    /// A line is no event, as the last one of a file that was cut short; samples are not in order; or <see cref="SpikeTrains.Append"/>
    /// refuses a sample, of which nothing is added then.
    /// </exception>
    public static void Read(TextReader text, SpikeTrains trains)
    {
        if (text.ReadLine()?.Trim() is var header && header != Header)
            throw new ConcordException($"Line 1 of the events is '{header}', but it should be the header {Header}.");
        List<double> times = [];
        List<int> neurons = [];
        var sample = 0;
        for (var line = 2; text.ReadLine() is { } row; line++)
        {
            if (row.Length == 0) continue;
            var (number, time, neuron) = Event(row, line);
            if (number < sample)
                throw new ConcordException($"Line {line} of the events belongs to sample {number}, after a line of sample {sample}. Sort "
                    + "them by sample, then by time.");
            for (; sample < number; sample++) End();
            times.Add(time);
            neurons.Add(neuron);
        }
        if (times.Count > 0) End();

        void End()
        {
            trains.Append(times.ToArray(), neurons.ToArray(), allowEmpty: true);
            times.Clear();
            neurons.Clear();
        }
    }

    /// <summary>Writes spike trains. Empty samples after the last event are not seen in the text.</summary>
    public static void Write(TextWriter text, SpikeTrains trains)
    {
        text.Write($"{Header}\n");
        for (var sample = 0; sample < trains.Samples; sample++)
            for (var e = trains.Offsets[sample]; e < trains.Offsets[sample + 1]; e++)
                text.Write(string.Create(CultureInfo.InvariantCulture, $"{sample},{trains.Times[e]:R},{trains.NeuronsOfEvents[e]}\n"));
    }

    private static (int Sample, double Time, int Neuron) Event(string row, int line)
    {
        var fields = row.Split(',');
        return fields.Length == 3 && int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var sample)
            && double.TryParse(fields[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var time)
            && int.TryParse(fields[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var neuron)
            ? (sample, time, neuron)
            : throw new ConcordException($"Line {line} of the events is '{row}', not {Header} as in 0,0.0125,3. If it is the last line, "
                + "the file may be cut short.");
    }
}
