using System.Globalization;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>The spikes of a sample in letters: time from left to right, a row for each neuron or for several that stand together.</summary>
internal static class RasterView
{
    private const int Columns = 60, MostRows = 12;
    private const string Shades = " .:+*#";

    public static void Show(Output output, SpikeRecord record, IReadOnlyList<string> classes)
    {
        output.Say($"{record.Part} sample {N(record.Sample)}: class {Named(record.Label)}, answered {(record.Answer < 0 ? "nothing, for no "
            + "output fired" : Named(record.Answer))}");
        var table = new TextTable("layer", ">neurons", ">spikes", ">a neuron", ">silent neurons", ">first spike");
        foreach (var layer in record.Layers)
            table.Row(layer.Name, N(layer.Neurons), N(layer.Times.Count),
                Format.Number((double)layer.Times.Count / layer.Neurons, "0.00"), N(layer.Counts().Count(count => count == 0)),
                layer.Times.Count == 0 ? "-" : $"{Format.Number(layer.Times[0], "0.0000")} s");
        output.Show(table, always: true);
        foreach (var layer in record.Layers)
        {
            var rows = Math.Min(layer.Neurons, MostRows);
            var together = (layer.Neurons + rows - 1) / rows;
            rows = (layer.Neurons + together - 1) / together;
            output.Say($"{layer.Name}, 0 to {Format.Number(record.Duration)} s{(together > 1 ? $", {N(together)} neurons a row" : "")}");
            foreach (var row in Rows(layer, rows, together, record.Duration)) output.Say($"  |{row}|");
        }

        string Named(int number) => classes[number] == N(number) ? N(number) : $"{N(number)} ({classes[number]})";
    }

    /// <summary>The rows of a layer; a letter is the darker, the more spikes fall into its place, by the layer's fullest place.</summary>
    internal static IEnumerable<string> Rows(SpikeRecord.Layer layer, int rows, int together, double duration)
    {
        var counts = new int[rows, Columns];
        for (var i = 0; i < layer.Times.Count; i++)
            counts[layer.NeuronsOfSpikes[i] / together, Math.Clamp((int)(layer.Times[i] / duration * Columns), 0, Columns - 1)]++;
        var most = Math.Max(1, counts.Cast<int>().Max());
        for (var row = 0; row < rows; row++)
            yield return string.Create(Columns, row, (letters, of) =>
            {
                for (var column = 0; column < Columns; column++)
                    letters[column] = Shades[(counts[of, column] * (Shades.Length - 1) + most - 1) / most];
            });
    }

    private static string N(int number) => number.ToString(CultureInfo.InvariantCulture);
}
