using Concord.Numerics;

namespace Concord.Experiments;

/// <summary>A kind of trials that figures may be of in the place of runs.</summary>
/// <param name="Quantity">The figures that are of such trials.</param>
/// <param name="Key">What a file calls them.</param>
/// <param name="Things">What the trials are of, in words behind a number.</param>
/// <param name="TableHead">What stands above the table of all.</param>
/// <param name="Heads">The heads of its columns.</param>
/// <param name="Measures">What can be asked of one, by the name that a figure gives it.</param>
/// <param name="Own">The network that they have, whatever a file's settings say.</param>
/// <param name="Closing">A sentence about all of them, below the table; empty for none.</param>
/// <param name="Make">Makes them one by one as they are asked for, in double precision.</param>
public sealed record TrialKind(
    FigureQuantity Quantity, string Key, string Things, string TableHead, IReadOnlyList<string> Heads,
    IReadOnlyDictionary<string, TrialMeasure> Measures, string Own, Func<IReadOnlyCollection<TrialRow>, string> Closing,
    Func<IEnumerable<ExperimentCell>, Kernels, CancellationToken, IEnumerable<TrialRow>> Make)
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<TrialKind> All { get; } = [StabilityRow.Kind, PairRow.Kind];

    /// <summary>The kind that a quantity is of; null for quantities of runs and of the cost model.</summary>
    public static TrialKind? Of(FigureQuantity quantity) => All.FirstOrDefault(kind => kind.Quantity == quantity);

    /// <summary>The kind that a row is of.</summary>
    public static TrialKind Of(TrialRow row) => row switch
    {
        PairRow => PairRow.Kind,
        _ => StabilityRow.Kind,
    };
}
