using Concord.Feedback;
using Concord.Layers;

namespace Concord.Rules;

/// <summary>A rule as a user meets it in a list.</summary>
/// <param name="Name">What is written after <c>--rule</c>.</param>
/// <param name="Equation">The signal, in one line.</param>
/// <param name="Paper">Authors and year.</param>
/// <param name="Reads">What of the forward weights its feedback reads: <c>all</c>, <c>all, between steps</c>, <c>signs</c>, <c>signs and norm</c>, <c>updates</c> or <c>nothing</c>.</param>
/// <param name="Locking">What a block waits for before it can learn.</param>
/// <param name="Create">Makes it from options.</param>
public sealed record RuleDescription(string Name, string Equation, string Paper, string Reads, string Locking, Func<RuleOptions, LearningRule> Create);

/// <summary>The rules by name. A new rule is a file beside this one and a line here.</summary>
public static class RuleCatalogue
{
    private const string Chain = "the block above", Direct = "the output error";

    /// <summary>All rules, in the order in which they are listed.</summary>
    public static IReadOnlyList<RuleDescription> All { get; } =
    [
        new("backprop", "s = d W", "Rumelhart, Hinton, Williams 1986", "all", Chain, _ => new Backpropagation()),
        new("shallow", "s = none; the output layer learns", "control", "nothing", "-", _ => new Shallow()),
        new("fa", "s = d B, B random and fixed", "Lillicrap and others 2016", "nothing", Chain, CarrierOptions.FromStart),
        new("usf", "s = d (c sign W)", "Liao, Leibo, Poggio 2015", "signs", Chain, options => new FeedbackAlignment("usf", CarrierOptions.Concordant(options, Magnitude.Constant))),
        new("brsf", "s = d (|M| sign W), M redrawn each step", "Liao, Leibo, Poggio 2015", "signs", Chain, options => new FeedbackAlignment("brsf", CarrierOptions.Concordant(options, Magnitude.Redrawn))),
        new("frsf", "s = d (|M| sign W), M fixed", "Liao, Leibo, Poggio 2015", "signs", Chain, options => new FeedbackAlignment("frsf", CarrierOptions.Concordant(options, Magnitude.Fixed))),
        new("sn", "s = d (|W| / sqrt n sign W)", "Moskovitz, Litwin-Kumar, Abbott 2018", "signs and norm", Chain, options => new FeedbackAlignment("sn", CarrierOptions.Concordant(options, CarrierOptions.Norm(options)))),
        new("fbp", "s = d B, B = W as it was at the last refresh", "Goupy, Tirilly, Bilasco 2025", "all, between steps", Chain, options => new FeedbackAlignment("fbp", new(Magnitude.OfWeight, SignSource.OfWeight, true, Transport: CarrierOptions.Transport(options, period: 100)))),
        new("sham", "s = d B, B = W copied at each step", "control", "all", Chain, _ => new FeedbackAlignment("sham", new(Magnitude.OfWeight, SignSource.OfWeight, true))),
        new("kolen-pollack", "s = d B, B = (1 - lambda) B - delta W", "Akrout and others 2019", "updates", Chain, options => new KolenPollack(options.Flag("feedback.asReleased", false), options.Number("feedback.scale", 1, least: 0))),
        new("wm", "s = d B, B = B + eta <y x'>, x noise, y = phi(W x + b)", "Akrout and others 2019", "responses to noise", Chain, options => new WeightMirror(MirrorOptions.Read(options))),
        new("symmetric-alignment", "s = d B, B descends a |B|^2 - b sum W B", "Kunin and others 2020", "all, between steps", Chain, options => new AlignmentRule("symmetric-alignment", AlignmentOptions.Read(options, decay: 0.5, self: 1))),
        new("activation-alignment", "s = d B, B descends a |B x|^2 - b B x . W x", "Kunin and others 2020", "responses to noise", Chain, options => new AlignmentRule("activation-alignment", AlignmentOptions.Read(options, sparse: 0.5, amp: 1))),
        new("information-alignment", "s = d B, B descends a |B|^2 + c |B' W x|^2 - b B x . W x", "Kunin and others 2020", "responses to noise", Chain, options => new AlignmentRule("information-alignment", AlignmentOptions.Read(options, decay: 0.5, amp: 1, nullify: 0.1))),
        new("dfa", "s = e D", "Nøkland 2016", "nothing", Direct, options => DirectRule("dfa", DirectSource.Error, options)),
        new("sign-dfa", "s = sign(e) D", "Frenkel, Lefebvre, Bol 2021", "nothing", Direct, options => DirectRule("sign-dfa", DirectSource.SignOfError, options)),
        new("ternary-dfa", "s = ternary(e) D", "as sign-dfa, with a threshold", "nothing", Direct, options => DirectRule("ternary-dfa", DirectSource.TernaryError, options)),
        new("drtp", "s = -t D", "Frenkel, Lefebvre, Bol 2021", "nothing", "its own activity and the target", options => DirectRule("drtp", DirectSource.Targets, options)),
        new("sparse-dfa", "s = e D, k non-zeros per neuron", "Crafton and others 2019", "nothing", Direct, options => DirectRule("sparse-dfa", DirectSource.Error, options)),
    ];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(rule => rule.Name)];

    /// <summary>Finds a rule.</summary>
    /// <exception cref="ConcordException">There is none of that name.</exception>
    public static RuleDescription Find(string name) => Nearest.Find("rule", name, All.ToDictionary(rule => rule.Name));

    /// <summary>
    /// Makes a rule from what a user writes: a name, or a map from block patterns to names, as <c>conv*=shallow,fc*=sparse-dfa</c>.
    /// </summary>
    /// <param name="text">The name or map.</param>
    /// <param name="options">The options; in a map, each of its rules takes what it knows.</param>
    /// <exception cref="ConcordException">A rule or an option is unknown.</exception>
    public static LearningRule Create(string text, RuleOptions options)
    {
        var rule = Make(text, options);
        options.Finish($"The rule {text}");
        return rule;
    }

    /// <summary>The options that a rule, or a rule of a map, takes.</summary>
    public static IReadOnlyCollection<string> KeysOf(string rule) => Read(rule, new Dictionary<string, string>()).Keys;

    /// <summary>What a rule makes of options, of which some may say nothing.</summary>
    /// <param name="text">The name or map.</param>
    /// <param name="given">What is given.</param>
    /// <exception cref="ConcordException">The rule is unknown, or a value cannot be read.</exception>
    internal static RuleOptions Read(string text, IReadOnlyDictionary<string, string> given)
    {
        var options = new RuleOptions(given);
        Make(text, options);
        return options;
    }

    /// <summary>Options for several rules: each takes those that it knows, and that say something beside the others.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="given">What a user gave.</param>
    /// <exception cref="ConcordException">No rule knows one of them.</exception>
    public static Func<string, Dictionary<string, string>> OptionsOf(IReadOnlyList<string> rules, IReadOnlyDictionary<string, string> given)
    {
        var known = rules.ToDictionary(rule => rule, KeysOf);
        foreach (var key in given.Keys)
            if (!known.Values.Any(keys => keys.Contains(key)))
                throw new ConcordException($"None of the rules {string.Join(", ", rules)} has an option '{key}'. {Nearest.Hint(key, [.. known.Values.SelectMany(keys => keys).Distinct()])}");
        Dictionary<string, string> Own(string rule) => given.Where(pair => known[rule].Contains(pair.Key)).ToDictionary();
        HashSet<string> spoken = [.. rules.SelectMany(rule => Read(rule, Own(rule)).Speaking.Keys)];
        return rule =>
        {
            var own = Own(rule);
            var speaking = Read(rule, own).Speaking;
            return own.Where(pair => speaking.ContainsKey(pair.Key) || !spoken.Contains(pair.Key)).ToDictionary();   // what none of them hears is left for the rule to refuse
        };
    }

    private static LearningRule Make(string text, RuleOptions options) => text.Contains('=', StringComparison.Ordinal)
        ? new RuleMap([.. text.Split(',').Select(entry => Entry(entry, options))])
        : Find(text).Create(options);

    private static (string Pattern, LearningRule Rule) Entry(string entry, RuleOptions options)
    {
        var parts = entry.Split('=', 2, StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || parts[0].Length == 0) throw new ConcordException($"The rule map has the entry '{entry}'; it takes BLOCK=RULE, as in 'fc1=backprop,fc*=dfa'.");
        return (parts[0], Find(parts[1]).Create(options));
    }

    private static DirectFeedbackAlignment DirectRule(string name, DirectSource source, RuleOptions options) => new(name, DirectOptions.Read(options, source, nonZeros: name == "sparse-dfa" ? 1 : 0));
}
