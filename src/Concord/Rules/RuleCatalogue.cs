using Concord.Feedback;
using Concord.Layers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>The rules by name. A new rule is a file in one of the folders next to this one, and a line here.</summary>
public static partial class RuleCatalogue
{
    private const string Above = "the block above", Output = "the output error", Directions = "responses to directions";

    /// <summary>Concord's own rules, in the order in which they are listed.</summary>
    public static IReadOnlyList<RuleDescription> Own { get; } =
    [
        new("backprop", "s = d W", "Rumelhart, Hinton, Williams 1986", "all", Above, [], _ => new Backpropagation()),
        new("shallow", "s = none; the output layer learns", "control", "nothing", "-", [], _ => new Shallow()),
        Chain("fa", "s = d B, B random and fixed", "Lillicrap and others 2016", "nothing", FeedbackAlignment.Declared,
            (values, connection, _) => FeedbackAlignment.CarrierOf(values, connection)),
        new("fa-stream", "s = d B; from the sum of a residual unit to the one below in one hop, without the skip", "Hao, Wan, Zhai 2026",
            "nothing", Above, StreamAlignment.Declared, values => new StreamAlignment(values)),
        Chain("usf", "s = d (c sign W)", "Liao, Leibo, Poggio 2015", "signs", ConcordantSettings.WithConstant,
            Concordant(Magnitude.Constant)),
        Chain("brsf", "s = d (|M| sign W), M redrawn each step", "Liao, Leibo, Poggio 2015", "signs", ConcordantSettings.WithDraw,
            Concordant(Magnitude.Redrawn)),
        Chain("frsf", "s = d (|M| sign W), M fixed", "Liao, Leibo, Poggio 2015", "signs", ConcordantSettings.WithDraw,
            Concordant(Magnitude.Fixed)),
        Chain("sn", "s = d (|W| / sqrt n sign W)", "Moskovitz, Litwin-Kumar, Abbott 2018", "signs and norm", ConcordantSettings.WithNorm,
            Concordant(null)),
        Chain("fbp", "s = d B, B = W as it was at the last refresh", "Goupy, Tirilly, Bilasco 2025", "all, between steps",
            TransportSettings.Declare(period: 100),
            (values, connection, _) => new ConcordantCarrier(connection, new(Magnitude.OfWeight, Transport: new(values)))),
        Chain("sham", "s = d B, B = W copied at each step", "control", "all", [],
            (_, connection, _) => new ConcordantCarrier(connection, new(Magnitude.OfWeight))),
        Chain("kolen-pollack", "s = d B, B = (1 - lambda) B - delta W", "Akrout and others 2019", "updates",
            KolenPollackCarrier.Declared, (values, connection, _) => new KolenPollackCarrier(connection, values)),
        Chain("wm", "s = d B, B = B + eta <y x'>, x noise, y = phi(W x + b)", "Akrout and others 2019", "responses to noise",
            MirrorOptions.Declared, (values, connection, state) => new MirrorCarrier(connection, state.Network, new(values))),
        Chain("sal", "s = d B, B = B + eta (x_i at spikes of j - x_j at spikes of i), x traces of spikes, i below and j above",
            "after Gierlich and others 2025", "responses to noise", PairingOptions.Declared,
            (values, connection, _) => new PairingCarrier(connection, new(values))),
        Chain("symmetric-alignment", "s = d B, B descends a |B|^2 - b sum W B", "Kunin and others 2020", "all, between steps",
            AlignmentOptions.Declare(decay: 0.5, self: 1), Aligned),
        Chain("activation-alignment", "s = d B, B descends a |B x|^2 - b B x . W x", "Kunin and others 2020", "responses to noise",
            AlignmentOptions.Declare(sparse: 0.5, amp: 1), Aligned),
        Chain("information-alignment", "s = d B, B descends a |B|^2 + c |B' W x|^2 - b B x . W x", "Kunin and others 2020",
            "responses to noise", AlignmentOptions.Declare(decay: 0.5, amp: 1, nullify: 0.1), Aligned),
        Direct("dfa", "s = e D", "Nøkland 2016", DirectOptions.Declared, DirectSource.Error),
        Direct("sign-dfa", "s = sign(e) D", "Frenkel, Lefebvre, Bol 2021", DirectOptions.Declared, DirectSource.SignOfError),
        Direct("ternary-dfa", "s = ternary(e) D", "as sign-dfa, with a threshold", DirectOptions.DeclaredTernary,
            DirectSource.TernaryError),
        Direct("drtp", "s = -t D", "Frenkel, Lefebvre, Bol 2021", DirectOptions.Declared, DirectSource.Targets)
            with { Locking = "its own activity and the target" },
        Direct("sparse-dfa", "s = e D, k non-zeros per neuron", "Crafton and others 2019", DirectOptions.DeclaredSparse,
            DirectSource.Error),
        Local("local-pred", "s = (softmax(x V) - t) V', V learned at the port", LocalOptions.OfOne, similarity: 0),
        Local("local-sim", "s = d|S(x U) - S(t)|^2 / dx, S the cosines of the batch's samples", LocalOptions.OfOne, similarity: 1),
        Local("local-predsim", "s = (1 - beta) pred + beta sim", LocalOptions.OfBoth, similarity: null),
        new("pepita", "s = x - x~, x~ of a second pass on x_0 + e F", "Dellaferrera, Kreiman 2022", "nothing", "the second pass",
            Pepita.Declared, values => new Pepita(values)),
        new("dtp", "s = (g(x) - g(x - alpha s)) / alpha, x and s of the block above, g a learned reverse map", "Lee and others 2015",
            "the output weight, responses to noise", Above, DifferenceTargetPropagation.Declared,
            values => new DifferenceTargetPropagation("dtp", values)),
        new("ddtp", "s = e Q', Q a learned reverse map", "Meulemans and others 2020", "responses to noise", Output,
            DirectTargetPropagation.Declared, values => new DirectTargetPropagation("ddtp", values)),
        new("fdfa", "s = e D, D = moving average of o' v, o the change of the outputs along directions v at ports", "Bacho, Chu 2022",
            Directions, Output, ForwardDirectFeedback.Declared, values => new ForwardDirectFeedback(values)),
        new("sfdfa", "s = e D, D = moving average of o' v over samples in which a unit is active", "Bacho, Chu 2024",
            Directions, Output, SpikingForwardDirectFeedback.Declared, values => new SpikingForwardDirectFeedback(values)),
        new("grape", "s = e D, D descends 1 - cos(D, o' v), o the change of the outputs along directions v at ports",
            "after Caillon and others 2026", Directions, Output,
            GradientAlignedFeedback.Declared, values => new GradientAlignedFeedback(values)),
        new("dkp", "s = e D, D = (1 - lambda) D - eta e' x", "Webster 2021", "nothing", Output, DirectKolenPollack.Declared,
            values => new DirectKolenPollack(values)),
        new("fg-activity", "s = (o . e) v, o the change of the outputs along directions v at ports", "Ren and others 2022",
            Directions, Output, ActivityPerturbation.Declared, values => new ActivityPerturbation(values)),
        new("fg-weight", "no s; dW = (sum o . e) V, o the change of the outputs along directions V of all weights",
            "Baydin and others 2022", Directions, Output, WeightPerturbation.Declared, values => new WeightPerturbation(values)),
        InTime("sltt", "dW = sum_t d_t x_t', s_t = d_t W of the same time step", "Meng and others 2023", "all", OnlineOptions.Declared,
            OnlineRules.WithoutTraces),
        InTime("ottt", "dW = sum_t d_t a_t', a_t = leak a_(t-1) + x_t, s_t = d_t W of the same time step", "Xiao and others 2022", "all",
            OnlineOptions.DeclaredTraced, OnlineRules.WithTraces),
        InTime("e-prop", "dW = sum_t d_t a_t', a_t = leak a_(t-1) + x_t, s_t = e_t D", "Bellec and others 2020", "nothing",
            OnlineOptions.DeclaredDirect, OnlineRules.Direct) with { Locking = "the output error of the same time step" },
        InTime("tess", "dW = sum_t m (alpha_pre psi a' + alpha_post q x'), m = (softmax(z V) - y) V', a and q traces of inputs and slopes",
            "Apolinario and others 2025", "nothing", TessRule.Declared, values => new TessRule(values))
            with { Locking = "its own activity and the target, at the same time step" },
        InTime("fptt", "sltt on (t/T) l_t - lambda . W + (alpha/2) |W - M|^2, a step of the optimizer at each time step",
            "Yin and others 2023", "all", ForwardPropagationThroughTime.Declared, values => new ForwardPropagationThroughTime(values)),
    ];

