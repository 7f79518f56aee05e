using Concord.Data;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What was loaded, and what is odd about it.</summary>
internal static class DataView
{
    /// <param name="output">Where to.</param>
    /// <param name="data">The data set.</param>
    /// <param name="split">The parts that are used; null where that is not known yet.</param>
    public static void Show(Output output, Dataset data, DataSplit? split = null)
    {
        output.Say($"data    {data}");
        if (split is not null) output.Say($"        {split}");
        foreach (var note in data.Notes(split)) output.Say($"note    {note}");
    }

    /// <param name="output">Where to.</param>
    /// <param name="weights">The file that weights start from, or <see cref="RunSettings.NoWeights"/>.</param>
    public static void ShowWeights(Output output, string weights)
    {
        if (weights != RunSettings.NoWeights) output.Say($"weights {StartingWeights.Describe(weights)}");
    }
}
