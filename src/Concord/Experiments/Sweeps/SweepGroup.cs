using Concord.Data;
using Concord.Networks;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>The cells of a sweep that differ in the seed alone.</summary>
/// <param name="Label">The rule and its place on the axes.</param>
/// <param name="Cells">One per seed.</param>
public sealed record SweepGroup(string Label, IReadOnlyList<SweepCell> Cells)
{
    /// <summary>What the finished runs came to; null if none is finished.</summary>
    public RuleResult? Result { get; } = Cells.Any(cell => cell.Result is not null)
        ? new([.. Cells.Select(cell => cell.Result).OfType<RunResult>()]) : null;

    /// <summary>How many failed.</summary>
    public int Failed => Cells.Count(cell => cell.State == CellState.Failed);

    /// <summary>The group that it is measured against; null if there is none, or it is that itself.</summary>
    public SweepGroup? Reference { get; private init; }

    /// <summary>Test accuracy less that of <see cref="Reference"/>, paired at equal seeds; null without one.</summary>
    public SeedStatistic? Difference => Result is { } mine && Reference?.Result is { } other ? mine.DifferenceTo(other) : null;

    /// <summary>
    /// Linear CKA at a port with the reference's run of the same seed; of the reference itself, with its run of the next seed, which says
    /// how alike two runs of one rule are.
    /// </summary>
    /// <param name="port">The port.</param>
    /// <param name="which">On which test samples; the run compared with is the first one.</param>
    /// <param name="at">Where in each block.</param>
    /// <returns>One value per run that has a partner and such a port; null if none has.</returns>
    internal SeedStatistic? Similarity(string port, ComparedSamples which, Placement at)
    {
        List<double> values = [];
        for (var i = 0; i < Cells.Count; i++)
            if (Cells[i].Result is not null && PartnerOf(i, which) is { Result: not null } partner)
                values.Add(Cells[i].SimilarityTo(partner, which, at).Of(port));
        values.RemoveAll(double.IsNaN);
        return values.Count > 0 ? new([.. values]) : null;
    }

    // Two seeds of backpropagation make one pair on all samples: the other way round it is the same figure.
    private SweepCell? PartnerOf(int i, ComparedSamples which) => IsReference
        ? Cells.Count > 2 || (Cells.Count == 2 && (i == 0 || which != ComparedSamples.All)) ? Cells[(i + 1) % Cells.Count] : null
        : Reference?.Cells.FirstOrDefault(other => other.Settings.Seed == Cells[i].Settings.Seed);

    /// <summary>
    /// Groups in the order of their cells. The reference of a group is the one group of backpropagation that has the same value on each of
    /// its own axes; where several fit, there is none.
    /// </summary>
    internal static IReadOnlyList<SweepGroup> Of(IEnumerable<SweepCell> cells)
    {
        List<SweepGroup> groups = [.. cells.GroupBy(cell => cell.Cell.Label).Select(group => new SweepGroup(group.Key, [.. group]))];
        var references = groups.Where(group => group.IsReference).ToList();
        return [.. groups.Select(group => group.IsReference || references.Where(group.Fits).ToList() is not [var only] ? group
            : group with { Reference = only })];
    }

    private bool IsReference => Cells[0].Settings.Rule == Comparison.Reference;

    private bool Fits(SweepGroup reference) =>
        reference.Cells[0].Cell.Axes.All(axis =>
            AreSame(axis.Key, reference.Cells[0].Cell.ValueOf(axis.Key), Cells[0].Cell.ValueOf(axis.Key)));

    private static bool AreSame(string key, string? one, string? other) =>
        key == ExperimentKeys.Data ? DataReference.AreSame(one, other) : one == other;
}
