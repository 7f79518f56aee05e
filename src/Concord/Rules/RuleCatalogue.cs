using Concord.Feedback;
using Concord.Layers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>A rule as a user meets it in a list.</summary>
/// <param name="Name">What is written after <c>--rule</c>.</param>
/// <param name="Equation">The signal, in one line.</param>
/// <param name="Paper">Authors and year.</param>
/// <param name="Reads">What of the forward weights its feedback reads: <c>all</c>, <c>all, between steps</c>, <c>signs</c>, <c>signs and norm</c>, <c>updates</c> or <c>nothing</c>.</param>
/// <param name="Locking">What a block waits for before it can learn.</param>
/// <param name="Options">The options it takes, each behind those that it depends on.</param>
/// <param name="Create">Makes it from their values.</param>
public sealed record RuleDescription(
    string Name, string Equation, string Paper, string Reads, string Locking, IReadOnlyList<Option> Options, Func<OptionValues, LearningRule> Create);

/// <summary>The rules by name. A new rule is a file beside this one and a line here.</summary>
public static class RuleCatalogue
{
    private const string Above = "the block above", Output = "the output error";

    /// <summary>All rules, in the order in which they are listed.</summary>
    public static IReadOnlyList<RuleDescription> All { get; } =
    [
        new("backprop", "s = d W", "Rumelhart, Hinton, Williams 1986", "all", Above, [], _ => new Backpropagation()),
        new("shallow", "s = none; the output layer learns", "control", "nothing", "-", [], _ => new Shallow()),
        Chain("fa", "s = d B, B random and fixed", "Lillicrap and others 2016", "nothing", FeedbackAlignment.Declared, (values, connection, _) => FeedbackAlignment.CarrierOf(values, connection)),
        Chain("usf", "s = d (c sign W)", "Liao, Leibo, Poggio 2015", "signs", ConcordantSettings.WithConstant, Concordant(Magnitude.Constant)),
        Chain("brsf", "s = d (|M| sign W), M redrawn each step", "Liao, Leibo, Poggio 2015", "signs", ConcordantSettings.WithDraw, Concordant(Magnitude.Redrawn)),
        Chain("frsf", "s = d (|M| sign W), M fixed", "Liao, Leibo, Poggio 2015", "signs", ConcordantSettings.WithDraw, Concordant(Magnitude.Fixed)),
        Chain("sn", "s = d (|W| / sqrt n sign W)", "Moskovitz, Litwin-Kumar, Abbott 2018", "signs and norm", ConcordantSettings.WithNorm, Concordant(null)),
        Chain("fbp", "s = d B, B = W as it was at the last refresh", "Goupy, Tirilly, Bilasco 2025", "all, between steps",
            TransportSettings.Declare(period: 100), (values, connection, _) => new ConcordantCarrier(connection, new(Magnitude.OfWeight, Transport: new(values)))),
        Chain("sham", "s = d B, B = W copied at each step", "control", "all", [], (_, connection, _) => new ConcordantCarrier(connection, new(Magnitude.OfWeight))),
        Chain("kolen-pollack", "s = d B, B = (1 - lambda) B - delta W", "Akrout and others 2019", "updates",
            KolenPollackCarrier.Declared, (values, connection, _) => new KolenPollackCarrier(connection, values)),
        Chain("wm", "s = d B, B = B + eta <y x'>, x noise, y = phi(W x + b)", "Akrout and others 2019", "responses to noise",
            MirrorOptions.Declared, (values, connection, state) => new MirrorCarrier(connection, state.Network, new(values))),
        Chain("symmetric-alignment", "s = d B, B descends a |B|^2 - b sum W B", "Kunin and others 2020", "all, between steps",
            AlignmentOptions.Declare(decay: 0.5, self: 1), Aligned),
        Chain("activation-alignment", "s = d B, B descends a |B x|^2 - b B x . W x", "Kunin and others 2020", "responses to noise",
            AlignmentOptions.Declare(sparse: 0.5, amp: 1), Aligned),
        Chain("information-alignment", "s = d B, B descends a |B|^2 + c |B' W x|^2 - b B x . W x", "Kunin and others 2020",
            "responses to noise", AlignmentOptions.Declare(decay: 0.5, amp: 1, nullify: 0.1), Aligned),
        Direct("dfa", "s = e D", "Nøkland 2016", DirectOptions.Declared, DirectSource.Error),
        Direct("sign-dfa", "s = sign(e) D", "Frenkel, Lefebvre, Bol 2021", DirectOptions.Declared, DirectSource.SignOfError),
        Direct("ternary-dfa", "s = ternary(e) D", "as sign-dfa, with a threshold", DirectOptions.DeclaredTernary, DirectSource.TernaryError),
        Direct("drtp", "s = -t D", "Frenkel, Lefebvre, Bol 2021", DirectOptions.Declared, DirectSource.Targets) with { Locking = "its own activity and the target" },
        Direct("sparse-dfa", "s = e D, k non-zeros per neuron", "Crafton and others 2019", DirectOptions.DeclaredSparse, DirectSource.Error),
    ];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(rule => rule.Name)];

    /// <summary>Finds a rule.</summary>
    /// <exception cref="ConcordException">There is none of that name.</exception>
    public static RuleDescription Find(string name) => KnownWords.Find("rule", name, All.ToDictionary(rule => rule.Name));

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
    public static OptionValues Resolve(string text, IReadOnlyDictionary<string, string>? given = null) => Read(text, given).Check($"The rule {text}");

    /// <summary>The keys of the options that a rule, or a rule of a map, takes.</summary>
    public static IReadOnlyCollection<string> KeysOf(string rule) =>
        [.. EntriesOf(rule).SelectMany(entry => entry.Rule.Options).Select(option => option.Key).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What a rule, or the rules of a map, make of options, of which some may be unknown or without effect.</summary>
    /// <param name="text">The name or map.</param>
    /// <param name="given">What is given.</param>
    /// <exception cref="ConcordException">The rule is unknown, or a value cannot be read.</exception>
    internal static OptionValues Read(string text, IReadOnlyDictionary<string, string>? given) =>
        EntriesOf(text).Select(entry => OptionValues.Read(entry.Rule.Options, given)).Aggregate((values, other) => values.Beside(other));

    /// <summary>Options for several rules: each takes those that it has, and that have an effect beside the others.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="given">What a user gave.</param>
    /// <exception cref="ConcordException">No rule has one of them.</exception>
    public static Func<string, Dictionary<string, string>> OptionsOf(IReadOnlyList<string> rules, IReadOnlyDictionary<string, string> given)
    {
        var known = rules.ToDictionary(rule => rule, KeysOf);
        foreach (var key in given.Keys)
            if (!known.Values.Any(keys => keys.Contains(key)))
                throw new ConcordException(
                    $"None of the rules {string.Join(", ", rules)} has an option '{key}'. {KnownWords.Hint(key, [.. known.Values.SelectMany(keys => keys).Distinct()])}");
        Dictionary<string, string> Own(string rule) => given.Where(pair => known[rule].Contains(pair.Key)).ToDictionary();
        HashSet<string> applied = [.. rules.SelectMany(rule => Read(rule, Own(rule)).Applied.Keys)];
        return rule =>
        {
            var own = Own(rule);
            var applies = Read(rule, own).Applied;
            return own.Where(pair => applies.ContainsKey(pair.Key) || !applied.Contains(pair.Key)).ToDictionary();   // what has an effect in none is left for the rule to refuse
        };
    }

    private static bool IsMap(string text) => text.Contains('=', StringComparison.Ordinal);

    private static List<(string Pattern, RuleDescription Rule)> EntriesOf(string text) => IsMap(text) ? [.. text.Split(',').Select(EntryOf)] : [("*", Find(text))];

    private static (string Pattern, RuleDescription Rule) EntryOf(string entry)
    {
        var (pattern, rule) = OptionWords.Split(entry);
        if (rule is null || pattern.Trim().Length == 0) throw new ConcordException($"The rule map has the entry '{entry}'; it takes BLOCK=RULE, as in 'fc1=backprop,fc*=dfa'.");
        return (pattern.Trim(), Find(rule.Trim()));
    }

    private static RuleDescription Chain(
        string name, string equation, string paper, string reads, IReadOnlyList<Option> options, Func<OptionValues, Connection, RuleState, FeedbackCarrier> carrier) =>
        new(name, equation, paper, reads, Above, options, values => new ChainRule(name, (connection, state) => carrier(values, connection, state)));

    private static Func<OptionValues, Connection, RuleState, FeedbackCarrier> Concordant(Magnitude? magnitude) =>
        (values, connection, _) => new ConcordantCarrier(connection, new(magnitude, values));

    private static AlignmentCarrier Aligned(OptionValues values, Connection connection, RuleState state) => new(connection, state.Network, new(values));

    private static RuleDescription Direct(string name, string equation, string paper, IReadOnlyList<Option> options, DirectSource source) =>
        new(name, equation, paper, "nothing", Output, options, values => new DirectFeedbackAlignment(name, new(source, values)));
}
