using Concord.Cli.Views;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>
/// The run before the others, whose weights they start from. It has a folder of its own next to theirs and is not repeated either.
/// </summary>
internal static class PretrainingRun
{
    private const string Folder = "pretraining";

    /// <summary>The experiment, ready to run: its pre-training is done, if it has one.</summary>
    /// <exception cref="RunFailure">The pre-training diverged.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; the same command continues.</exception>
    public static ExperimentFile Done(Session session, ExperimentFile experiment, string folder, string? dataRoot)
    {
        if (experiment.Pretraining is not { } before) return experiment;
        var sweep = Open(session, before, folder, dataRoot);
        if (sweep.Left.Count > 0)
        {
            session.Output.Say($"pretraining in {sweep.Cells[0].Folder}");
            try
            {
                session.Saving(stop => sweep.Run(1, new SweepView(session.Output, sweep), session.Command, stop));
            }
            catch (OperationCanceledException)
            {
                session.Output.Conclude("Saved; the pre-training is not finished. The same command continues.");
                throw;
            }
        }
        return sweep.Cells[0] is { Failure: { } failure } cell
            ? throw new RunFailure($"The pre-training failed: {failure} It is not run again; "
                + $"change its settings, or remove {cell.Folder} to have it run.")
            : experiment.StartingFrom(RunFolder.LastCheckpointOf(sweep.Cells[0].Folder));
    }

    /// <summary>Says what there is to do, if the pre-training is not done.</summary>
    public static bool IsLeft(Session session, ExperimentFile experiment, string folder, string? dataRoot)
    {
        if (experiment.Pretraining is not { } before || Open(session, before, folder, dataRoot) is not { Left.Count: > 0 } sweep)
            return false;
        SweepView.ShowCells(sweep, session.Output);
        session.Output.Conclude(FormattableString.Invariant(
            $"The pre-training is still to be run{(sweep.Estimate(1) is { } time ? ", about " + Format.Wait(time) : "")}; ")
            + FormattableString.Invariant($"then {Things.Of(experiment.Cells.Count, "cell starts", "cells start")} from its weights."));
        return true;
    }

    private static Sweep Open(Session session, ExperimentFile before, string folder, string? dataRoot) =>
        Sweep.Open(before, Path.Combine(folder, Folder), dataRoot, session.Output.Say);
}
