using System.CommandLine;
using Concord.Cli.Views;
using Concord.Networks;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Cli.Commands;

/// <summary>Several rules side by side, at equal seeds.</summary>
internal static class CompareCommand
{
    // Fixed in advance: one rate at which all six rules learn on the built-in data.
    private static readonly RunSettings s_defaults = new()
    {
        Data = "glyphs", Train = 8000, Validation = 1000, Test = 2000, Batch = 64, Epochs = 6,
        Optimizer = new(LearningRate: 0.01, Momentum: 0.9),
    };

    // As fixed: what a convolutional network learns something with in a few minutes on two cores.
    private static readonly RunSettings s_images = s_defaults with { Epochs = 5, Optimizer = OptimizerSettings.ByName["adam"] };
    private const int FewImages = 10_000, UsualSeeds = 3;

    // FA and its kind want a tenth of backpropagation's rate in convolutional networks, in published settings and here; one rate for all
    // would compare rates.
    private static readonly double[] s_imageFactors = [1, 0.1];

    public static Command Create()
    {
        var command = new Command("compare",
            $"Compares rules over several seeds; {Comparison.Reference} and {Comparison.Control} are always included.");
        var rules = new Option<string?>("--rules")
            { HelpName = "A,B,C", Description = $"rules, or all; by default {string.Join(",", Comparison.DefaultRules)}" };
        command.Add(rules);
        var options = new SettingOptions(command, s_defaults, UsualSeeds, "--rule", "--checkpoint-minutes", "--probe-every");
        var tune = new Option<bool>("--tune") { Description = "first choose each rule's learning rate on the validation samples, "
            + "from six values; from two for images, unless a rate is given"
            + "" };
        var quick = new Option<bool>("--quick") { Description = "half the training samples and half the epochs" };
        var depth = new Option<bool>("--depth-utility")
            { Description = "train each rule with hidden blocks frozen as well: what is training them worth?" };
        var ladder = new Option<bool>("--depth-ladder")
            { Description = "the same, and with the last block alone training, the last two, ..." };
        var folder = new Option<string?>("--out") { HelpName = "DIR", Description = "where the runs lie, in RULE/seed-K; by default "
            + "the next free runs/DATA-compare" };
        command.Add(tune);
        command.Add(quick);
        command.Add(depth);
        command.Add(ladder);
        command.Add(folder);
        command.Add(Output.JsonOption());
        command.Add(Output.QuietOption());
        command.SetAction(parsed =>
        {
            using var session = Session.Begin(parsed);
            if (parsed.GetValue(folder) is { } place) RunFolder.RefuseRun(place);
            var model = parsed.GetValue<string?>("--model");
            var images = model is not null && ModelDescription.Parse(model).Input.Rank == 3;
            var defaults = images ? s_images : s_defaults;
            if (parsed.GetValue<string?>("--data") is { } other && !defaults.Data.Equals(other, StringComparison.OrdinalIgnoreCase))
                defaults = defaults with { Train = 0, Validation = null, Test = 0 };
            var settings = options.Read(parsed, defaults = SettingOptions.Usual(parsed, defaults));
            var given = settings.RuleOptions;
            settings = settings with { RuleOptions = defaults.RuleOptions };
            if (images && settings.Train == 0 && !options.Has(parsed, "train")) settings = Few(session.Output, settings);
            if (parsed.GetValue(quick))
                settings = settings with { Train = settings.Train / 2, Epochs = Math.Max(Math.Min(1, settings.Epochs),
                    settings.Epochs / 2) };
            if (parsed.GetValue(tune) && settings.Epochs == 0)
                throw new ConcordException("With --epochs 0 nothing is trained, so there is no learning rate to choose. "
                    + "Leave --tune out, or give --epochs a number above 0.");
            var choosesAmongTwo = images && !options.Has(parsed, "learningRate") && settings.Epochs > 0;
            if (choosesAmongTwo && settings.Validation == 0) session.Output.Say("note    one learning rate for all rules: "
                + "to choose each one's among two takes validation samples (--validation)");
            var factors = parsed.GetValue(tune) ? Comparison.UsualFactors : choosesAmongTwo && settings.Validation != 0
                ? s_imageFactors : [];
            return Run(session, new(settings, Rules(parsed.GetValue(rules)), options.Seeds(parsed, UsualSeeds))
            {
                RateFactors = factors, RuleOptions = given,
                Depth = parsed.GetValue(ladder) ? DepthLadder.Whole : parsed.GetValue(depth) ? DepthLadder.AllFrozen : DepthLadder.None,
            }, RuleList.IsEvery(parsed.GetValue(rules)), parsed.GetValue(folder), OwnDefaults(options, parsed, defaults));
        });
        return command;
    }

