using System.Globalization;
using Concord.Data.Formats;
using Concord.Spiking;

namespace Concord.Data.Events;

/// <summary>
/// Labelled spike trains as comma-separated text: the header <c>sample,label,time,neuron</c>, a line for each event, samples numbered
/// from 0 and events in the order of time, seconds, and, if it is there, <see cref="EventCsvEnd"/>. Labels are numbers or names, the same
/// on each line of a sample.
/// </summary>
internal static class EventCsvReader
{
    public const string Header = "sample,label,time,neuron";

    /// <param name="text">The text.</param>
    /// <param name="file">Its file, for messages.</param>
    public static EventFile Read(TextReader text, string file)
    {
        var records = new CsvRecords(text, file);
        if (!records.Next() || Row(records) is var header && header != Header)
            throw new ConcordException($"'{file}' begins with '{(records.Count == 0 ? "" : CsvReader.Cut(Row(records)))}', but the header "
                + $"{Header} was expected.");
        List<double[]> times = [];
        List<int[]> neurons = [];
        List<double> sampleTimes = [];
        List<int> sampleNeurons = [];
        var (labels, label, largest, events) = (new ClassLabels(file, "label", isMeant: true), "", 0, 0L);
        EventCsvEnd? end = null;
        while (records.Next())
        {
            if (end is not null)
                throw new ConcordException($"'{file}', line {records.Line}: {EventCsvEnd.After(CsvReader.Cut(Row(records)))}");
            if (records.Count == 3 && (end = EventCsvEnd.Of(Row(records))) is not null) continue;
            var (sample, time, neuron) = Event(records, file);
            if (sample == times.Count + 1 && sampleTimes.Count > 0) End();
            if (sample != times.Count)
                throw new ConcordException($"'{file}', line {records.Line}: an event of sample {sample} was found where one of sample "
                    + $"{times.Count}{(sampleTimes.Count > 0 ? $" or {times.Count + 1}" : "")} was expected. Samples are numbered from 0, "
                    + "stand one after the other, and have at least one event each.");
            if (sampleTimes.Count == 0) labels.Add(label = records[1].ToString(), records.Line);
            else if (!records[1].SequenceEqual(label))
                throw new ConcordException($"'{file}', line {records.Line}: sample {sample} has the label '{CsvReader.Cut(records[1])}', "
                    + $"and '{CsvReader.Cut(label)}' on a line before. Give all events of a sample one label.");
            sampleTimes.Add(time);
            sampleNeurons.Add(neuron);
            largest = Math.Max(largest, neuron);
            events++;
        }
        EventCsvEnd.Check(end, times.Count + (sampleTimes.Count > 0 ? 1 : 0), events, maySkip: false, records.IsEnded, $"'{file}'");
        if (sampleTimes.Count == 0) throw new ConcordException($"'{file}' has a header, but no events.");
        End();

        var trains = EventFile.TrainsFor(largest, file);
        for (var sample = 0; sample < times.Count; sample++) EventFile.Append(trains, times[sample], neurons[sample], file);
        var (classes, numbers) = labels.Number();
        return new(trains, numbers, classes);

        void End()
        {
            times.Add([.. sampleTimes]);
            neurons.Add([.. sampleNeurons]);
            sampleTimes.Clear();
            sampleNeurons.Clear();
        }
    }

    private static (int Sample, double Time, int Neuron) Event(CsvRecords records, string file) =>
        records.Count == 4 && int.TryParse(records[0], NumberStyles.None, CultureInfo.InvariantCulture, out var sample)
            && double.TryParse(records[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var time)
            && int.TryParse(records[3], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var neuron)
        ? (sample, time, neuron)
        : throw new ConcordException($"'{file}', line {records.Line}: '{CsvReader.Cut(Row(records))}' is not {Header}, as in "
            + "0,three,0.0125,17. If it is the last line, the file may be cut short.");

    private static string Row(CsvRecords records)
    {
        var fields = new string[records.Count];
        for (var i = 0; i < fields.Length; i++) fields[i] = records[i].ToString();
        return string.Join(',', fields);
    }
}
