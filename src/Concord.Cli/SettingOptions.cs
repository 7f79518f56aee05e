using System.CommandLine;
using System.Globalization;
using Concord.Data;
using Concord.Networks;
using Concord.Optimizers;
using Concord.Training;

namespace Concord.Cli;

/// <summary>
/// The options of a command that decide its runs. Each stands for one key of <see cref="RunSettings"/>, which reads the value, so
/// that a mistake is explained the same way wherever it comes from.
/// </summary>
internal sealed class SettingOptions
{
    private readonly List<(string Key, Option Option)> _options = [];
    private readonly Option<string?> _dataRoot = new("--data-root")
        { HelpName = "DIR", Description = "folder that has the data sets' folders in it" };
    private readonly Option<string?> _seeds;
    private readonly Option<string?> _seed = new("--seed") { HelpName = "K", Description = "that seed alone, in place of --seeds" };
    private readonly Option<string[]> _set = SetOption();

    /// <summary>Adds all of them to a command but some.</summary>
    /// <param name="command">The command.</param>
    /// <param name="defaults">What holds where they are not given, for the help.</param>
    /// <param name="seeds">How many seeds there are then.</param>
    /// <param name="without">Those that it has not.</param>
    public SettingOptions(Command command, RunSettings defaults, int seeds, params ReadOnlySpan<string> without)
    {
        _seeds = new("--seeds") { HelpName = "N", Description = HelpGroups.WithDefault("number of seeds (0 to N-1), or a list: 0,1,2",
            FormattableString.Invariant($"{seeds}")) };
        foreach (var setting in RunSettings.Declared)
        {
            if (setting.Key == "rule") command.Add(_set);
            var words = setting.Usage.Split(' ');
            if (setting.Usage.Length == 0 || without.Contains(words[0])) continue;
            Option option = words is [var flag]
                ? new Option<bool>(flag) { Description = setting.Meaning }
                : new Option<string?>(words[0])
                    { HelpName = words[1], Description = HelpGroups.WithDefault(setting.Meaning, DefaultOf(setting, defaults)) }
                    .Among(setting.Key == "schedule" ? Schedule.Forms.Select(form => form.Name) : setting.Choices);
            _options.Add((setting.Key, option));
            command.Add(option);
            if (setting.Key == "data") command.Add(_dataRoot);
            if (setting.Key != "epochs") continue;
            command.Add(_seeds);
            command.Add(_seed);
        }
    }

    private static string DefaultOf(Options.Setting<RunSettings> setting, RunSettings defaults) =>
        setting.Key == "validation" && defaults.Validation is null
            ? FormattableString.Invariant($"a tenth of those for training, at most {Dataset.MostUsualValidation}")
            : setting.Write(defaults);

    /// <summary>The settings that were given, upon others. Options of the rule are added to those that are there.</summary>
    /// <exception cref="ConcordException">A value cannot be read.</exception>
    public RunSettings Read(ParseResult parsed, RunSettings onto)
    {
        List<KeyValuePair<string, string>> given = [];
        foreach (var (key, option) in _options)
        {
            var value = option is Option<bool> flag ? (parsed.GetValue(flag) ? "true" : null) : parsed.GetValue((Option<string?>)option);
            if (value is null) continue;
            if (key == "optimizer") onto = onto with { Optimizer = KnownWords.Find("optimizer", value, OptimizerSettings.ByName) };
            else given.Add(new(key, value));
        }
        return RunSettings.Read(given, onto) with { DataRoot = parsed.GetValue(_dataRoot), RuleOptions = RuleOptions(parsed, onto) };
    }

    /// <summary>Settings with what is usual for the model and the data that were given.</summary>
    public static RunSettings Usual(ParseResult parsed, RunSettings settings) =>
        settings.WithUsualOf(parsed.GetValue<string?>("--model"), parsed.GetValue<string?>("--data"));

    /// <summary>What --set is about in commands that take options of rules.</summary>
    public const string SetMeaning = "an option of the rule, or of those rules that have it; may be repeated";

    public static Option<string[]> SetOption() => new("--set")
        { HelpName = "KEY=VALUE", Description = SetMeaning, Arity = ArgumentArity.OneOrMore };

    /// <summary>--freeze, of commands that take no other settings.</summary>
    public static Option<BlockPatterns> FreezeOption() => new("--freeze")
    {
        HelpName = "BLOCKS", Description = RunSettings.Declared.First(setting => setting.Key == "freeze").Meaning,
        CustomParser = result => BlockPatterns.Parse(result.Tokens[0].Value), DefaultValueFactory = _ => BlockPatterns.None,
    };

    /// <summary>Whether an option was given.</summary>
    public bool Has(ParseResult parsed, string key) =>
        _options.Any(entry => entry.Key == key && Given.Has(parsed, entry.Option));

    /// <summary>The seeds.</summary>
    /// <exception cref="ConcordException">They cannot be read.</exception>
    public IReadOnlyList<long> Seeds(ParseResult parsed, int otherwise) => Seeds(parsed, Range(otherwise));

    /// <summary>The seeds, or others if none were given.</summary>
    /// <exception cref="ConcordException">They cannot be read.</exception>
    public IReadOnlyList<long> Seeds(ParseResult parsed, IReadOnlyList<long> otherwise)
    {
        const int Most = 10_000;
        if (parsed.GetValue(_seed) is { } single)
            return parsed.GetValue(_seeds) is not null
                ? throw new ConcordException("--seed and --seeds were both given. Leave one of them out.")
                : AsSeed(single) is { } one ? [one]
                : throw new ConcordException($"--seed was given '{single}'; it takes {Options.OptionType.Seed.Words}. Several seeds are "
                    + "--seeds 0,1,2.");
        if (parsed.GetValue(_seeds) is not { } text) return otherwise;
        if (!text.Contains(',', StringComparison.Ordinal))
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= Most
                ? Range(count)
                : throw Wrong(text);
        if (DecimalComma.Question(text.Split(','), fractions: false) is { } question)
            throw new ConcordException($"The seeds were given as '{text}', and {question}");
        var seeds = text.TrimEnd(',').Split(',')
            .Select(word => AsSeed(word.Trim()) ?? throw Wrong(text)).ToList();
        return seeds.Distinct().Count() == seeds.Count ? seeds : throw new ConcordException($"The seeds '{text}' name one of them twice.");

        static ConcordException Wrong(string text) => new($"The seeds were given as '{text}'; "
            + $"they take a number of seeds from 1 to {Most}, or a list such as 0,1,2 of numbers of at least 0 (one seed: --seed 7).");

        static long? AsSeed(string text) =>
            Options.OptionType.Seed.TryParse(text, out var seed) && Options.OptionType.Seed.Allows(seed) ? seed : null;
    }

    private static IReadOnlyList<long> Range(int count) => [.. Enumerable.Range(0, count).Select(seed => (long)seed)];

    private Dictionary<string, string> RuleOptions(ParseResult parsed, RunSettings onto)
    {
        Dictionary<string, string> options = new(onto.RuleOptions);
        foreach (var (key, value) in Pairs(parsed.GetValue(_set))) options[key] = value;
        return options;
    }

    /// <summary>The pairs that were given to --set.</summary>
    /// <exception cref="ConcordException">One of them is none, or a key is given twice.</exception>
    public static Dictionary<string, string> Pairs(IEnumerable<string>? given) =>
        Options.OptionWords.Pairs(given ?? [], "--set", "feedback.preset=tinydfa; concord rules NAME lists a rule's keys");
}