    // Whoever trains one of the rules by itself afterwards should get what was seen here.
    private static string OwnDefaults(SettingOptions options, ParseResult parsed, RunSettings defaults)
    {
        var train = SettingOptions.Usual(parsed, new());
        var differing = RunSettings.Declared.Where(setting => setting.Usage.Length > 0 && !options.Has(parsed, setting.Key)
            && setting.Write(defaults) != setting.Write(train) && setting.Key != "data")
            .Select(setting => $"{setting.Usage.Split(' ')[0]} {setting.Write(defaults)}").ToList();
        return differing.Count == 0 ? ""
            : $"        of these, {Output.Field(string.Join(' ', differing))} "
                + (differing.Count == 1 ? "is a default of compare alone: give it" : "are defaults of compare alone: give them")
                + " to concord train for the same run";
    }

    /// <summary>So many of the training samples that a comparison of convolutional networks ends within minutes.</summary>
    private static RunSettings Few(Output output, RunSettings settings)
    {
        settings.Load(out _, out var split);
        if (split.Train.Count <= FewImages) return settings;
        output.Say(FormattableString.Invariant($"note    {FewImages:N0} of {split.Train.Count:N0} training samples for ")
            + $"{Things.Of(settings.Epochs, "epoch")}, so that this takes minutes; --train 0 takes all samples");
        return settings with { Train = FewImages };
    }

