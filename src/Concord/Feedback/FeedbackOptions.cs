using Concord.Layers;
using Concord.Options;

namespace Concord.Feedback;

/// <summary>
/// Options that rules of several families have. A key means the same in all of them; a rule's page says what that is there.
/// </summary>
internal static class FeedbackOptions
{
    public static Option<Initializer?> Init { get; } = new("feedback.init", OptionType.Choice(Draws()), otherwise: (Initializer?)null,
        "Distribution that B or its magnitudes are drawn from; as-weight for that of the weight.");

    public static Option<double> Scale { get; } = new("feedback.scale", OptionType.Number(0), 1,
        "Factor on the feedback that is drawn. Under usf it is the magnitude itself; there 0 stands for the standard deviation of "
            + "the draw.");

    public static Option<double> Threshold { get; } = new("feedback.threshold", OptionType.Number(0), 0,
        "Smallest size that counts: of W - B where weights are copied in parts, of the error in ternary-dfa.");

    public static Option<int> Rank { get; } = new("feedback.rank", OptionType.Whole(), 0,
        "Rank of a feedback matrix in two factors; 0 for a matrix in one piece.");

    public static Option<bool> AsReleased { get; } = new("feedback.asReleased", OptionType.Flag, false,
        "Do as the authors' released code: direct rules sum the error over the batch, kolen-pollack leaves B out of the decay.");

    private static Dictionary<string, Initializer?> Draws() => new(
        Initializer.ByName.Where(entry => entry.Key != "zero")
            .Select(entry => KeyValuePair.Create(entry.Key, (Initializer?)entry.Value))) { ["as-weight"] = null };
}
