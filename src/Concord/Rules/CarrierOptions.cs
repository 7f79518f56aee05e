using Concord.Feedback;
using Concord.Layers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>The options of rules with a feedback tensor in a weight's place: what it is made of, and when it follows the weight.</summary>
internal static class CarrierOptions
{
    private static readonly FeedbackSettings s_random = new(Magnitude.Fixed, SignSource.Fixed, false);

    private static readonly Option<FeedbackSettings> s_start = new("feedback.start", OptionType.Choice(new Dictionary<string, FeedbackSettings>
    {
        ["random"] = s_random,
        ["signed"] = new(Magnitude.Constant, SignSource.OfWeight, false),
        ["copied"] = new(Magnitude.OfWeight, SignSource.OfWeight, false),
    }), s_random, "What B starts from: a draw, the signs of the weight, or a copy of the weight.");

    private static readonly Option<Initializer?> s_init = new("feedback.init", OptionType.Choice(Draws()), otherwise: (Initializer?)null,
        "Distribution that B or its magnitudes are drawn from; as-weight for that of the weight.");

    private static readonly Option<bool> s_shape = new("feedback.shape", OptionType.Choice(new Dictionary<string, bool> { ["kernel"] = false, ["dense"] = true }), false,
        "Shape of a convolution's feedback: that of its kernel, or a full matrix between both images.");

    private static readonly Option<double> s_concordance = new("feedback.concordance", OptionType.Number(0, 1), 1, "Probability that a sign of B is the weight's.");

    private static readonly Option<Magnitude> s_norm = new("feedback.norm",
        OptionType.Choice(new Dictionary<string, Magnitude> { ["frobenius"] = Magnitude.NormTracking, ["spectral"] = Magnitude.SpectralTracking }), Magnitude.NormTracking,
        "Norm of the weight that B has as well.");

    private static readonly Option<int> s_period = new("feedback.period", OptionType.Whole(), 1, "Steps from one refresh of B to the next; 0 for none.");

    private static readonly Option<int> s_earlySteps = new("feedback.earlySteps", OptionType.Whole(), 0, "First steps of training in which B is refreshed every feedback.earlyPeriod steps.");

    private static readonly Option<TransportScheme> s_scheme = Moving(new Option<TransportScheme>("feedback.scheme", OptionType.Choice(new Dictionary<string, TransportScheme>
    {
        ["full"] = TransportScheme.Full, ["random"] = TransportScheme.Random, ["round-robin"] = TransportScheme.RoundRobin, ["top-k"] = TransportScheme.TopK,
        ["threshold"] = TransportScheme.Threshold, ["changed-sign"] = TransportScheme.ChangedSign,
    }), TransportScheme.Full, "Which elements of the weight a refresh copies."));

    private static readonly Option<double> s_fraction = Moving(new Option<double>("feedback.fraction", OptionType.NumberAbove(0, 1), 1, "Share of the elements that a refresh copies."))
        .When(values => values.Of(s_scheme) is TransportScheme.Random or TransportScheme.RoundRobin or TransportScheme.TopK, "feedback.scheme=random, round-robin or top-k");

    private static readonly Option<double> s_threshold = Moving(FeedbackOptions.Threshold).When(values => values.Of(s_scheme) == TransportScheme.Threshold, "feedback.scheme=threshold");

    private static readonly Option<int> s_earlyPeriod = new Option<int>("feedback.earlyPeriod", OptionType.Whole(1), 1, "Steps from one refresh to the next within feedback.earlySteps.")
        .When(values => values.Of(s_earlySteps) > 0, "feedback.earlySteps above 0");

    /// <summary>Of <c>fa</c>: drawn or started from the weight, then fixed; of low rank or, for convolutions, a full matrix if asked for.</summary>
    public static IReadOnlyList<Option> Start { get; } =
    [
        s_start,
        s_init.When(values => values.Of(s_start).Magnitude != Magnitude.OfWeight, "feedback.start=random or signed"),
        OfDraw(FeedbackOptions.Rank),   // what is taken from the weight has the weight's shape and rank
        OfDraw(s_shape).When(values => values.Of(FeedbackOptions.Rank) == 0, "feedback.rank=0"),
    ];

    /// <summary>Of <c>usf</c>.</summary>
    public static IReadOnlyList<Option> ConstantMagnitude { get; } =
        [FeedbackOptions.Scale.Defaulting(0), s_concordance, s_init.When(values => values.Of(FeedbackOptions.Scale) == 0, "feedback.scale=0"), .. Transport(period: 1)];

    /// <summary>Of <c>brsf</c> and <c>frsf</c>.</summary>
    public static IReadOnlyList<Option> DrawnMagnitude { get; } = [s_concordance, s_init, .. Transport(period: 1)];

    /// <summary>Of <c>sn</c>.</summary>
    public static IReadOnlyList<Option> TrackedMagnitude { get; } =
        [s_norm, s_concordance, s_init.When(_ => false, "a rule whose magnitudes are not the weight's norm: usf, brsf or frsf"), .. Transport(period: 1)];

    /// <summary>Of <c>fbp</c>.</summary>
    public static IReadOnlyList<Option> Copied { get; } = Transport(period: 100);

    /// <summary>The rule of <see cref="Start"/>.</summary>
    public static LearningRule FromStart(OptionValues values) => values.Of(FeedbackOptions.Rank) is > 0 and var rank
        ? new FactoredFeedback(rank, values.Of(s_init))
        : new FeedbackAlignment("fa", values.Of(s_start) with { Initializer = values.Of(s_init) }, values.Of(s_shape));

    /// <summary>The rules whose signs are the weight's.</summary>
    public static FeedbackAlignment Concordant(string name, OptionValues values, Magnitude magnitude)
    {
        var scale = magnitude == Magnitude.Constant ? values.Of(FeedbackOptions.Scale) : 0;
        return new(name, new(magnitude, SignSource.OfWeight, true, values.Of(s_init), scale == 0 ? null : scale, values.Of(s_concordance), Transport(values)));
    }

    /// <summary>The rule of <see cref="TrackedMagnitude"/>.</summary>
    public static FeedbackAlignment Tracking(string name, OptionValues values) => Concordant(name, values, values.Of(s_norm));

    /// <summary>The rule of <see cref="Copied"/>.</summary>
    public static FeedbackAlignment Copying(string name, OptionValues values) =>
        new(name, new(Magnitude.OfWeight, SignSource.OfWeight, true, Transport: Transport(values)));

    private static IReadOnlyList<Option> Transport(int period) => [s_period.Defaulting(period), s_earlySteps, s_scheme, s_fraction, s_threshold, s_earlyPeriod];

    private static TransportSettings Transport(OptionValues values) =>
        new(values.Of(s_period), values.Of(s_scheme), values.Of(s_fraction), values.Of(s_threshold), values.Of(s_earlySteps), values.Of(s_earlyPeriod));

    private static Option<T> OfDraw<T>(Option<T> option) => option.When(values => values.Of(s_start).Sign == SignSource.Fixed, "feedback.start=random");

    private static Option<T> Moving<T>(Option<T> option) =>
        option.When(values => values.Of(s_period) > 0 || values.Of(s_earlySteps) > 0, "feedback.period or feedback.earlySteps above 0");

    private static Dictionary<string, Initializer?> Draws() => new(
        Initializer.ByName.Where(entry => entry.Key != "zero").Select(entry => KeyValuePair.Create(entry.Key, (Initializer?)entry.Value))) { ["as-weight"] = null };
}
