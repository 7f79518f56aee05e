using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What the spikes of a rule's networks came to.</summary>
internal static class SpikeView
{
    /// <summary>What the columns of a comparison mean.</summary>
    public const string Meaning = "spikes: of a neuron in a validation sample; first spike: when the outputs first fire; "
        + "accumulates: additions per sample on the way up, and to gradients on the way down; error MACs: multiply-accumulates of signals; "
        + "moved: weights moved to feedback in a step. The plan's forward and error assume a spike of each neuron, and "
        + "memory is without spikes and what walks keep of them.";

    /// <summary>One line about a rule; null where there are no spikes.</summary>
    public static string? Line(RuleResult result)
    {
        if (result.Spikes.Count == 0) return null;
        var run = result.Runs[0].Spikes;
        var layers = result.Spikes.Select((layer, i) => $"{layer.Layer} {Format.Spread(layer.SpikesPerNeuron, "0.00")}"
            + (run[i].IsOutput || run[i].SilentShare == 0 ? "" : FormattableString.Invariant($" ({run[i].SilentShare:0.0 %} silent)")));
        return $"spikes a neuron {string.Join(", ", layers)}; outputs first fire after {Milliseconds(result)}; "
            + $"{Format.Count(Sum(result, layer => layer.Accumulates))} accumulates per sample forward, "
            + $"{Format.Count(Sum(result, layer => layer.GradientAccumulates))} to gradients, "
            + $"{Format.Count(Sum(result, layer => layer.ErrorMacs))} multiply-accumulates of errors"
            + string.Concat(run.Where(layer => layer.Late > 0).Select(layer => FormattableString.Invariant(
                $"; {layer.Late:0.###} spikes of a sample came to {layer.Layer} after the end and had no effect")))
            + string.Concat(run.Where(layer => layer.CutOff > 0).Select(layer => FormattableString.Invariant(
                $"; most-spikes stopped {layer.CutOff:0.###} neurons of {layer.Layer} in a sample")))
            + string.Concat(run.Where(layer => layer.Clipped > 0).Select(layer => FormattableString.Invariant(
                $"; of a training sample {layer.Clipped:0.###} spikes of {layer.Layer} had their slope clipped")));
    }

    /// <summary>The columns of a comparison.</summary>
    public static IEnumerable<string> Columns(RuleResult result) =>
        [.. result.Spikes.Select(layer => $">{layer.Layer} spikes"), ">first spike", ">accumulates", ">of gradients", ">error MACs",
            ">moved"];

    /// <summary>Their cells.</summary>
    public static IEnumerable<string> Cells(RuleResult result) =>
    [
        .. result.Spikes.Select(layer => Format.Spread(layer.SpikesPerNeuron, "0.00")), Milliseconds(result),
        Format.Count(Sum(result, layer => layer.Accumulates)), Format.Count(Sum(result, layer => layer.GradientAccumulates)),
        Format.Count(Sum(result, layer => layer.ErrorMacs)), Format.Count(result.Transport?.WeightsPerStep ?? double.NaN),
    ];

    private static double Sum(RuleResult result, Func<LayerSpikes, double> of) => result.Runs[0].Spikes.Sum(of);

    private static string Milliseconds(RuleResult result) => result.Latency.Count == 0 ? "-"
        : $"{Format.Number(1000 * result.Latency.Mean, "0.0")} ms";
}
