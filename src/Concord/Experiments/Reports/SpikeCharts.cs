using System.Globalization;
using Concord.Experiments.Charts;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>What the spikes of a sample look like: a raster, how often neurons fired, and the potential of output neurons.</summary>
internal static class SpikeCharts
{
    private const int MostBars = 30;

    /// <summary>Draws them.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="record">The sample.</param>
    /// <param name="title">What stands before the charts' own names; empty for nothing.</param>
    public static void Draw(Markup page, SpikeRecord record, string title = "")
    {
        var name = title.Length > 0 ? $"{title}: " : "";
        new RasterPlot($"{name}Spikes of {record.Part} sample {N(record.Sample)} (class {N(record.Label)}, answered {Answer(record)})",
            [.. record.Layers.Select((layer, i) => new RasterBand(layer.Name, i, layer.Neurons, layer.Times, layer.NeuronsOfSpikes))],
            record.Duration, "No neuron fired.").Draw(page);
        DrawCounts(page, record, name);
        DrawTraces(page, record, name);
    }

    private static void DrawCounts(Markup page, SpikeRecord record, string name)
    {
        var counts = record.Layers.Select(layer => layer.Counts()).ToList();
        var step = counts.Max(of => of.Max()) / MostBars + 1;
        var series = record.Layers.Select((layer, i) => new ChartSeries(layer.Name, i, [.. counts[i].GroupBy(count => count / step)
            .OrderBy(bin => bin.Key).Select(bin =>
            {
                var (from, share) = (bin.Key * step, 100.0 * bin.Count() / layer.Neurons);
                return new ChartPoint(from + (step - 1) / 2.0, share, double.NaN, double.NaN, string.Create(CultureInfo.InvariantCulture,
                    $"{layer.Name}, {from}{(step > 1 ? $" to {from + step - 1}" : "")} spikes: {bin.Count()} of {layer.Neurons} neurons"));
            })])).ToList();
        new BarChart(new($"{name}How often neurons fired", "spikes of a neuron", "per cent of the layer's neurons", ""), series)
            { Step = step }.Draw(page);
    }

    private static void DrawTraces(Markup page, SpikeRecord record, string name)
    {
        List<ChartSeries> series = [.. record.Traces.Select((trace, i) => new ChartSeries(
            $"output {N(trace.Neuron)}{(trace.Neuron == record.Label ? ", right" : ", answered")}", i + 1, [.. trace.Times
                .Zip(trace.Potentials, (time, potential) => new ChartPoint(time, potential, double.NaN, double.NaN,
                    string.Create(CultureInfo.InvariantCulture, $"{potential:g4} at {time:g4} s")))]))];
        series.Add(new("threshold", 0, [.. new[] { 0, record.Duration }.Select(time => new ChartPoint(time, record.Threshold, double.NaN,
            double.NaN, string.Create(CultureInfo.InvariantCulture, $"threshold {record.Threshold:g4}")))]));
        new LineChart(new($"{name}Potential of output neurons", "seconds", "potential", ""), series) { WholeX = false }.Draw(page);
    }

    private static string Answer(SpikeRecord record) => record.Answer < 0 ? "nothing" : N(record.Answer);

    private static string N(int number) => number.ToString(CultureInfo.InvariantCulture);
}
