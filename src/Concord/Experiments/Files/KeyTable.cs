using System.Globalization;
using Concord.Interchange;
using Concord.Options;
using Concord.Rules;

namespace Concord.Experiments;

/// <summary>
/// What an experiment file, a preset or the command line says: keys that hold for all rules, and keys of one rule each.
/// </summary>
internal sealed class KeyTable
{
    private const int MostSeeds = 10_000;

    public string? Name { get; private set; }
    public string? Description { get; private set; }
    public KeyValues? Preset { get; private set; }

    /// <summary>The keys of the run whose weights all others start from; null if there is none.</summary>
    public YamlMap? Pretrain { get; private set; }

    /// <summary>For all rules.</summary>
    public Dictionary<string, KeyValues> Common { get; } = [];

    /// <summary>
    /// The mapping <c>rules</c>, in the order of the file, a rule as often as it has grids of its own; null if there is none.
    /// </summary>
    public List<(string Rule, FileLocation Location, Dictionary<string, KeyValues> Keys)>? ByRule { get; private set; }

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="ConcordException">A key is unknown or there twice, or a value cannot be read.</exception>
    public static KeyTable Parse(string text, string source) => Read(Root(text, source));

    /// <summary>The mapping that a file's text is.</summary>
    /// <exception cref="ConcordException">It is none.</exception>
    public static YamlMap Root(string text, string source) =>
        YamlTree.Parse(text, source) as YamlMap
            ?? throw new FileLocation(source, 1).Wrong("an experiment file is a list of 'key: value' lines; something else stands here.");

    /// <summary>Reads a file's keys.</summary>
    /// <exception cref="ConcordException">A key is unknown or there twice, or a value cannot be read.</exception>
    public static KeyTable Read(YamlMap root)
    {
        var table = new KeyTable();
        HashSet<string> own = [];
        foreach (var (key, value) in root.Entries)
        {
            if (key.Text is ExperimentKeys.Name or ExperimentKeys.Description or ExperimentKeys.Preset or ExperimentKeys.Rules
                or ExperimentKeys.Pretrain && !own.Add(key.Text)) throw Twice(key);
            switch (key.Text)
            {
                case ExperimentKeys.Name:
                    table.Name = Text(key, value);
                    break;
                case ExperimentKeys.Description:
                    table.Description = Text(key, value);
                    break;
                case ExperimentKeys.Preset:
                    table.Preset = new(value.Location, TextsOf(key.Text, value));
                    break;
                case ExperimentKeys.Rules:
                    table.ByRule = [.. Rules(key, value)];
                    break;
                case ExperimentKeys.Pretrain:
                    table.ReplacePretraining(value);
                    break;
                default:
                    Add(table.Common, "", key, value, inRule: false);
                    break;
            }
        }
        if (table.ByRule is not null && table.Common.TryGetValue(ExperimentKeys.Rule, out var rule))
            throw rule.Location.Wrong("'rule' and 'rules' are both given; keep one: 'rules' is for rules with settings of their own.");
        return table;
    }

    /// <summary>
    /// Puts KEY=VALUE words of the command line over what the file says, in the settings of single rules as well. A value in
    /// brackets is a list. <c>rule=</c> chooses among the file's rules.
    /// </summary>
    /// <exception cref="ConcordException">A word is none, a key is unknown or there twice, or a value cannot be read.</exception>
    public void Override(IEnumerable<string> words)
    {
        HashSet<string> seen = [];
        foreach (var word in words)
        {
            if (OptionWords.Split(word) is not ({ Length: > 0 } key, { } text))
                throw new ConcordException($"'{word}' was given where KEY=VALUE is expected, as in epochs=3 or learningRate=[0.1,0.01].");
            var location = new FileLocation($"'{word}' on the command line", 0);
            if (!seen.Add(key)) throw location.Wrong($"'{key}' is given twice.");
            if (key is ExperimentKeys.Name) Name = text;
            else if (key is ExperimentKeys.Preset) Preset = new(location, TextsOf(key, Value()));
            else Override(new YamlText(location, key), Value());

            YamlNode Value() => text.StartsWith('[') && YamlTree.Parse(text, location.Source) is YamlList list
                ? list with { Location = location } : new YamlText(location, text);
        }
    }

