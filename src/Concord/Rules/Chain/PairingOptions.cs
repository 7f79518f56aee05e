using Concord.Options;
using Concord.Spiking;

namespace Concord.Rules;

/// <summary>How spikes align feedback with a weight.</summary>
/// <param name="Settings">Neurons, noise and learning.</param>
/// <param name="Seconds">Biological time of a calibration.</param>
/// <param name="Before">Calibrations before the first training step.</param>
/// <param name="Every">A calibration follows on every so many training steps; 0 for none.</param>
public sealed record PairingOptions(ReciprocalSettings Settings, double Seconds, int Before, int Every)
{
    private const double Milliseconds = 1000;

    private static readonly Option<double>
        s_rate = new("sal.rate", OptionType.Number(0), 0.01, "Learning rate of B, for each pair of spikes."),
        s_trace = new("sal.tau", OptionType.NumberAbove(0), 10, "How long a spike is remembered, time constant in milliseconds."),
        s_gain = new("sal.gain", OptionType.NumberAbove(0), 1,
            "Current of a spike for each unit of the weight it crosses; a lasting current of 1 would take a neuron to its threshold."),
        s_drive = new("sal.drive", OptionType.Number(), 0.7, "Mean current from outside; at 1 neurons fire without noise."),
        s_deviation = new("sal.std", OptionType.NumberAbove(0), 0.22,
            "Standard deviation that the noise would give the potential of a neuron without threshold.");

    private static readonly Option<double> s_noise = new("sal.noise", OptionType.Choice(new Dictionary<string, double>
        { ["ornstein-uhlenbeck"] = ReciprocalSettings.UsualCorrelation, ["white"] = 0 }), ReciprocalSettings.UsualCorrelation,
        "Noise of each neuron: with a memory of 10 milliseconds, or without.");

    private static readonly Option<PlasticSide> s_plastic = new("sal.plastic", OptionType.Choice(new Dictionary<string, PlasticSide>
        { ["feedback"] = PlasticSide.Feedback, ["forward"] = PlasticSide.Forward, ["both"] = PlasticSide.Both }), PlasticSide.Feedback,
        "Which weights learn from spikes; in a network only feedback can, for its weights belong to the optimizer.");

    private static readonly Option<bool>
        s_closed = new("sal.closed", OptionType.Flag, true, "Whether B drives the lower neurons; if not, nothing stops its growth."),
        s_antiHebbian = new("sal.antiHebbian", OptionType.Flag, true,
            "Whether B has the anti-Hebbian half of the rule; without it B runs away.");

    private static readonly Option<double> s_seconds = new("sal.seconds", OptionType.Number(0.001, 1e6), 300,
        "Biological time of a calibration, seconds.");

    private static readonly Option<int>
        s_before = new("sal.before", OptionType.Whole(), 1, "Calibrations before the first training step."),
        s_every = new("sal.every", OptionType.Whole(), 400, "Training steps from one calibration to the next; 0 for none.");

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } =
    [
        s_rate, s_trace, s_gain, s_drive, s_deviation, s_noise, s_plastic, s_closed, s_antiHebbian, s_seconds, s_before, s_every,
    ];

    internal PairingOptions(OptionValues values) : this(
        new(values.Of(s_rate), values.Of(s_trace), values.Of(s_gain), values.Of(s_drive), values.Of(s_deviation), values.Of(s_noise),
            values.Of(s_plastic), values.Of(s_closed), values.Of(s_antiHebbian)),
        values.Of(s_seconds), values.Of(s_before), values.Of(s_every))
    {
    }

    /// <summary>Steps of a calibration.</summary>
    internal long Steps => (long)Math.Round(Seconds * Milliseconds);

    /// <summary>Biological time that has gone into calibrations after so many training steps, seconds.</summary>
    public double SecondsAfter(long steps) => Steps / Milliseconds * (Before + (Every > 0 ? steps / Every : 0));
}
