using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What the circuits of a rule's networks took for their spikes.</summary>
internal static class EnergyView
{
    /// <summary>What the numbers mean.</summary>
    public const string Meaning = "energy: what the supply gives for the spikes of a sample, C a circuit's capacitance and V the supply's "
        + "voltage; leaks are not in it.";

    /// <summary>One line about a rule; null where there are no circuits.</summary>
    public static string? Line(RuleResult result) => result.Energy.Count == 0 ? null
        : $"energy {string.Join(", ", result.Energy.Select(layer => $"{layer.Layer} {Format.Spread(layer.Energy)} {LayerEnergy.Unit} "
            + $"({Format.Spread(layer.SpikesPerNeuron, "0.00")} spikes a neuron)"))}";

    /// <summary>What an epoch's line has of it.</summary>
    public static string Of(EpochMetrics epoch) => epoch.Energy.Count == 0 ? ""
        : $"energy {Format.Number(epoch.Energy.Sum(layer => layer.Energy), "0.000")} {LayerEnergy.Unit}";
}
