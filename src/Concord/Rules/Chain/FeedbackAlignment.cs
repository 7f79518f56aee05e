using Concord.Feedback;
using Concord.Layers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// <c>fa</c>: B drawn once from W's own distribution and fixed (Lillicrap, Cownden, Tweed, Akerman 2016), in one piece, as a product of
/// factors, or for a convolution as a full matrix; or started as s sign(W_0), as W_0 or as -W_0.
/// </summary>
internal static class FeedbackAlignment
{
    private static readonly Option<ConcordantSettings?> s_start = new("feedback.start",
        OptionType.Choice(new Dictionary<string, ConcordantSettings?>
        {
            ["random"] = null, ["signed"] = new(Magnitude.Constant, Refreshes: false),
            ["copied"] = new(Magnitude.OfWeight, Refreshes: false),
            ["opposite"] = new(Magnitude.OfWeight, Refreshes: false, Concordance: 0),
        }),
        otherwise: (ConcordantSettings?)null,
        "What B starts from: a draw, the signs of the weight, a copy of the weight, or its opposite, minus the weight.");

    private static readonly Option<bool> s_shape = new("feedback.shape",
        OptionType.Choice(new Dictionary<string, bool> { ["kernel"] = false, ["dense"] = true }), false,
        "Shape of a convolution's feedback: that of its kernel, or a full matrix between both images.");

    /// <summary>The options as they are declared.</summary>
    public static IReadOnlyList<Option> Declared { get; } =
    [
        s_start,
        FeedbackOptions.Init.When(values => values.Of(s_start)?.Magnitude != Magnitude.OfWeight, "feedback.start=random or signed"),
        OfDraw(FeedbackOptions.Scale),
        OfDraw(FeedbackOptions.Rank),   // what is taken from the weight has the weight's shape and rank
        OfDraw(s_shape).When(values => values.Of(FeedbackOptions.Rank) == 0, "feedback.rank=0"),
    ];

    /// <summary>The carrier of a connection.</summary>
    public static FeedbackCarrier CarrierOf(OptionValues values, Connection connection)
    {
        var initializer = values.Of(FeedbackOptions.Init);
        if (values.Of(s_start) is { } start) return new ConcordantCarrier(connection, start with { Initializer = initializer });
        var usual = RandomCarrier.Distribution(initializer, connection.Weight);
        var drawn = usual with { Gain = usual.Gain * values.Of(FeedbackOptions.Scale) };
        return values.Of(FeedbackOptions.Rank) is > 0 and var rank ? new FactoredCarrier(connection, rank, drawn)
            : values.Of(s_shape) && connection is ConvolutionConnection convolution ? new DenseCarrier(convolution, drawn)
            : new RandomCarrier(connection, drawn);
    }

    private static Option<T> OfDraw<T>(Option<T> option) => option.When(values => values.Of(s_start) is null, "feedback.start=random");
}
