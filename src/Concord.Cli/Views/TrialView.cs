using Concord.Experiments;
using Concord.Numerics.Engines;

namespace Concord.Cli.Views;

/// <summary>Trials that figures of a reproduction are of, in the place of runs.</summary>
internal static class TrialView
{
    /// <summary>Makes the trials of a plan, and tells each; none where it has no such figures.</summary>
    public static IReadOnlyList<TrialRow> Make(Output output, Reproduction entry, ReproductionPlan plan)
    {
        if (!entry.Figures.Any(figure => figure.IsOfTrials)) return [];
        using var kernels = Engines.Create("double");
        List<TrialRow> rows = [];
        foreach (var row in entry.Trials(plan, kernels))
        {
            rows.Add(row);
            Tell(output, row);
            output.Status(FormattableString.Invariant($"{rows.Count} of {plan.Experiment.Cells.Count} ..."));
        }
        return rows;
    }

    private static void Tell(Output output, TrialRow row)
    {
        if (row is StabilityRow { Trial: var trial })
            StabilityView.Tell(output, row.Cell.Label, row.Cell.Settings.Seed, trial.Kernel, trial);
        else if (row is PairRow pair)
            output.Event("pair", () => new PairEvent(row.Cell.Label, row.Cell.Settings.Seed, pair.Rate, pair.Alignments));
    }
}
