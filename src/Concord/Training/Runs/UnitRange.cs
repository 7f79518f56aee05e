using Concord.Data;
using Concord.Layers;
using Concord.Networks;

namespace Concord.Training;

/// <summary>
/// Layers that take numbers from 0 to 1 (probabilities, voltages, what is encoded as spikes) are given such, by the samples or by what
/// stands below them. Of others they make something, and nobody would notice.
/// </summary>
internal static class UnitRange
{
    /// <summary>Refuses a network whose layers may be given others.</summary>
    /// <exception cref="ConcordException">One may; it is named with what to do.</exception>
    public static void Check(RunSettings settings, Network network, Samples train)
    {
        List<Layer> layers = [.. network.Blocks.SelectMany(block => block.Layers)];
        for (var i = 0; i < layers.Count; i++)
        {
            if (!layers[i].TakesUnitRange) continue;
            var below = layers[..i].FindLastIndex(layer => layer.GivesUnitRange is not null);
            if (below < 0) CheckSamples(settings, layers[i], train);
            else if (layers[below].GivesUnitRange == false)
                throw new ConcordException($"The layer {layers[i].Name} ({layers[i]}) takes numbers from 0 to 1, and those that "
                    + $"{layers[below].Name} ({layers[below]}) gives may be others. Put a logistic between the two.");
        }
    }

    private static void CheckSamples(RunSettings settings, Layer layer, Samples train)
    {
        if (settings.Normalization == NormalizationKind.UnitRange || train.AreEvents
            || (settings.Normalization == NormalizationKind.None && IsWithin(train))) return;
        throw new ConcordException($"The layer {layer.Name} ({layer}) takes numbers from 0 to 1, and samples "
            + (settings.Normalization == NormalizationKind.None ? $"of {settings.Data} have others as they are (--normalization none). "
                : $"have others with --normalization {SettingsTable.Find("normalization")!.Write(settings)}. ")
            + "Give --normalization unit-range.");
    }

    private static bool IsWithin(Samples train) => Enumerable.Range(0, train.Channels).All(channel =>
        Normalization.Range(train, channel) is { Low: >= 0 } range && range.Low + range.Width <= 1);
}
