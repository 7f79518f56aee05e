using System.Globalization;
using System.Text;

namespace Concord.Spiking;

/// <summary>
/// Spike trains as text: a header line, <c>sample,time,neuron</c>; a line for each event, samples numbered from 0 and events in the order
/// of time, seconds; and at the end a line <c>end,SAMPLES,EVENTS</c>, which says how many there are. A sample without a line has no
/// events. Numbers have a decimal point. The last line may be missing; then samples without events after the last one are not seen, and
/// nor is it seen when a text was cut at the end of a line.
/// </summary>
public static class SpikeTrainsCsv
{
    /// <summary>The first line.</summary>
    public const string Header = "sample,time,neuron";

    /// <summary>Adds the samples of a text to spike trains.</summary>
    /// <param name="text">The text.</param>
    /// <param name="trains">Where they are added, the text's sample 0 after what is there.</param>
    /// <exception cref="ConcordException">
    /// A line is no event; samples are not in order; the last line says another number of samples or events, or is itself cut short; or
    /// <see cref="SpikeTrains.Append"/> refuses a sample. The samples before it have been added then.
    /// </exception>
    public static void Read(TextReader text, SpikeTrains trains)
    {
        var buffer = new StringBuilder();
        if (Line(text, buffer, out var isEnded)?.Trim() is var header && header != Header)
            throw new ConcordException($"Line 1 of the events is '{header}', but it should be the header {Header}.");
        List<double> times = [];
        List<int> neurons = [];
        var (sample, events) = (0, 0L);
        EventCsvEnd? end = null;
        for (var line = 2; Line(text, buffer, out var lineIsEnded) is { } row; line++)
        {
            if (row.Length == 0) continue;
            isEnded = lineIsEnded;
            if (end is not null) throw new ConcordException($"Line {line} of the events: {EventCsvEnd.After(row)}");
            end = EventCsvEnd.Of(row);
            if (end is not null) continue;
            var (number, time, neuron) = Event(row, line);
            if (number < sample)
                throw new ConcordException($"Line {line} of the events belongs to sample {number}, after a line of sample {sample}. Sort "
                    + "them by sample, then by time.");
            while (sample < number) End();
            times.Add(time);
            neurons.Add(neuron);
            events++;
        }
        EventCsvEnd.Check(end, times.Count > 0 ? sample + 1 : sample, events, maySkip: true, isEnded, "The events");
        if (times.Count > 0) End();
        while (sample < end?.Samples) End();

        void End()
        {
            trains.Append(times.ToArray(), neurons.ToArray(), allowEmpty: true);
            times.Clear();
            neurons.Clear();
            sample++;
        }
    }

    /// <summary>Writes spike trains.</summary>
    public static void Write(TextWriter text, SpikeTrains trains)
    {
        text.Write($"{Header}\n");
        for (var sample = 0; sample < trains.Samples; sample++)
            for (var e = trains.Offsets[sample]; e < trains.Offsets[sample + 1]; e++)
                text.Write(string.Create(CultureInfo.InvariantCulture, $"{sample},{trains.Times[e]:R},{trains.NeuronsOfEvents[e]}\n"));
        text.Write($"{new EventCsvEnd(trains.Samples, trains.Count)}\n");
    }

    /// <summary>The next line, and whether a line end follows it; null at the end of the text.</summary>
    private static string? Line(TextReader text, StringBuilder buffer, out bool isEnded)
    {
        buffer.Clear();
        for (var c = text.Read(); c >= 0; c = text.Read())
        {
            isEnded = c == '\n' || c == '\r';
            if (c == '\r' && text.Peek() == '\n') text.Read();
            if (isEnded) return buffer.ToString();
            buffer.Append((char)c);
        }
        isEnded = false;
        return buffer.Length == 0 ? null : buffer.ToString();
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
