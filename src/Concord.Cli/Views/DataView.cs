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
        output.Explain($"data    {data}", indent: 8);
        if (split is not null) output.Explain($"        {split}", indent: 8);
        foreach (var note in data.Notes(split)) output.Explain($"note    {note}", indent: 8);
    }

    /// <param name="output">Where to.</param>
    /// <param name="weights">The file that weights start from, or <see cref="RunSettings.NoWeights"/>.</param>
    public static void ShowWeights(Output output, string weights)
    {
        if (weights != RunSettings.NoWeights) output.Say($"weights {StartingWeights.Describe(weights)}");
    }
}
