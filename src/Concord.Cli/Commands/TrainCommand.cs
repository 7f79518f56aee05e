using System.CommandLine;
using Concord.Cli.Views;
using Concord.Data;
using Concord.Experiments;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>One rule on one data set, with one or several seeds.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train", "Trains a network with one rule.");
        var words = new Argument<string[]>("FILE") { Description = "an experiment file, then KEY=VALUE words that win over it; "
            + "options win over both", Arity = ArgumentArity.ZeroOrMore };
        command.Add(words);
        var options = new SettingOptions(command, new(), seeds: 1);
        var folder = new Option<string?>("--out") { HelpName = "DIR", Description = "run folder; by default the next free runs/DATA-RULE" };
        command.Add(folder);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            var file = parsed.GetValue(words) is [var path, .. var overrides]
                ? ExperimentFile.Read(path, overrides) : null;
            var settings = options.Read(parsed, file is null ? SettingOptions.Usual(parsed, new()) : OneGroup(file).Settings);
            var seeds = options.Seeds(parsed, file is null ? [0] : [.. file.Cells.Select(cell => cell.Settings.Seed)]);
            if (parsed.GetValue(folder) is { } place)
            {
                if (seeds.Count > 1) RunFolder.RefuseRun(place);
                else OutputFile.CheckFolder(place, [.. (parsed.GetValue(words) ?? []).Take(1)]);
            }
            return Run(session, settings, seeds, parsed.GetValue(folder), file?.Name);
        });
        return command;
    }

    private static ExperimentCell OneGroup(ExperimentFile file) => file.Pretraining is not null
        ? throw new ConcordException($"The experiment {file.Name} has a pre-training before it. Run it with concord sweep; "
            + "concord train takes the weights of a run that is done (--weights FILE).")
        : file.Cells.DistinctBy(cell => cell.Label).Count() is > 1 and var count
        ? throw new ConcordException($"The experiment {file.Name} has {count} cells that differ in more than the seed. "
            + "Run it with concord sweep, or choose one: rule=NAME key=value.")
        : file.Cells[0];

    private static int Run(Session session, RunSettings settings, IReadOnlyList<long> seeds, string? folder, string? name)
    {
        var output = session.Output;
        settings = settings.Load(out var data, out var split);
        using var kernels = EngineStart.Start(ref settings, output);
        DataView.Show(output, data, split);
        PrepareData(settings, split, output);
        DataView.ShowWeights(output, settings.Weights);
        var view = new TrainingView(output, seeds.Count);
        List<RunResult> results = [];
        List<string> failures = [];
        for (var i = 0; i < seeds.Count; i++)
        {
            var run = settings with { Seed = seeds[i] };
            view.Label = seeds.Count == 1 ? "" : FormattableString.Invariant($"seed {run.Seed}  ");
            var trainer = Prepare(run, split, kernels, null);   // what is wrong with the settings shows before a folder is made
            if (i == 0)
            {
                PlanView.Show(trainer.Learner, output);
                Events.Start(output, kernels, data, split, trainer.Settings, seeds, [run.Rule]);
            }
            folder ??= RunFolder.MakeFree("runs", name ?? $"{NameOf(data, settings)}-{settings.Rule}");
            var place = seeds.Count == 1 ? folder : Path.Combine(folder, FormattableString.Invariant($"seed-{run.Seed}"));
            using var hold = RunFolder.Create(place);
            try
            {
                results.Add(Finish(session, trainer.In(hold), view, i + 1, place, Left(session, [.. seeds.Skip(i + 1)], folder)));
            }
            catch (RunFailure failure) when (seeds.Count > 1)
            {
                failures.Add(FormattableString.Invariant($"seed {run.Seed} failed: {failure.Message}"));
                output.Say(FormattableString.Invariant($"seed {run.Seed} failed, the others go on"));
                Events.Failure(output, failures[^1]);
            }
        }
        output.Say();
        foreach (var failure in failures) output.Conclude(failure);
        if (results.Count == 0) throw new RunFailure($"None of the {seeds.Count} seeds was trained to its end.");
        var result = new RuleResult(results);
        ResultView.Show(result, output, folder!);
        if (seeds.Count > 1) ReportCommand.Leave(output, folder!);
        Events.Result(output, result, folder);
        return failures.Count > 0 ? Application.Failed : output.ExitCode;
    }

    // A single seed has no folder of its own below the given one, unless it is named.
    private static string Left(Session session, IReadOnlyList<long> seeds, string folder)
    {
        if (seeds.Count == 0) return "";
        var place = Path.GetFullPath(seeds.Count == 1 ? Path.Combine(folder, FormattableString.Invariant($"seed-{seeds[0]}")) : folder);
        var words = NextCommand.With(session.Words, ("--seeds", string.Join(',', seeds) + (seeds.Count == 1 ? "," : "")), ("--out", place));
        return $"Then the seeds that were not begun, {string.Join(", ", seeds)}: "
            + $"{NextCommand.CommandIn(Environment.CurrentDirectory, words)}";
    }

    /// <summary>Says what is done to the samples, and whitens them: a wait that ought to be announced.</summary>
    public static void PrepareData(RunSettings settings, DataSplit split, Output output, bool isPrepared = false)
    {
        if (!settings.Augment.IsNone) output.Say($"augment {settings.Augment}");
        if (settings.Normalization != NormalizationKind.Zca || isPrepared) return;
        output.Say(FormattableString.Invariant($"whiten  {split.Train.Shape.Length:N0} features, decomposed once"));
        split.Whitening(settings.ZcaEpsilon, settings.Threads);
    }

    /// <summary>Makes a trainer on the engine's own thread.</summary>
    public static Trainer Prepare(RunSettings settings, DataSplit split, Kernels kernels, RunFolder? folder, bool restores = false)
    {
        Trainer? trainer = null;
        kernels.Run(() => trainer = new(settings, split, kernels, folder, restores));
        return trainer!;
    }

    /// <summary>Runs a trainer to its end, or until the user has enough of it.</summary>
    public static RunResult Finish(Session session, Trainer trainer, TrainingView view, int number, string place, string hint = "")
    {
        try
        {
            var result = session.Saving(
                stop => trainer.Run(new Reporter(progress => view.Report(trainer.Settings, number, progress)), session.Command, stop));
            ReportCommand.Leave(session.Output, place);
            return result;
        }
        catch (OperationCanceledException)
        {
            session.Output.Conclude(File.Exists(RunFolder.LastCheckpointOf(place))
                ? $"Saved. Continue with: {NextCommand.Command("resume", Path.GetFullPath(place))}"
                : $"The run had not begun, and nothing is saved. The same command with --out {place} begins it.");
            if (hint.Length > 0) session.Output.Conclude(hint);
            throw;
        }
    }

    // csv:some/where/table.csv#label is a name for a data set, not for a folder
    public static string NameOf(Dataset data, RunSettings settings) =>
        settings.Data.Contains(':', StringComparison.Ordinal) ? data.Name : settings.Data;

    private sealed class Reporter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