    private static int Run(Session session, Comparison comparison, bool all, string? folder, string ownDefaults)
    {
        var output = session.Output;
        var (settings, _, seeds) = comparison;
        comparison.CheckOptions();
        settings = settings.Load(out var data, out var split);
        using var kernels = EngineStart.Start(ref settings, output);
        comparison = comparison with { Settings = settings };
        if (all)
        {
            List<string> fit = [.. comparison.Rules];
            RuleList.LeaveOutUnfit(output, fit, Comparison.Reference, rule => comparison.Check(rule, split, kernels));
            comparison = comparison with { Rules = fit };
        }
        var rules = comparison.Rules;
        DataView.Show(output, data, split);
        TrainCommand.PrepareData(settings, split, output);
        DataView.ShowWeights(output, settings.Weights);
        output.Explain($"runs    {rules.Count} rules x {Things.Of(seeds.Count, "seed")} "
            + (comparison.Depth == DepthLadder.None ? "" : "with and without frozen blocks ")
            + $"of {Things.Of(settings.Epochs, "epoch")}, {settings.Model}, batch {settings.Batch}, "
            + $"learning rate {(comparison.RateFactors.Count > 0 ? "for each rule the best on validation of " : "")}{string.Join(", ",
                comparison.RateFactors.DefaultIfEmpty(1).Select(factor => Format.Number(factor * settings.Optimizer.LearningRate)))}",
            indent: 8);
        if (ownDefaults.Length > 0) output.Explain(ownDefaults, indent: 8);
        if (comparison.RuleOptions.Count > 0)
            output.Say($"        {string.Join(", ", comparison.RuleOptions.Select(option => $"{option.Key}={option.Value}"))}, "
                + "for the rules that know it");
        Events.Start(output, kernels, data, split, settings, seeds, rules);

        // what is wrong with the settings shows before a folder is made, since all rules are checked before the first is run
        string Folder() => folder ??= RunFolder.MakeFree("runs", $"{TrainCommand.NameOf(data, settings)}-compare");
        var view = new View(output, Folder, settings, rules.Max(rule => rule.Length));
        List<RunSettings> begun = [];
        IReadOnlyList<RuleOutcome> outcomes;
        try
        {
            outcomes = session.Saving(stop => comparison.Run(split, kernels, run =>
            {
                begun.Add(run);
                var place = Place(Folder(), run, settings);
                return File.Exists(RunFolder.LastCheckpointOf(place)) ? RunFolder.Open(place) : RunFolder.Create(place);
            }, view, session.Command, stop));
        }
        catch (OperationCanceledException)
        {
            if (begun.Count == 0) output.Conclude("The first run that counts had not begun, and nothing new is saved.");
            else TellHowToGoOn(session, begun, Folder(), settings);
            throw;
        }
        var report = outcomes.Any(outcome => outcome.Result is not null) ? ReportCommand.Leave(output, Folder()) : "";
        ComparisonView.Show(outcomes, output, report);
        if (report.Length > 0) output.Say($"report  {report}");
        return outcomes.Any(outcome => outcome.Failure is not null) ? Application.Failed : output.ExitCode;
    }

    // The runs that were begun, as they lie: all but the last are over.
    private static void TellHowToGoOn(Session session, List<RunSettings> begun, string folder, RunSettings shared)
    {
        List<string> finished = [], others = [];
        foreach (var run in begun)
        {
            var place = Place(folder, run, shared);
            if (RunFolder.ResultOf(place) is not null) finished.Add(Path.GetRelativePath(folder, place));
            else if (run == begun[^1]) others.Add(Path.GetRelativePath(folder, place));
        }
        session.Output.Conclude($"Saved in {folder}. Finished: {(finished.Count == 0 ? "no run yet" : string.Join(", ", finished))}. "
            + $"Under way: {(others.Count == 0 ? "none that counts" : others[0])}.");
        session.Output.Conclude("To go on with all of it: " + NextCommand.CommandIn(Environment.CurrentDirectory,
            NextCommand.With(session.Words, ("--out", Path.GetFullPath(folder)))));
    }

    private static List<string> Rules(string? given)
    {
        if (given is null) return [.. Comparison.DefaultRules];
        if (given.Contains('=', StringComparison.Ordinal))
            throw new ConcordException($"The rules '{given}' are a map, and concord compare takes names of rules, as dfa,fa. "
                + $"A map is trained by itself: concord train --rule '{given}'.");
        var rules = RuleList.Read(given);
        if (rules.Distinct().Count() != rules.Count) throw new ConcordException($"The rules '{given}' name one of them twice.");
        if (!rules.Contains(Comparison.Reference)) rules.Insert(0, Comparison.Reference);
        if (!rules.Contains(Comparison.Control)) rules.Add(Comparison.Control);
        return rules;
    }

    // What a control of depth freezes stands in its folder's name.
    private static string Place(string folder, RunSettings run, RunSettings shared) => Path.Combine(
        folder, run.Rule, run.Freeze == shared.Freeze ? "" : RunFolder.NameFor($"frozen-{run.Freeze}"),
        FormattableString.Invariant($"seed-{run.Seed}"));

    private sealed class View(Output output, Func<string> folder, RunSettings shared, int names) : IProgress<ComparisonProgress>
    {
        private TrainingView? _training;

        public void Report(ComparisonProgress value)
        {
            if (value.Finished is { } outcome)
            {
                if (outcome.Result is { } result)
                {
                    output.Say($"{outcome.Rule.PadRight(names)} test {Format.Score(result.Test)}");
                    Events.Result(output, result, Path.Combine(folder(), outcome.Rule), outcome.Tuned,
                        outcome.Depth.Count == 0 ? null : json => json.WritePart(DepthPart.Of(result, outcome.Depth)));
                    foreach (var run in outcome.Depth.Select(control => control.Result).OfType<RuleResult>().Prepend(result)
                        .SelectMany(one => one.Runs))
                        ReportCommand.Leave(output, Place(folder(), run.Settings, shared));
                }
                else
                {
                    output.Say($"{outcome.Rule.PadRight(names)} failed: {outcome.Failure}");
                    Events.Failure(output, $"{outcome.Rule}: {outcome.Failure}");
                }
                return;
            }
            _training ??= new(output, value.Runs) { ShowsEpochs = false };
            _training.Label = FormattableString.Invariant($"{value.Settings.Rule} seed {value.Settings.Seed}{(value.Tuning
                ? FormattableString.Invariant($" rate {value.Settings.Optimizer.LearningRate:g3}")
                : value.Settings.Freeze == shared.Freeze ? "" : $" frozen {value.Settings.Freeze}")} [{value.Run}/{value.Runs}]  ");
            _training.Report(value.Settings, value.Run, value.Training!);
        }
    }
}
