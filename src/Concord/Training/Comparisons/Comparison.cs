using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// Several rules on the same data, model and seeds. At equal seed they all start from the same weights and see the same
/// samples in the same order; only the rule differs, and, where rates are tuned, the learning rate.
/// </summary>
/// <param name="Settings">What all runs share; its rule, seed and rule options are replaced.</param>
/// <param name="Rules">The rules, in the order in which they are reported.</param>
/// <param name="Seeds">The seeds, at least one.</param>
public sealed record Comparison(RunSettings Settings, IReadOnlyList<string> Rules, IReadOnlyList<long> Seeds)
{
    /// <summary>The rules compared by default.</summary>
    public static IReadOnlyList<string> DefaultRules { get; } = ["backprop", "fa", "dfa", "sparse-dfa", "usf", Control];

    /// <summary>What every rule must beat: hidden layers that do not learn.</summary>
    public const string Control = "shallow";

    /// <summary>What every rule is measured against.</summary>
    public const string Reference = "backprop";

    /// <summary>How many standard deviations a rule must lie above the control to count as learning in its hidden layers.</summary>
    public const double Margin = 3;

    /// <summary>Options of the rules: each takes those that it knows.</summary>
    public IReadOnlyDictionary<string, string> RuleOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Factors on the learning rate that are tried on the validation samples, each rule for itself, with the first seed; empty
    /// for none. One shared rate is unfair to some rules.
    /// </summary>
    public IReadOnlyList<double> RateFactors { get; init; } = [];

    /// <summary>Which runs with frozen blocks are made of each rule, to say what training its blocks is worth.</summary>
    public DepthLadder Depth { get; init; }

    private int Controls(int blocks) => Depth switch { DepthLadder.None => 0, DepthLadder.AllFrozen => 1, _ => blocks };

    /// <summary>The factors that <c>compare --tune</c> tries.</summary>
    public static IReadOnlyList<double> UsualFactors { get; } = [4, 2, 1, 0.4, 0.2, 0.1];

    /// <summary>The options of each rule, every one tried.</summary>
    /// <exception cref="ConcordException">No rule knows one of them, or its value cannot be read.</exception>
    public Func<string, IReadOnlyDictionary<string, string>> CheckOptions()
    {
        var options = RuleCatalogue.OptionsOf(Rules, RuleOptions);
        foreach (var rule in Rules) RuleCatalogue.Create(rule, options(rule));
        return options;
    }

    /// <summary>Prepares a run of a rule, and one with hidden blocks frozen where there are such, and runs none.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="data">The samples.</param>
    /// <param name="kernels">The engine.</param>
    /// <exception cref="ConcordException">Rule, options, network, data and the other settings do not fit together.</exception>
    public void Check(string rule, DataSplit data, Kernels kernels)
    {
        var blocks = Frozen(data);
        foreach (var freeze in blocks.Count == 0 ? (IEnumerable<BlockPatterns>)[Settings.Freeze] : [Settings.Freeze,
            Settings.Freeze.And(blocks)])
        {
            EndedRuns.Free();
            var settings = Settings with { Rule = rule, RuleOptions = CheckOptions()(rule), Seed = Seeds[0], Freeze = freeze };
            kernels.Run(() => _ = new Trainer(settings, data, kernels));
        }
    }

    // The blocks that controls of depth freeze, lowest first.
    private IReadOnlyList<string> Frozen(DataSplit data) => Depth == DepthLadder.None ? []
        : DepthControl.BlocksOf(ModelDescription.Parse(ModelCatalogue.Resolve(Settings.Model, Settings.Augment.ViewOf(data.Train.Shape),
            data.Train.Classes)), Settings.Freeze);