    private static readonly Registry<RuleDescription> s_known = new("rule", Own, rule => rule.Name);   // below Own, which it reads

    /// <summary>All rules: Concord's own, then those that were registered.</summary>
    public static IReadOnlyList<RuleDescription> All => s_known.All;

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names => [.. All.Select(rule => rule.Name)];

    /// <summary>Stands for all of them where several are taken.</summary>
    public const string Every = "all";

    /// <summary>What backpropagation is also called, where it is set against rules whose gradient is not exact.</summary>
    public const string Exact = "exact";

    /// <summary>Finds a rule; capitals do not count.</summary>
    /// <exception cref="ConcordException">There is none of that name.</exception>
    public static RuleDescription Find(string name)
    {
        try
        {
            return KnownWords.Find("rule", NameOf(name), All.ToDictionary(rule => rule.Name));
        }
        catch (ConcordException error) when (KnownWords.Nearest(name, Names) is null && KnownWords.CountIn(name, Names) is null)
        {
            throw new ConcordException($"{error.Message} A rule of your own comes with its DLL: --plugin FILE.dll.");
        }
    }

    /// <summary>A name or map with the names that the catalogue has.</summary>
    public static string Named(string text) => !IsMap(text) ? NameOf(text) : string.Join(',', text.Split(',').Select(entry =>
        OptionWords.Split(entry) is (var blocks, { } rule) ? $"{blocks}={NameOf(rule)}" : entry));