    /// <summary>Puts another mapping in the place of the file's <c>rules</c>.</summary>
    /// <exception cref="ConcordException">It is none, or a key in it is unknown.</exception>
    public void ReplaceRules(YamlText key, YamlNode value) => ByRule = [.. Rules(key, value)];

    /// <summary>Puts another mapping in the place of the file's <c>pretrain</c>.</summary>
    /// <exception cref="ConcordException">It is none.</exception>
    public void ReplacePretraining(YamlNode value) =>
        Pretrain = value is YamlMap { Entries.Count: > 0 } map ? map : throw value.Location.Wrong(
                "'pretrain' takes the settings of a run, as in 'pretrain: {data: cifar-10, model: lenet, epochs: 5}'.");

    /// <summary>Puts one setting over what the file says, as a word of the command line does.</summary>
    /// <exception cref="ConcordException">The key is unknown or cannot be given there, or the value cannot be read.</exception>
    public void Override(YamlText key, YamlNode value)
    {
        if (key.Text is ExperimentKeys.Rules or ExperimentKeys.Description or ExperimentKeys.Name or ExperimentKeys.Preset
            or ExperimentKeys.Pretrain) throw key.Location.Wrong($"'{key.Text}' cannot be given there; rule=NAME chooses rules.");
        Dictionary<string, KeyValues> one = [];
        Add(one, "", key, value, inRule: false);
        foreach (var (name, values) in one) Replace(name, values);
    }

    private void Replace(string key, KeyValues values)
    {
        if (key == ExperimentKeys.Rule && ByRule is { } rules)
        {
            ByRule = [.. values.Values.SelectMany(
                rule => rules.FindAll(entry => entry.Rule == rule) is { Count: > 0 } known ? known : [(rule, values.Location, [])])];
            return;
        }
        Common.Remove(key == ExperimentKeys.Seed ? ExperimentKeys.Seeds : key == ExperimentKeys.Seeds ? ExperimentKeys.Seed : "");
        var owners = (ByRule ?? []).Where(entry => entry.Keys.ContainsKey(key)).ToList();
        foreach (var (_, _, keys) in owners) keys[key] = values;
        if (owners.Count == 0 || ExperimentKeys.IsSetting(key) || Common.ContainsKey(key)) Common[key] = values;
    }

    private static IEnumerable<(string, FileLocation, Dictionary<string, KeyValues>)> Rules(YamlText key, YamlNode value)
    {
        if (value is not YamlMap { Entries.Count: > 0 } map)
            throw value.Location.Wrong("'rules' takes a mapping from rules to their own settings, as in 'rules: {backprop: , sparse-dfa: "
                + "{feedback.nonZerosPerNeuron: [1, 3]}}'. To run several rules alike, write 'rule: [dfa, fa]'.");
        HashSet<string> seen = [];
        foreach (var (rule, own) in map.Entries)
        {
            var name = RuleCatalogue.Named(rule.Text);
            if (!seen.Add(name)) throw Twice(rule);
            Check(rule.Location, ExperimentKeys.Rule, name);
            foreach (var grid in own is YamlList { Items.Count: > 0 } list ? list.Items : [own])
                yield return (name, rule.Location, OwnKeys(rule, grid));
        }
    }

    private static Dictionary<string, KeyValues> OwnKeys(YamlText rule, YamlNode own)
    {
        Dictionary<string, KeyValues> keys = [];
        if (own is YamlMap settings)
            foreach (var (name, setting) in settings.Entries)
            {
                if (name.Text is ExperimentKeys.Rule or ExperimentKeys.Seed)
                    throw name.Location.Wrong($"'{name.Text}' cannot be a rule's own; write it for all rules.");
                Add(keys, "", name, setting, inRule: true);
            }
        else if (own is not YamlText { Text.Length: 0 })
            throw own.Location.Wrong($"the rule {rule.Text} takes 'key: value' lines of its own, a list of such mappings, or nothing.");
        return keys;
    }

