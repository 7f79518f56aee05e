using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>The keys of an experiment file, and whether a value can be one's.</summary>
internal static class ExperimentKeys
{
    public const string Name = "name", Description = "description", Preset = "preset", Seeds = "seeds", Seed = "seed", Rule = "rule",
        Rules = "rules", Data = "data", Model = "model", Pretrain = "pretrain", Weights = "weights", WeightsHash = "weightsHash";

    private static readonly string[] s_own = [Name, Description, Preset, Seeds, Rules, Pretrain];
    private static KnownOptions? s_known;

    // Made anew where rules were registered since.
    private static HashSet<string> Options
    {
        get
        {
            var (known, rules) = (s_known, RuleCatalogue.All);
            if (known?.Rules != rules)
                s_known = known = new(rules, [.. rules.SelectMany(rule => rule.Options).Select(option => option.Key)]);
            return known.Keys;
        }
    }

    private sealed record KnownOptions(IReadOnlyList<RuleDescription> Rules, HashSet<string> Keys);

    public static bool IsOption(string key) => Options.Contains(key);

    public static bool IsSetting(string key) => SettingsTable.Find(key) is not null;

    /// <summary>Whether the key takes numbers that are not whole.</summary>
    public static bool TakesFractions(string key) => SettingsTable.Find(key) is { } setting
        ? key != Model && setting.TakesFractions
        : RuleCatalogue.All.SelectMany(rule => rule.Options).Any(option => option.Key == key && option.TakesFractions);

    /// <summary>Whether it is a key of an experiment file, or the first word of one.</summary>
    public static bool IsKnown(string key) => s_own.Contains(key) || IsSetting(key)
        || Options.Any(option => option == key || option.StartsWith($"{key}.", StringComparison.Ordinal));

    /// <summary>The message about a key that there is not.</summary>
    public static string Unknown(string key, bool inRule)
    {
        IEnumerable<string> known = [.. inRule ? [] : s_own, .. SettingsTable.All.Select(entry => entry.Key),
            .. Options.Order(StringComparer.Ordinal)];
        return $"there is no key '{key}'. "
            + $"{(KnownWords.Nearest(key, known) is { } word ? $"Did you mean '{word}'?" : $"Known: {string.Join(", ", known)}.")}";
    }

    /// <summary>Refuses a value that a setting cannot have, whatever the others are.</summary>
    /// <exception cref="ConcordException">It cannot be read, or lies out of range.</exception>
    public static void Check(string key, string value)
    {
        var alone = Apply(new(), key, value);
        // What a loss of spikes wants goes with that loss, which is another key or comes with the model.
        (alone with { Objective = alone.Objective with { Spikes = null } }).Validate();
    }

    /// <summary>
    /// Settings from keys and values, upon what is usual for the model and the data. An optimizer's name brings its usual settings along,
    /// as on the command line; keys of its own come after it, wherever they stand.
    /// </summary>
    public static RunSettings Apply(IReadOnlyCollection<KeyValuePair<string, string>> pairs)
    {
        var settings = new RunSettings().WithUsualOf(Last(Model), Last(Data));
        foreach (var (key, value) in pairs)
            if (key == "optimizer") settings = Apply(settings, key, value);
        return RunSettings.Read(pairs.Where(pair => pair.Key != "optimizer"), settings);

        string? Last(string key) => pairs.LastOrDefault(pair => pair.Key == key).Value;
    }

    private static RunSettings Apply(RunSettings settings, string key, string value) => key == "optimizer"
        ? settings with { Optimizer = KnownWords.Find("optimizer", value, OptimizerSettings.ByName) }
        : RunSettings.Read([new(key, value)], settings);
}
