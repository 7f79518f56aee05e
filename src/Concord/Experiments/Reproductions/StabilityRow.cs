using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>A rule at one solution of <see cref="StabilityTable"/>: a line of the table.</summary>
/// <param name="Cell">The rule and the seed of weights, samples and feedback.</param>
/// <param name="Trial">What was predicted and measured.</param>
public sealed record StabilityRow(ExperimentCell Cell, StabilityTrial Trial) : TrialRow(Cell)
{
    /// <summary>The reproduction that is this table.</summary>
    public const string Entry = "stability";

    /// <summary>Such trials as a kind.</summary>
    public static TrialKind Kind { get; } = new(FigureQuantity.Stability, "stability", "solutions, kicked", "All solutions:",
        ["feedback", "seed", "predicted", "measured", "solution is", "cosine fc1", "whole", "after a kick", "weights moved, %"],
        StabilityMeasure.ByName, "a network and samples of its own, 12-20-4", rows => $"{Agreement([.. rows.Cast<StabilityRow>()])}.",
        (cells, kernels, stop) => Of(cells, kernels, cancellation: stop));

    /// <inheritdoc/>
    public override IReadOnlyList<string> Figures
    {
        get
        {
            var (kernel, kick) = (Trial.Kernel, Trial.Kick!);
            return [Cell.Label, FormattableString.Invariant($"{Cell.Settings.Seed}"), NumberFormat.Fixed(kernel.LeastReal, 3),
                NumberFormat.Fixed(kick.Exponent, 3), kernel.VerdictName, NumberFormat.Fixed(kick.Alignment.Blocks[0].Cosine, 2),
                NumberFormat.Fixed(kick.Alignment.Cosine, 2), kick.OutcomeName, NumberFormat.Fixed(100 * kick.Distance, 1)];
        }
    }

    /// <summary>In how many of the lines prediction and measurement have one sign, in words.</summary>
    public static string Agreement(IReadOnlyCollection<StabilityRow> rows) => FormattableString.Invariant(
        $"Prediction and measurement have the same sign in {rows.Count(row => row.Trial.Agrees == true)} of {rows.Count}");

    /// <summary>Makes the lines one after the other as they are asked for; cells of one seed share a solution.</summary>
    /// <param name="cells">Rules and seeds.</param>
    /// <param name="kernels">The engine, of double precision.</param>
    /// <param name="kicks">Rates and steps; <see cref="StabilityTable.Kicks"/> if null.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static IEnumerable<StabilityRow> Of(IEnumerable<ExperimentCell> cells, Kernels kernels, KickSettings? kicks = null,
        CancellationToken cancellation = default)
    {
        var table = new StabilityTable(kernels, kicks);
        return cells.Select(cell => new StabilityRow(cell, table.Trial(
            () => RuleCatalogue.Create(cell.Settings.Rule, cell.Settings.RuleOptions), cell.Settings.Seed, cancellation)));
    }
}
