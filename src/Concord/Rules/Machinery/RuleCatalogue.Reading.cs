using Concord.Options;

namespace Concord.Rules;

public static partial class RuleCatalogue
{
    /// <summary>
    /// Adds a rule of a program's own. From then on settings, experiment files, maps of rules, reports and the command line know it as any
    /// other. From any thread; the same description again is no mistake, so keep one in a static member.
    /// </summary>
    /// <param name="rule">The rule.</param>
    /// <param name="from">The plugin that it comes from; null where the program has it.</param>
    /// <exception cref="ConcordException">Its name is no word or another's, or its options cannot be those of a rule.</exception>
    public static void Register(RuleDescription rule, Plugin? from = null)
    {
        if (rule.Name is Every or Exact) throw new ConcordException($"A rule cannot be called '{rule.Name}', which stands for others.");
        foreach (var option in rule.Options)
        {
            if (!option.Key.Contains('.', StringComparison.Ordinal))
                throw new ConcordException($"The rule {rule.Name} has the option '{option.Key}'; keys without a point are those of "
                    + $"settings: call it something.{option.Key}.");
            var twin = All.SelectMany(known => known.Options).FirstOrDefault(known => known.Key == option.Key);
            if (twin is not null && twin.Values != option.Values)
                throw new ConcordException($"The rule {rule.Name} has an option '{option.Key}' that takes {option.Values}, but other rules "
                    + $"have one of that key, and it takes {twin.Values}. Call it something else.");
        }
        if (rule.Options.GroupBy(option => option.Key).FirstOrDefault(same => same.Count() > 1) is { Key: var twice })
            throw new ConcordException($"The rule {rule.Name} declares the option '{twice}' twice.");
        if (rule.Options.All(option => !option.IsRequired) && rule.Create(OptionValues.Read(rule.Options)).Name is var said
            && said != rule.Name)
            throw new ConcordException($"The rule {rule.Name} makes one whose name is '{said}'. Give both the same name.");
        s_known.Add(rule, from);
    }

    /// <summary>The names of the rule, or of the rules of a map, that were registered, with the plugins that they came from.</summary>
    internal static IEnumerable<(string Name, Plugin? From)> ForeignIn(string text) => EntriesOf(text).Select(entry => entry.Rule.Name)
        .Where(s_known.IsForeign).Distinct().Select(name => (name, s_known.OriginOf(name)));

    /// <summary>
    /// Makes a rule from what a user writes: a name, or a map from block patterns to names, as <c>conv*=shallow,fc*=sparse-dfa</c>.
    /// </summary>
    /// <param name="text">The name or map.</param>
    /// <param name="given">Options by key; in a map, each of its rules takes those that it has. Null for none.</param>
    /// <exception cref="ConcordException">A rule or an option is unknown, a value cannot be read, or it has no effect.</exception>
    public static LearningRule Create(string text, IReadOnlyDictionary<string, string>? given = null)
    {
        var entries = EntriesOf(text);
        Read(text, given).Check($"The rule {text}");
        LearningRule Make(RuleDescription rule) => rule.Create(OptionValues.Read(rule.Options, given));
        return IsMap(text) ? new RuleMap([.. entries.Select(entry => (entry.Pattern, Make(entry.Rule)))]) : Make(entries[0].Rule);
    }

    /// <summary>The values of a rule's options, or of all rules of a map, defaults included.</summary>
    /// <param name="text">The name or map.</param>
    /// <param name="given">Options by key; null for none.</param>
    /// <exception cref="ConcordException">A rule or an option is unknown, a value cannot be read, or it has no effect.</exception>
    public static OptionValues Resolve(string text, IReadOnlyDictionary<string, string>? given = null) =>
        Read(text, given).Check($"The rule {text}");

    /// <summary>The keys of the options that a rule, or a rule of a map, takes.</summary>
    public static IReadOnlyCollection<string> KeysOf(string rule) =>
        [.. EntriesOf(rule).SelectMany(entry => entry.Rule.Options).Select(option => option.Key).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What a rule, or the rules of a map, make of options, of which some may be unknown or without effect.</summary>
    /// <param name="text">The name or map.</param>
    /// <param name="given">What is given.</param>
    /// <exception cref="ConcordException">The rule is unknown, or a value cannot be read.</exception>
    internal static OptionValues Read(string text, IReadOnlyDictionary<string, string>? given) =>
        EntriesOf(text).Select(entry => OptionValues.Read(entry.Rule.Options, given))
            .Aggregate((values, other) => values.MergedWith(other));

    /// <summary>Options for several rules: each takes those that it has, and that have an effect with the others.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="given">What a user gave.</param>
    /// <exception cref="ConcordException">No rule has one of them.</exception>
    public static Func<string, Dictionary<string, string>> OptionsOf(IReadOnlyList<string> rules, IReadOnlyDictionary<string, string> given)
    {
        var known = rules.ToDictionary(rule => rule, KeysOf);
        foreach (var key in given.Keys)
            if (!known.Values.Any(keys => keys.Contains(key)))
                throw new ConcordException(
                    $"None of the rules {string.Join(", ", rules)} has an option '{key}'. "
                        + $"{KnownWords.Hint(key, [.. known.Values.SelectMany(keys => keys).Distinct()])}");
        Dictionary<string, string> Own(string rule) => given.Where(pair => known[rule].Contains(pair.Key)).ToDictionary();
        HashSet<string> applied = [.. rules.SelectMany(rule => Read(rule, Own(rule)).Applied.Keys)];
        return rule =>
        {
            var own = Own(rule);
            var applies = Read(rule, own).Applied;
            // what has an effect in none is left for the rule to refuse
            return own.Where(pair => applies.ContainsKey(pair.Key) || !applied.Contains(pair.Key)).ToDictionary();
        };
    }

    private static bool IsMap(string text) => text.Contains('=', StringComparison.Ordinal);

    private static List<(string Pattern, RuleDescription Rule)> EntriesOf(string text)
    {
        if (IsMap(text)) return [.. text.Split(',').Select(EntryOf)];
        if (text == Every)
            throw new ConcordException("'all' names every rule, and a run has one. "
                + "To train all side by side: concord compare --rules all.");
        if (KnownWords.CountIn(text, Names) is not { } count) return [("*", Find(text))];
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        throw new ConcordException(FormattableString.Invariant($"'{text}' names {count} rules, and a run has one. ")
            + $"To train several side by side: concord compare --rules {string.Join(',', names)}; in an experiment file: "
            + $"rule: [{string.Join(", ", names)}]. To give blocks rules of their own, write a map: 'fc1={names[0]},*={names[1]}'.");
    }

    private static (string Pattern, RuleDescription Rule) EntryOf(string entry)
    {
        var (pattern, rule) = OptionWords.Split(entry);
        if (rule is null || pattern.Trim().Length == 0)
            throw new ConcordException($"The rule map has the entry '{entry}'; it takes BLOCK=RULE, as in 'fc1=backprop,fc*=dfa'.");
        return (pattern.Trim(), Find(rule.Trim()));
    }
}