    /// <summary>
    /// Runs everything, rule by rule, when all rules have been checked. Of a run whose folder holds it already, what is finished is not
    /// repeated, and what was begun goes on; rates are tuned again.
    /// </summary>
    /// <param name="data">The samples.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="folderOf">The folder of a run that counts, new or as it was left; null to leave no files.</param>
    /// <param name="progress">Told where it is, on the engine's thread.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <param name="cancellation">Breaks off after the present step.</param>
    /// <returns>One outcome a rule, in the given order.</returns>
    /// <exception cref="ConcordException">Settings do not fit together, or rates are to be tuned without validation samples.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public IReadOnlyList<RuleOutcome> Run(
        DataSplit data, Kernels kernels, Func<RunSettings, RunFolder>? folderOf = null, IProgress<ComparisonProgress>? progress = null,
        string command = "", CancellationToken cancellation = default)
    {
        if (RateFactors.Count > 0 && data.Validation.Count == 0)
            throw new ConcordException("To tune the learning rate takes validation samples; give --validation a number above 0.");
        if (Depth != DepthLadder.None && !data.Train.HasClasses)
            throw new ConcordException($"The depth utility is one of accuracy, and the data {Settings.Data} have no classes. Leave "
                + "--depth-utility out.");
        var options = CheckOptions();
        var blocks = Frozen(data);
        foreach (var rule in Rules) CheckNamed(rule);
        var position = new Position(Rules.Count * (RateFactors.Count + Seeds.Count * (1 + Controls(blocks.Count))), progress);
        List<RuleOutcome> outcomes = [];
        foreach (var rule in Rules)
        {
            var settings = Settings with { Rule = rule, RuleOptions = options(rule) };
            List<(double Rate, Score Validation)> tuned = [];
            foreach (var factor in RateFactors)
            {
                var tried = settings with { Seed = Seeds[0], Probe = ProbeKind.Off,
                    Optimizer = settings.Optimizer with { LearningRate = settings.Optimizer.LearningRate * factor } };
                tuned.Add((tried.Optimizer.LearningRate, ScoreOf(tried)));
            }
            if (tuned.Count > 0) settings = settings with { Optimizer = settings.Optimizer with { LearningRate = BestRate(tuned,
                settings.Optimizer.LearningRate) } };

            var (result, failure) = OverSeeds(settings, skip: false);
            List<DepthControl> depth = [];
            for (var trained = 0; trained < Controls(blocks.Count); trained++)
            {
                IReadOnlyList<string> frozen = [.. blocks.SkipLast(trained)];
                var (control, why) = OverSeeds(settings with { Freeze = settings.Freeze.And(frozen) }, skip: result is null);
                if (result is not null) depth.Add(new(trained, frozen, control, why));
            }
            outcomes.Add(new(rule, result, failure, tuned) { Depth = depth });
            position.Finish(outcomes[^1]);
        }
        return outcomes;

        (RuleResult? Result, string? Failure) OverSeeds(RunSettings settings, bool skip)
        {
            List<RunResult> runs = [];
            string? failure = null;
            for (var i = 0; i < Seeds.Count; i++)
            {
                position.Begin(settings with { Seed = Seeds[i] }, tuning: false, skip: skip || failure is not null);
                if (skip || failure is not null) continue;
                try
                {
                    using var folder = folderOf?.Invoke(position.Settings);
                    runs.Add(Train(position, folder));
                }
                catch (RunFailure error)
                {
                    failure = Seeds.Count == 1 ? error.Message : FormattableString.Invariant($"seed {Seeds[i]}: {error.Message}");
                }
            }
            return (failure is null && !skip ? new(runs) : null, failure);
        }

        Score ScoreOf(RunSettings tried)
        {
            position.Begin(tried, tuning: true, skip: false);
            try
            {
                return Train(position, null).Validation;
            }
            catch (RunFailure)
            {
                return Score.None;
            }
        }

        RunResult Train(Position run, RunFolder? folder)
        {
            EndedRuns.Free();   // of the run before
            var isBegun = folder is not null && RunFolder.IsBegun(folder.Path);
            Trainer? trainer = null;
            kernels.Run(() => trainer = new(run.Settings, data, kernels, folder, restores: isBegun));
            if (isBegun && KeptRun.ResultOf(folder!.Path, trainer!.Settings, data) is { } kept) return kept;
            if (isBegun) trainer!.Restore();
            return trainer!.Run(run, command, cancellation);
        }

        // What is wrong for the first rule is mostly so for all.
        void CheckNamed(string rule)
        {
            try
            {
                Check(rule, data, kernels);
            }
            catch (ConcordException error) when (rule != Rules[0] && !error.Message.Contains(rule, StringComparison.Ordinal))
            {
                throw new ConcordException($"{rule}: {error.Message}", error) { IsFailure = error.IsFailure };
            }
        }
    }

    // Of equal scores the smaller rate, which is the safer one.
    private static double BestRate(List<(double Rate, Score Validation)> tuned, double otherwise) =>
        tuned.Where(entry => double.IsFinite(entry.Validation.Merit)).OrderByDescending(entry => entry.Validation.Merit)
            .ThenBy(entry => entry.Rate)
            .Select(entry => entry.Rate).FirstOrDefault(otherwise);

    private sealed class Position(int runs, IProgress<ComparisonProgress>? progress) : IProgress<TrainingProgress>
    {
        private int _run;
        private bool _tuning;

        public RunSettings Settings { get; private set; } = new();

        public void Begin(RunSettings settings, bool tuning, bool skip)
        {
            _run++;
            if (!skip) (Settings, _tuning) = (settings, tuning);
        }

        public void Report(TrainingProgress value) => progress?.Report(new(Settings, _run, runs, _tuning, value, null));

        public void Finish(RuleOutcome outcome) => progress?.Report(new(Settings, _run, runs, _tuning, null, outcome));
    }
}