    // feedback: {scale: 2} is feedback.scale: 2
    private static void Add(Dictionary<string, KeyValues> keys, string prefix, YamlText key, YamlNode value, bool inRule)
    {
        var name = prefix + key.Text;
        if (value is YamlMap map)
        {
            foreach (var (inner, innerValue) in map.Entries) Add(keys, name + ".", inner, innerValue, inRule);
            return;
        }
        var isSeeds = name == ExperimentKeys.Seeds && !inRule;
        if (!isSeeds && !ExperimentKeys.IsSetting(name) && !ExperimentKeys.IsOption(name))
            throw key.Location.Wrong(ExperimentKeys.Unknown(name, inRule));
        if (value is YamlList list) CheckCommas(name, list);
        var values = isSeeds ? SeedsOf(value) : TextsOf(name, value);
        if (isSeeds ? keys.ContainsKey(ExperimentKeys.Seed) : name == ExperimentKeys.Seed && keys.ContainsKey(ExperimentKeys.Seeds))
            throw key.Location.Wrong("'seed' and 'seeds' are both given; keep one.");
        if (ExperimentKeys.IsSetting(name))
            foreach (var text in values) Check(value.Location, name, text);
        if (name == ExperimentKeys.Rule) values = [.. values.Select(RuleCatalogue.Named)];
        if (values.Distinct().Count() < values.Count) throw value.Location.Wrong($"'{name}' has a value twice.");
        if (!keys.TryAdd(name, new(key.Location, values))) throw Twice(key, keys[name].Location);
    }

    private static void CheckCommas(string key, YamlList list)
    {
        if (!list.Items.All(item => item is YamlText)) return;
        List<string> values = [.. list.Items.Cast<YamlText>().Select(item => item.FollowsComma ? item.Text : $" {item.Text}")];
        if (DecimalComma.Question(values, ExperimentKeys.TakesFractions(key)) is { } question)
            throw list.Location.Wrong($"in the list of '{key}' {question}");
    }

    private static List<string> TextsOf(string key, YamlNode value) => value switch
    {
        YamlText { Text.Length: 0 } => throw value.Location.Wrong($"'{key}' has no value."),
        YamlText text => [text.Text],
        _ when key == ExperimentKeys.Model && LayerNodes.Are(value) => [LayerNodes.Line(value)],
        YamlList { Items.Count: > 0 } lists when key == ExperimentKeys.Model && lists.Items.Any(item => item is YamlList) =>
            [.. lists.Items.SelectMany(item => item is YamlText or YamlList && (item is YamlText || LayerNodes.Are(item))
                ? TextsOf(key, item) : throw item.Location.Wrong("'model' takes a model, a list of layers, or a list of these."))],
        YamlList { Items.Count: > 0 } list when list.Items.All(item => item is YamlText { Text.Length: > 0 }) =>
            [.. list.Items.Select(item => ((YamlText)item).Text)],
        _ => throw value.Location.Wrong($"'{key}' takes a value or a list of values."),
    };

    private static List<string> SeedsOf(YamlNode value)
    {
        var texts = TextsOf(ExperimentKeys.Seeds, value);
        if (value is YamlText)
            return int.TryParse(texts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MostSeeds
                ? [.. Enumerable.Range(0, count).Select(seed => seed.ToString(CultureInfo.InvariantCulture))]
                : throw value.Location.Wrong($"'seeds' was given as '{texts[0]}'; it takes a number of seeds from 1 to {MostSeeds}, "
                    + "or a list such as [0, 1, 2].");
        foreach (var text in texts) Check(value.Location, ExperimentKeys.Seed, text);
        return texts;
    }

    private static string Text(YamlText key, YamlNode value) => value is YamlText text ? text.Text
        : throw value.Location.Wrong($"'{key.Text}' takes a text.");

    private static void Check(FileLocation location, string key, string value)
    {
        try
        {
            ExperimentKeys.Check(key, value);
        }
        catch (ConcordException error)
        {
            throw location.Wrong(error.Message, error);
        }
    }

    private static ConcordException Twice(YamlText key, FileLocation? first = null) =>
        key.Location.Wrong($"'{key.Text}' is given "
            + $"twice{(first is { Line: > 0 } location ? FormattableString.Invariant($", first in line {location.Line}") : "")}.");
}
