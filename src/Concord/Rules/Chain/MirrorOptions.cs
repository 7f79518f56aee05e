using Concord.Feedback;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>How a weight mirror learns.</summary>
/// <param name="Noise">x.</param>
/// <param name="Rows">Samples of noise a mirror step, N.</param>
/// <param name="Rate">eta.</param>
/// <param name="Sum">Whether eta is of the sum over responses, and not of their mean.</param>
/// <param name="Decay">lambda.</param>
/// <param name="Centre">Whether the batch's mean is taken from y.</param>
/// <param name="Rescale">Whether B keeps the norm it starts with.</param>
/// <param name="Steps">Mirror steps before the first training step.</param>
/// <param name="Every">A mirror step follows on every so many training steps; 0 for none.</param>
/// <param name="Output">phi of the network's last layer in mirror mode, which has no activation of its own.</param>
public sealed record MirrorOptions(
    Noise Noise, int Rows, double Rate, bool Sum, double Decay, bool Centre, bool Rescale, int Steps, int Every, Activation Output)
{
    private static readonly Option<bool> s_asReleased = new("mirror.asReleased", OptionType.Flag, false,
        "Give the other options the defaults of the authors' released code: uniform noise, logistic outputs, no centring, no rescaling.");

    private static readonly Option<bool> s_sum = new("mirror.sum", OptionType.Flag, values => values.Of(s_asReleased),
        "Whether the rate is that of the sum over responses, not of their mean.");

    private static readonly Option<bool> s_noise = new("mirror.noise", OptionType.Choice(Noise.IsNormalByName),
        values => !values.Of(s_asReleased), "Distribution of the noise.");

    private static readonly Option<double> s_std = new("mirror.std", OptionType.Number(0),
        values => values.Of(s_asReleased) ? 0.1 / Math.Sqrt(12) : 1, "Standard deviation of the noise.");

    private static readonly Option<int> s_batch = new("mirror.batch", OptionType.Whole(1), 128, "Samples of noise per mirror step.");

    private static readonly Option<double> s_rate = new("mirror.rate", OptionType.Number(0),
        values => values.Of(s_asReleased) ? 0.01 : values.Of(s_sum) ? 0.0002 : 0.0256, "Learning rate of B.");

    private static readonly Option<double> s_decay = new("mirror.decay", OptionType.Number(0, 1), 0,
        "Share of B that each mirror step takes away.");

    private static readonly Option<bool> s_centre = new("mirror.centre", OptionType.Flag, values => !values.Of(s_asReleased),
        "Whether the mean over the batch is subtracted from the responses.");

    private static readonly Option<bool> s_rescale = new("mirror.rescale", OptionType.Flag, values => !values.Of(s_asReleased),
        "Whether B keeps the norm that it starts with.");

    private static readonly Option<int> s_steps = new("mirror.steps", OptionType.Whole(), values => values.Of(s_asReleased) ? 468 : 200,
        "Mirror steps before the first training step.");

    private static readonly Option<int> s_every = new("mirror.every", OptionType.Whole(), 1,
        "Training steps from one mirror step to the next; 0 for none.");

    private static readonly Activation s_identity = new(ActivationKind.Identity), s_logistic = new(ActivationKind.Logistic);

    private static readonly Option<Activation> s_output = new("mirror.output",
        OptionType.Choice(new Dictionary<string, Activation> { ["identity"] = s_identity, ["logistic"] = s_logistic }),
        values => values.Of(s_asReleased) ? s_logistic : s_identity,
        "Activation of the last layer in mirror mode, where it has none of its own.");

    /// <summary>
    /// The options as they are declared. In the released code nothing keeps B from growing: the loop that should rebinds its own variable.
    /// </summary>
    internal static IReadOnlyList<Option> Declared { get; } =
        [s_asReleased, s_sum, s_noise, s_std, s_batch, s_rate, s_decay, s_centre, s_rescale, s_steps, s_every, s_output];

    internal MirrorOptions(OptionValues values) : this(
        new(values.Of(s_noise), values.Of(s_std)), values.Of(s_batch), values.Of(s_rate), values.Of(s_sum), values.Of(s_decay),
        values.Of(s_centre), values.Of(s_rescale), values.Of(s_steps), values.Of(s_every), values.Of(s_output))
    {
    }

    /// <summary>Options as a run has them that was begun when every rate was of the sum.</summary>
    internal static IReadOnlyDictionary<string, string> OfRun(IReadOnlyDictionary<string, string> options) =>
        options.ContainsKey(s_rate.Key) && !options.ContainsKey(s_sum.Key)
            ? new Dictionary<string, string>(options) { [s_sum.Key] = "true" } : options;
}
