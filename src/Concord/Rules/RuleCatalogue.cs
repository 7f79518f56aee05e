using Concord.Feedback;
using Concord.Layers;

namespace Concord.Rules;

/// <summary>A rule as a user meets it in a list.</summary>
/// <param name="Name">What is written after <c>--rule</c>.</param>
/// <param name="Equation">The signal, in one line.</param>
/// <param name="Paper">Authors and year.</param>
/// <param name="Reads">What of the forward weights its feedback reads: <c>all</c>, <c>signs</c>, <c>updates</c> or <c>nothing</c>.</param>
/// <param name="Locking">What a block waits for before it can learn.</param>
/// <param name="Create">Makes it from options.</param>
public sealed record RuleDescription(string Name, string Equation, string Paper, string Reads, string Locking, Func<RuleOptions, LearningRule> Create);

/// <summary>The rules by name. A new rule is a file beside this one and a line here.</summary>
public static class RuleCatalogue
{
    private const string Chain = "the block above", Direct = "the output error";

    private static readonly Dictionary<string, ProjectionKind> s_projections = new()
    {
        ["exact"] = ProjectionKind.Exact, ["channel-wise"] = ProjectionKind.ChannelWise, ["kernel"] = ProjectionKind.Kernel, ["dilated"] = ProjectionKind.Dilated,
    };

    /// <summary>All rules, in the order in which they are listed.</summary>
    public static IReadOnlyList<RuleDescription> All { get; } =
    [
        new("backprop", "s = d W", "Rumelhart, Hinton, Williams 1986", "all", Chain, _ => new Backpropagation()),
        new("shallow", "s = none; the output layer learns", "control", "nothing", "-", _ => new Shallow()),
        new("fa", "s = d B, B random and fixed", "Lillicrap and others 2016", "nothing", Chain, FromStart),
        new("usf", "s = d (c sign W)", "Liao, Leibo, Poggio 2015", "signs", Chain, options => Concordant("usf", Magnitude.Constant, options)),
        new("brsf", "s = d (|M| sign W), M redrawn each step", "Liao, Leibo, Poggio 2015", "signs", Chain, options => Concordant("brsf", Magnitude.Redrawn, options)),
        new("frsf", "s = d (|M| sign W), M fixed", "Liao, Leibo, Poggio 2015", "signs", Chain, options => Concordant("frsf", Magnitude.Fixed, options)),
        new("sn", "s = d (|W| / sqrt n sign W)", "Moskovitz, Litwin-Kumar, Abbott 2018", "signs and norm", Chain, options => Concordant("sn", Magnitude.NormTracking, options)),
        new("kolen-pollack", "s = d B, B = (1 - lambda) B - delta W", "Akrout and others 2019", "updates", Chain, _ => new KolenPollack()),
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
        LearningRule rule = text.Contains('=', StringComparison.Ordinal)
            ? new RuleMap([.. text.Split(',').Select(entry => Entry(entry, options))])
            : Find(text).Create(options);
        options.Finish($"The rule {text}");
        return rule;
    }

    private static (string Pattern, LearningRule Rule) Entry(string entry, RuleOptions options)
    {
        var parts = entry.Split('=', 2, StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || parts[0].Length == 0) throw new ConcordException($"The rule map has the entry '{entry}'; it takes BLOCK=RULE, as in 'fc1=backprop,fc*=dfa'.");
        return (parts[0], Find(parts[1]).Create(options));
    }

    private static FeedbackAlignment FromStart(RuleOptions options) => new("fa", options.Choice("feedback.start", "random", new Dictionary<string, FeedbackSettings>
    {
        ["random"] = new(Magnitude.Fixed, SignSource.Fixed, false),
        ["signed"] = new(Magnitude.Constant, SignSource.OfWeight, false),
        ["copied"] = new(Magnitude.OfWeight, SignSource.OfWeight, false),
    }) with { Initializer = Draw(options) }, options.Choice("feedback.shape", "kernel", new Dictionary<string, bool> { ["kernel"] = false, ["dense"] = true }));

    private static FeedbackAlignment Concordant(string name, Magnitude magnitude, RuleOptions options)
    {
        var scale = magnitude == Magnitude.Constant ? options.Number("feedback.scale", 0, least: 0) : 0;
        return new(name, new(magnitude, SignSource.OfWeight, true, Draw(options), scale == 0 ? null : scale));
    }

    private static Initializer? Draw(RuleOptions options) =>
        options.Choice("feedback.init", "as-weight", new Dictionary<string, Initializer?>(Initializer.ByName.Where(entry => entry.Key != "zero").Select(entry => KeyValuePair.Create(entry.Key, (Initializer?)entry.Value))) { ["as-weight"] = null });

    private static DirectFeedbackAlignment DirectRule(string name, DirectSource source, RuleOptions options) => new(name, new(
        options.Choice("feedback.preset", "nokland2016", FeedbackPreset.ByName),
        source,
        options.Whole("feedback.nonZerosPerNeuron", name == "sparse-dfa" ? 1 : 0),
        options.Choice("feedback.classes", "balanced", new Dictionary<string, ClassAssignment> { ["balanced"] = ClassAssignment.Balanced, ["uniform"] = ClassAssignment.Uniform }),
        options.Choice("feedback.shared", "preset", new Dictionary<string, bool?> { ["preset"] = null, ["true"] = true, ["false"] = false }),
        options.Number("feedback.scale", 1, least: 0),
        source == DirectSource.TernaryError ? options.Number("feedback.threshold", 0.05, least: 0) : 0,
        options.Flag("feedback.asReleased", false),
        options.Choice("feedback.projection", "exact", s_projections),
        options.Whole("feedback.kernel", 3, least: 1),
        options.Whole("feedback.dilation", 2, least: 1)));
}
