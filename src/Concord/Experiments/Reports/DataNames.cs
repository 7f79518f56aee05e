using Concord.Data;

namespace Concord.Experiments;

/// <summary>One name for each data set of a report, since runs may have written one path in several ways.</summary>
internal static class DataNames
{
    /// <summary>Gives runs of one path the same name: of those that they have, one that is relative if there is such, and short.</summary>
    public static void Unite(IReadOnlyList<RunRecord> runs)
    {
        List<List<RunRecord>> sets = [];
        foreach (var run in runs.Where(run => DataReference.HasPath(run.Data)))
            if (sets.Find(set => set.Exists(other => AreOne(run, other))) is { } known) known.Add(run);
            else sets.Add([run]);
        foreach (var set in sets)
        {
            var name = set.Select(run => run.Data).Order(StringComparer.Ordinal)
                .MinBy(data => (data == DataReference.Whole(data), data.Length))!;
            foreach (var run in set) run.Data = name;
        }
    }

    // A relative path is one of the folder in which the run was begun, which need not be this one: what the run found there is kept.
    private static bool AreOne(RunRecord one, RunRecord other) => one.Data == other.Data
        || (one.DataPlace is { } here && other.DataPlace is { } there ? here == there : DataReference.AreSame(one.Data, other.Data));
}