    private static string NameOf(string name) => name.Trim() is var word && word.Equals(Exact, StringComparison.OrdinalIgnoreCase)
        ? "backprop" : KnownWords.Meant(word, Names) ?? name;

    private static RuleDescription Chain(
        string name, string equation, string paper, string reads, IReadOnlyList<Option> options,
        Func<OptionValues, Connection, RuleState, FeedbackCarrier> carrier) =>
        new(name, equation, paper, reads, Above, options,
            values => new ChainRule(name, (connection, state) => carrier(values, connection, state)));

    private static Func<OptionValues, Connection, RuleState, FeedbackCarrier> Concordant(Magnitude? magnitude) =>
        (values, connection, _) => new ConcordantCarrier(connection, new(magnitude, values));

    private static AlignmentCarrier Aligned(OptionValues values, Connection connection, RuleState state) =>
        new(connection, state.Network, new(values));

    private static RuleDescription InTime(string name, string equation, string paper, string reads, IReadOnlyList<Option> options,
        Func<OptionValues, LearningRule> create) =>
        new(name, equation, paper, reads, $"{Above}, at the same time step", options, create) { NeedsTime = true };

    private static RuleDescription Local(string name, string equation, IReadOnlyList<Option> options, double? similarity) =>
        new(name, equation, "Nøkland, Eidnes 2019", "nothing", "its own activity and the target", options,
            values => new LocalErrors(name, new(similarity, values)));

    private static RuleDescription Direct(string name, string equation, string paper, IReadOnlyList<Option> options, DirectSource source) =>
        new(name, equation, paper, "nothing", Output, options, values => new DirectFeedbackAlignment(name, new(source, values)));
}
