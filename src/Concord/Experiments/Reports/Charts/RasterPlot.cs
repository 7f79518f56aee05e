using System.Globalization;
using System.Text;

namespace Concord.Experiments.Charts;

/// <summary>The spikes of one layer.</summary>
/// <param name="Label">What the layer is called.</param>
/// <param name="Number">Decides its colour.</param>
/// <param name="Neurons">How many neurons it has.</param>
/// <param name="Times">When each spike is, seconds.</param>
/// <param name="NeuronsOfSpikes">Which neuron it is of.</param>
internal sealed record RasterBand(string Label, int Number, int Neurons, IReadOnlyList<double> Times, IReadOnlyList<int> NeuronsOfSpikes);

/// <summary>
/// A tick for each spike of a sample: time from left to right, a band for each layer, a row for each neuron of it. Of a drawing with more
/// spikes than can be told apart only every second neuron's, every third neuron's, ... are drawn, and it says so.
/// </summary>
/// <param name="Name">What it shows.</param>
/// <param name="Bands">The layers, from the input up.</param>
/// <param name="Duration">When time ends, seconds.</param>
/// <param name="Otherwise">What it says if there is no spike.</param>
internal sealed record RasterPlot(string Name, IReadOnlyList<RasterBand> Bands, double Duration, string Otherwise)
{
    private const int MostTicks = 20_000;
    private const double Left = 8, Right = Plot.Width - 12, Top = 30, BandHeight = 110, LeastHeight = 26, RowHeight = 9, Gap = 22;

    /// <summary>Draws it.</summary>
    public void Draw(Markup page)
    {
        var spikes = Bands.Sum(band => band.Times.Count);
        if (spikes == 0)
        {
            Plot.Empty(page, new(Name, "", "", Otherwise));
            return;
        }
        var stride = (spikes + MostTicks - 1) / MostTicks;
        var bottom = Top + Bands.Sum(band => Gap + HeightOf(band));
        Plot.Head(page, Name, bottom + 40);
        var axis = Axis.Linear([0, Duration], 7, round: false);
        var top = Top;
        foreach (var band in Bands)
        {
            top += Gap;
            DrawBand(page, band, axis, top, stride);
            top += HeightOf(band);
        }
        DrawTime(page, axis, bottom);
        page.Close().Line();
    }

    private static double HeightOf(RasterBand band) => Math.Clamp(band.Neurons * RowHeight, LeastHeight, BandHeight);

    private static double X(Axis axis, double time) => axis.Position(time, Left, Right);

    private static void DrawBand(Markup page, RasterBand band, Axis axis, double top, int stride)
    {
        var (spikes, neurons) = (band.Times.Count, band.Neurons);
        var label = string.Create(CultureInfo.InvariantCulture, $"{band.Label}: {spikes:N0} {(spikes == 1 ? "spike" : "spikes")} of "
            + $"{neurons:N0} {(neurons == 1 ? "neuron" : "neurons")}{(stride > 1 ? $", one of {stride} neurons shown" : "")}");
        page.Element("text", LabelLayout.Fit(label, Right - Left), ("x", Left), ("y", top - 6));
        page.Shape("rect", ("class", "frame"), ("x", Left), ("y", top), ("width", Right - Left), ("height", HeightOf(band)));
        var row = HeightOf(band) / band.Neurons;
        var (path, tick) = (new StringBuilder(), Markup.Number(Math.Max(1, row)));
        for (var i = 0; i < band.Times.Count; i++)
        {
            if (band.NeuronsOfSpikes[i] % stride != 0) continue;
            var y = Math.Min(top + band.NeuronsOfSpikes[i] * row, top + HeightOf(band) - 1);
            path.Append('M').Append(Markup.Number(X(axis, band.Times[i]))).Append(' ').Append(Markup.Number(y)).Append('v').Append(tick);
        }
        if (path.Length > 0) page.Shape("path", ("class", $"tick {Palette.ClassOf(band.Number)}"), ("d", path.ToString()));
    }

    private static void DrawTime(Markup page, Axis axis, double bottom)
    {
        page.Shape("line", ("class", "axis"), ("x1", Left), ("x2", Right), ("y1", bottom), ("y2", bottom));
        foreach (var (value, label) in axis.Marks)
        {
            page.Shape("line", ("class", "axis"), ("x1", X(axis, value)), ("x2", X(axis, value)), ("y1", bottom), ("y2", bottom + 4));
            page.Element("text", label, ("class", "mark middle"), ("x", X(axis, value)), ("y", bottom + 18));
        }
        page.Element("text", "seconds", ("class", "unit middle"), ("x", (Left + Right) / 2), ("y", bottom + 35));
    }
}
