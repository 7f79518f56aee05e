using Concord.Options;

namespace Concord.Feedback;

/// <summary>Which elements of a feedback tensor take over what the weight has become.</summary>
public enum TransportScheme
{
    /// <summary>All.</summary>
    Full,

    /// <summary>A share, drawn again each time; both sides know the seed, so no index travels.</summary>
    Random,

    /// <summary>A share, one block after another: each element has its turn once in 1/p refreshes.</summary>
    RoundRobin,

    /// <summary>The share that differs most, |W - B|; each travels with its index.</summary>
    TopK,

    /// <summary>Those with |W - B| above a bound, with their indices.</summary>
    Threshold,

    /// <summary>Those whose sign has changed, with their indices.</summary>
    ChangedSign,
}

/// <summary>When a feedback tensor takes over what the weight has become, and how much of it.</summary>
/// <param name="Period">Phi: after every so many steps; 0 for never.</param>
/// <param name="Scheme">Which elements.</param>
/// <param name="Fraction">
/// p in (0, 1]: the share of Random, RoundRobin and TopK. In R refreshes of n elements exactly floor(R p n) are moved.
/// </param>
/// <param name="Bound">The bound of Threshold.</param>
/// <param name="EarlySteps">So many first steps have a period of their own, for lag costs most there.</param>
/// <param name="EarlyPeriod">That period, at least 1.</param>
public sealed record TransportSettings(
    int Period, TransportScheme Scheme = TransportScheme.Full, double Fraction = 1, double Bound = 0, int EarlySteps = 0,
        int EarlyPeriod = 1)
{
    private static readonly Option<int> s_period = new("feedback.period", OptionType.Whole(), 1,
        "Steps from one refresh of B to the next; 0 for none.");

    private static readonly Option<int> s_earlySteps = new("feedback.earlySteps", OptionType.Whole(), 0,
        "First steps of training in which B is refreshed every feedback.earlyPeriod steps.");

    private static readonly Option<TransportScheme> s_scheme =
        Moving(new Option<TransportScheme>("feedback.scheme", OptionType.Choice(new Dictionary<string, TransportScheme>
    {
        ["full"] = TransportScheme.Full, ["random"] = TransportScheme.Random, ["round-robin"] = TransportScheme.RoundRobin,
        ["top-k"] = TransportScheme.TopK, ["threshold"] = TransportScheme.Threshold, ["changed-sign"] = TransportScheme.ChangedSign,
    }), TransportScheme.Full, "Which elements of the weight a refresh copies."));

    private static readonly Option<double> s_fraction =
        Moving(new Option<double>("feedback.fraction", OptionType.NumberAbove(0, 1), 1, "Share of the elements that a refresh copies."))
        .When(values => values.Of(s_scheme) is TransportScheme.Random or TransportScheme.RoundRobin or TransportScheme.TopK,
            "feedback.scheme=random, round-robin or top-k");

    private static readonly Option<double> s_threshold = Moving(FeedbackOptions.Threshold)
        .When(values => values.Of(s_scheme) == TransportScheme.Threshold, "feedback.scheme=threshold");

    private static readonly Option<int> s_earlyPeriod =
        new Option<int>("feedback.earlyPeriod", OptionType.Whole(1), 1, "Steps from one refresh to the next within feedback.earlySteps.")
        .When(values => values.Of(s_earlySteps) > 0, "feedback.earlySteps above 0");

    internal TransportSettings(OptionValues values) : this(
        values.Of(s_period), values.Of(s_scheme), values.Of(s_fraction), values.Of(s_threshold), values.Of(s_earlySteps),
        values.Of(s_earlyPeriod))
    {
    }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declare(int period) =>
        [s_period.Defaulting(period), s_earlySteps, s_scheme, s_fraction, s_threshold, s_earlyPeriod];

    /// <summary>Whether the whole tensor follows at every step, so that nothing has to be remembered.</summary>
    public bool IsEveryStep => Period == 1 && EarlySteps == 0 && Scheme == TransportScheme.Full;

    /// <summary>Whether a refresh follows on that many steps.</summary>
    public bool IsDue(long steps) => steps <= EarlySteps ? steps % EarlyPeriod == 0 : Period > 0 && steps % Period == 0;

    /// <summary>How many refreshes there are in that many steps.</summary>
    public long Refreshes(long steps) => Math.Min(steps, EarlySteps) / EarlyPeriod
        + (Period > 0 ? Math.Max(0, steps / Period - EarlySteps / Period) : 0);

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Period == 0 && EarlySteps == 0) return "never again";
        var early = EarlySteps > 0 ? FormattableString.Invariant($" (every {EarlyPeriod} in the first {EarlySteps})") : "";
        var what = Scheme switch
        {
            TransportScheme.Full => "whole",
            TransportScheme.Random => FormattableString.Invariant($"{Fraction} at random"),
            TransportScheme.RoundRobin => FormattableString.Invariant($"{Fraction} in turn"),
            TransportScheme.TopK => FormattableString.Invariant($"{Fraction} that differs most"),
            TransportScheme.Threshold => FormattableString.Invariant($"where it differs by over {Bound}"),
            _ => "where the sign changed",
        };
        return Period == 0 ? FormattableString.Invariant($"{what} every {EarlyPeriod} of the first {EarlySteps} steps, never again")
            : FormattableString.Invariant($"{what} every {Period} steps{early}");
    }

    private static Option<T> Moving<T>(Option<T> option) =>
        option.When(values => values.Of(s_period) > 0 || values.Of(s_earlySteps) > 0, "feedback.period or feedback.earlySteps above 0");
}
