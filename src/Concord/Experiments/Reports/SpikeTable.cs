using Concord.Experiments.Charts;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>What the spikes of each layer came to in the last epoch, and what of them had no effect, was stopped or clipped.</summary>
internal static class SpikeTable
{
    /// <summary>Writes it; nothing where there are no spikes.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="rows">The layers of each variant, whose label and number stand before them.</param>
    public static void Write(Markup page, IReadOnlyList<(string Label, int Number, LayerSpikes Layer)> rows)
    {
        if (rows.Count == 0) return;
        page.Element("h3", "Spikes");
        ReportTable.Write(page, "Spikes", ["rule", "layer", "#of a neuron", "#silent neurons, %", "#silent samples, %", "#first, ms",
            "#came in", "#late", "#stopped", "#clipped"], rows.Select(row => Cells(row.Label, row.Layer)),
            [.. rows.Select(row => row.Number)]);
        page.Element("p", "Means of a sample after the last epoch, of one run each. First: when a neuron of the layer first fires. "
            + "Came in: spikes from each neuron below. Late: spikes that came in after the end and had no effect. Stopped: neurons that "
            + "would have fired more often than most-spikes allows. Clipped: spikes whose slope was clipped (grazing=clipped), of the "
            + "training samples of the epoch.", ("class", "say"));
    }

    private static IReadOnlyList<string> Cells(string label, LayerSpikes layer) =>
    [
        label, layer.Layer, NumberFormat.Fixed(layer.SpikesPerNeuron, 2), NumberFormat.Fixed(100 * layer.SilentShare, 1),
        NumberFormat.Fixed(100 * layer.SilentSamples, 1), NumberFormat.Fixed(1000 * layer.FirstSpike, 1),
        NumberFormat.Fixed(layer.ArrivingPerNeuron, 2), NumberFormat.Fixed(layer.Late, 2), NumberFormat.Fixed(layer.CutOff, 2),
        NumberFormat.Fixed(layer.Clipped, 2),
    ];
}
