using Concord.Feedback;
using Concord.Layers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>What a <see cref="ConcordantCarrier"/> is made of.</summary>
/// <param name="Magnitude">Where magnitudes come from.</param>
/// <param name="Refreshes">Whether it follows the weight; else it stays as it was made of the starting weight.</param>
/// <param name="Initializer">
/// What M is drawn from; null for the weight's own distribution (PyTorch's, if the weight starts constant).
/// </param>
/// <param name="Scale">s of <see cref="Magnitude.Constant"/>; null for the standard deviation of that distribution.</param>
/// <param name="Concordance">
/// c: B has the weight's sign with that probability, else the other one; which elements are wrong is drawn once and stays (Liao, Leibo,
/// Poggio 2015 vary it).
/// </param>
/// <param name="Transport">When it follows, and which part of it; null for all of it at every step.</param>
public sealed record ConcordantSettings(
    Magnitude Magnitude, bool Refreshes = true, Initializer? Initializer = null, double? Scale = null, double Concordance = 1,
    TransportSettings? Transport = null)
{
    private static readonly Option<double> s_concordance =
        new("feedback.concordance", OptionType.Number(0, 1), 1, "Probability that a sign of B is the weight's.");

    private static readonly Option<Magnitude> s_norm = new("feedback.norm",
        OptionType.Choice(new Dictionary<string, Magnitude>
        {
            ["frobenius"] = Magnitude.NormTracking, ["spectral"] = Magnitude.SpectralTracking,
        }),
        Magnitude.NormTracking, "Norm of the weight that B also has.");

    /// <summary>Of <c>usf</c>.</summary>
    internal static IReadOnlyList<Option> WithConstant { get; } =
    [
        FeedbackOptions.Scale.Defaulting(0), s_concordance,
        FeedbackOptions.Init.When(values => values.Of(FeedbackOptions.Scale) == 0, "feedback.scale=0"),
        .. TransportSettings.Declare(period: 1),
    ];

    /// <summary>Of <c>brsf</c> and <c>frsf</c>.</summary>
    internal static IReadOnlyList<Option> WithDraw { get; } =
        [s_concordance, FeedbackOptions.Init, .. TransportSettings.Declare(period: 1)];

    /// <summary>Of <c>sn</c>.</summary>
    internal static IReadOnlyList<Option> WithNorm { get; } =
    [
        s_norm, s_concordance,
        FeedbackOptions.Init.When(_ => false, "a rule whose magnitudes are not the weight's norm: usf, brsf or frsf"),
        .. TransportSettings.Declare(period: 1),
    ];

    /// <summary>Settings with a source of magnitudes, or with that of <see cref="WithNorm"/>.</summary>
    internal ConcordantSettings(Magnitude? magnitude, OptionValues values) : this(
        magnitude ?? values.Of(s_norm), true, values.Of(FeedbackOptions.Init),
        magnitude == Magnitude.Constant && values.Of(FeedbackOptions.Scale) is not 0 and var scale ? scale : null,
        values.Of(s_concordance), new(values))
    {
    }

    /// <summary>When B follows, where that is rarely or in parts; else null.</summary>
    internal TransportSettings? Rare => Refreshes && Transport is { IsEveryStep: false } ? Transport : null;

    /// <summary>Whether B is W itself.</summary>
    internal bool IsCopy => Magnitude == Magnitude.OfWeight && Concordance >= 1;

    /// <summary>What an element takes that is moved: a word, or a sign whose magnitude is known.</summary>
    internal int BitsPerElement => IsCopy ? Layers.Transport.WordBits : 1;

    /// <summary>s.</summary>
    internal double ScaleFor(Parameter weight) =>
        Scale ?? RandomCarrier.Distribution(Initializer, weight).Deviation(weight.FanIn, weight.FanOut);

    /// <summary>What was moved of a weight in the first so many steps: what was counted, or all elements at every step.</summary>
    internal Transport Transported(Transport? counted, long length, long steps)
    {
        if (!Refreshes) return default;
        var moved = counted ?? new(steps * length, 0, steps * length * BitsPerElement);
        var refreshes = Transport?.Refreshes(steps) ?? steps;
        var norms = Magnitude is Magnitude.NormTracking or Magnitude.SpectralTracking ? refreshes : 0;
        return moved + new Transport(0, 0, norms * Layers.Transport.WordBits);
    }

    /// <summary>B, for people.</summary>
    internal string Describe(Parameter weight)
    {
        var magnitudes = Magnitude switch
        {
            Magnitude.Constant => FormattableString.Invariant($"{ScaleFor(weight):g3} x sign of"),
            Magnitude.NormTracking => "norm of the weight x sign of",
            Magnitude.SpectralTracking => "spectral norm of the weight x sign of",
            Magnitude.Fixed => "fixed random x sign of",
            Magnitude.Redrawn => "redrawn random x sign of",
            _ when Concordance == 0 => "minus",
            _ => "copy of",
        };
        var wrong = Concordance < 1 ? FormattableString.Invariant($" (right with probability {Concordance})") : "";
        return Refreshes ? $"{magnitudes} the weight{wrong}{(Rare is { } rare ? $", {rare}" : "")}" : $"{magnitudes} the starting weight";
    }
}
