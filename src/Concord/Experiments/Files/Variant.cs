using System.Globalization;
using Concord.Experiments.Charts;
using Concord.Networks;
using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>Runs that differ in the seed alone: one line of a chart, one row of a table.</summary>
internal sealed class Variant
{
    // What a run does not owe its result to, or what may differ without making it another.
    private static readonly string[] s_apart = ["seed", "checkpointMinutes", "plugin"];

    private const string Freeze = "freeze";

    private Variant(IReadOnlyList<RunRecord> runs) => Runs = runs;

    /// <summary>The runs, by seed; each seed once.</summary>
    public IReadOnlyList<RunRecord> Runs { get; }

    /// <summary>What it is called among the others.</summary>
    public string Label { get; private set; } = "";

    /// <summary>Its number: decides its colour, dashes and marker, which are those of its rule on every page.</summary>
    public int Number { get; private set; }

    /// <summary>The settings of the first run.</summary>
    public IReadOnlyDictionary<string, string> Settings => Runs[0].Settings;

    /// <summary>The rule.</summary>
    public string Rule => Runs[0].Rule;

    /// <summary>Whether it is backpropagation, which the others are measured against.</summary>
    public bool IsReference => Rule == Comparison.Reference;

    /// <summary>On the test samples, of the finished runs.</summary>
    public SeedScore Test => ScoreOver(run => run.Test);

    /// <summary>On the validation samples, after the last epoch.</summary>
    public SeedScore Validation => ScoreOver(run => run.Epochs.Count > 0 ? run.Epochs[^1].Validation : null);

    /// <summary>Test accuracy less another's, or of data without classes the loss, paired at equal seeds.</summary>
    public SeedStatistic DifferenceTo(Variant other) => SeedStatistic.PairedDifference(BySeed(), other.BySeed());

    /// <summary>A score over the seeds.</summary>
    public SeedScore ScoreOver(Func<RunRecord, Score?> score) => SeedScore.Of([.. Runs.Select(run => score(run) ?? Score.None)]);

    /// <summary>A figure over the seeds.</summary>
    public SeedStatistic Over(Func<RunRecord, double> figure) => new([.. Runs.Select(figure)]);

    /// <summary>Sorts runs of one data set: in the catalogue's order, backpropagation first; maps of rules last.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="twice">Runs that repeat the settings and seed of another, and are left out.</param>
    public static IReadOnlyList<Variant> Sort(IReadOnlyList<RunRecord> runs, out IReadOnlyList<RunRecord> twice)
    {
        List<RunRecord> repeated = [];
        List<Variant> variants = [];
        foreach (var same in runs.GroupBy(run => run.KnowsSettings ? Identity(run) : run.Path))
        {
            List<RunRecord> once = [];
            foreach (var seed in same.GroupBy(run => run.Seed).OrderBy(seed => seed.Key))
            {
                var best = seed.OrderByDescending(run => run.IsFinished).ThenByDescending(run => run.Epochs.Count).First();
                once.Add(best);
                repeated.AddRange(seed.Where(run => run != best));
            }
            variants.Add(new(once));
        }
        string[] names = [.. RuleCatalogue.Names];
        variants = [.. variants.OrderBy(variant => Array.IndexOf(names, variant.Rule) is var place and >= 0 ? place : int.MaxValue)];
        Name(variants);
        foreach (var same in variants.GroupBy(variant => variant.Rule))
            foreach (var (place, variant) in same.Index()) variant.Number = RuleMarks.NumberOf(variant.Rule, place);
        twice = repeated;
        return variants;
    }

    /// <summary>The keys whose values are not the same in all variants, in the order in which settings are written.</summary>
    public static IReadOnlyList<string> Differing(IReadOnlyList<Variant> variants)
    {
        var known = variants.Where(variant => variant.Runs[0].KnowsSettings).ToList();
        return [.. Keys(known).Where(key => known.Select(variant => variant.Settings.GetValueOrDefault(key)).Distinct().Count() > 1)];
    }

    /// <summary>Of these the keys that differ among the variants where they apply; others are of single rules.</summary>
    public static IReadOnlyList<string> Varying(IReadOnlyList<Variant> variants) => [.. Differing(variants).Where(key =>
        variants.Where(variant => variant.Applies(key)).Select(variant => variant.Settings[key]).Distinct().Count() > 1)];

    /// <summary>Whether it has a setting, and the setting has an effect.</summary>
    public bool Applies(string key) => Runs[0].KnowsSettings && Settings.ContainsKey(key) && !Ineffective.Contains(key);

    // A rule's options that would need others to have an effect; none where they cannot be read.
    private IReadOnlyCollection<string> Ineffective
    {
        get
        {
            if (field is not null) return field;
            try
            {
                var options = Settings.Where(pair => RunSettings.Declared.All(setting => setting.Key != pair.Key)).ToDictionary();
                var read = RuleCatalogue.Read(Rule, options);
                return field = [.. options.Keys.Where(key => read.NeedsOf(key) is not null)];
            }
            catch (ConcordException)
            {
                return field = [];
            }
        }
    }

    /// <summary>All keys but those that set runs of a variant apart.</summary>
    public static IEnumerable<string> Keys(IReadOnlyList<Variant> variants) =>
        variants.SelectMany(variant => variant.Settings.Keys).Distinct().Except(s_apart);

    /// <summary>The backpropagation that differs from this in the fewest settings; null if there is none.</summary>
    public Variant? ReferenceAmong(IReadOnlyList<Variant> variants) =>
        variants.Where(other => other.IsReference && other != this)
            .MinBy(other => other.Settings.Count(pair => Settings.TryGetValue(pair.Key, out var mine) && mine != pair.Value));

    /// <summary>Whether another is the same with blocks frozen, of which this has none.</summary>
    public bool IsControlledBy(Variant other) => Settings.GetValueOrDefault(Freeze) == BlockPatterns.None.ToString()
        && other.Settings.GetValueOrDefault(Freeze) is { } frozen && frozen != BlockPatterns.None.ToString()
        && Differing([this, other]) is [Freeze];

    private Dictionary<long, double> BySeed() => Runs.Where(run => double.IsFinite(run.Test.Merit))
        .ToDictionary(run => run.Seed, run => run.Test.IsLoss ? run.Test.Loss : run.Test.Accuracy);

    private static string Identity(RunRecord run) =>
        string.Join('\n', run.Settings.Where(pair => !s_apart.Contains(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}\t{pair.Value}"));

    // The rule's name, and where that is not enough, what sets those of the same rule apart.
    private static void Name(List<Variant> variants)
    {
        foreach (var same in variants.GroupBy(variant => variant.Rule))
        {
            List<Variant> members = [.. same];
            var differing = members.Count > 1 ? Differing(members) : [];
            foreach (var variant in members)
                variant.Label = string.Join(' ',
                    differing.Select(key => $"{key}={variant.Settings.GetValueOrDefault(key, "-")}").Prepend(variant.Rule));
        }
        foreach (var same in variants.GroupBy(variant => variant.Label).Where(same => same.Count() > 1))
            foreach (var (variant, i) in same.Select((variant, i) => (variant, i)))
                variant.Label += string.Create(CultureInfo.InvariantCulture, $" ({i + 1})");
    }
}
