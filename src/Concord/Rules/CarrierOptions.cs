using Concord.Feedback;
using Concord.Layers;

namespace Concord.Rules;

/// <summary>Reads what a feedback tensor in a weight's place is made of, and when it follows the weight.</summary>
internal static class CarrierOptions
{
    private static readonly Dictionary<string, TransportScheme> s_schemes = new()
    {
        ["full"] = TransportScheme.Full, ["random"] = TransportScheme.Random, ["round-robin"] = TransportScheme.RoundRobin, ["top-k"] = TransportScheme.TopK,
        ["threshold"] = TransportScheme.Threshold, ["changed-sign"] = TransportScheme.ChangedSign,
    };

    private static readonly Dictionary<string, Magnitude> s_norms = new() { ["frobenius"] = Magnitude.NormTracking, ["spectral"] = Magnitude.SpectralTracking };

    /// <summary><c>fa</c>: drawn or started from the weight, then fixed; of low rank or, for convolutions, a full matrix if asked for.</summary>
    public static LearningRule FromStart(RuleOptions options)
    {
        var settings = options.Choice("feedback.start", "random", new Dictionary<string, FeedbackSettings>
        {
            ["random"] = new(Magnitude.Fixed, SignSource.Fixed, false),
            ["signed"] = new(Magnitude.Constant, SignSource.OfWeight, false),
            ["copied"] = new(Magnitude.OfWeight, SignSource.OfWeight, false),
        });
        var initializer = Draw(options.When(settings.Magnitude != Magnitude.OfWeight, "feedback.start=random or signed"));
        var drawn = options.When(settings.Sign == SignSource.Fixed, "feedback.start=random");   // what is taken from the weight has the weight's shape and rank
        var rank = drawn.Whole("feedback.rank", 0);
        var dense = drawn.When(rank == 0, "feedback.rank=0").Choice("feedback.shape", "kernel", new Dictionary<string, bool> { ["kernel"] = false, ["dense"] = true });
        return rank > 0 ? new FactoredFeedback(rank, initializer) : new FeedbackAlignment("fa", settings with { Initializer = initializer }, dense);
    }

    /// <summary>The sign rules: the signs are the weight's, the magnitudes not.</summary>
    public static FeedbackSettings Concordant(RuleOptions options, Magnitude magnitude)
    {
        var scale = magnitude == Magnitude.Constant ? options.Number("feedback.scale", 0, least: 0) : 0;
        var concordance = options.Number("feedback.concordance", 1, least: 0);
        if (concordance > 1) throw new ConcordException(FormattableString.Invariant($"The option feedback.concordance was given '{concordance}'; it takes a probability, a number in [0, 1]."));
        var initializer = Draw(options.When(magnitude is not (Magnitude.NormTracking or Magnitude.SpectralTracking), "a rule whose magnitudes are not the weight's norm: usf, brsf or frsf").When(scale == 0, "feedback.scale=0"));
        return new(magnitude, SignSource.OfWeight, true, initializer, scale == 0 ? null : scale, concordance, Transport(options, period: 1));
    }

    /// <summary>The norm of the weight that <c>sn</c> follows.</summary>
    public static Magnitude Norm(RuleOptions options) => options.Choice("feedback.norm", "frobenius", s_norms);

    /// <summary>When feedback follows the weight, and which part of it.</summary>
    /// <param name="options">The options.</param>
    /// <param name="period">Steps between refreshes, unless given.</param>
    public static TransportSettings Transport(RuleOptions options, int period)
    {
        var every = options.Whole("feedback.period", period);
        var early = options.Whole("feedback.earlySteps", 0);
        var moving = options.When(every > 0 || early > 0, "a feedback.period or feedback.earlySteps above 0");
        var scheme = moving.Choice("feedback.scheme", "full", s_schemes);
        var fraction = moving.When(scheme is TransportScheme.Random or TransportScheme.RoundRobin or TransportScheme.TopK, "feedback.scheme=random, round-robin or top-k").Number("feedback.fraction", 1, least: 0);
        if (fraction is 0 or > 1) throw new ConcordException(FormattableString.Invariant($"The option feedback.fraction was given '{fraction}'; it takes a share above 0 and at most 1."));
        return new(every, scheme, fraction, moving.When(scheme == TransportScheme.Threshold, "feedback.scheme=threshold").Number("feedback.threshold", 0, least: 0),
            early, options.When(early > 0, "a feedback.earlySteps above 0").Whole("feedback.earlyPeriod", 1, least: 1));
    }

    private static Initializer? Draw(RuleOptions options) =>
        options.Choice("feedback.init", "as-weight", new Dictionary<string, Initializer?>(Initializer.ByName.Where(entry => entry.Key != "zero").Select(entry => KeyValuePair.Create(entry.Key, (Initializer?)entry.Value))) { ["as-weight"] = null });
}
