using Concord.Feedback;
using Concord.Numerics;

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
public sealed record MirrorOptions(Noise Noise, int Rows, double Rate, bool Sum, double Decay, bool Centre, bool Rescale, int Steps, int Every, Activation Output)
{
    private const string RateKey = "mirror.rate", SumKey = "mirror.sum";

    /// <summary>Options as a run has them that was begun when every rate was of the sum.</summary>
    internal static IReadOnlyDictionary<string, string> OfRun(IReadOnlyDictionary<string, string> options) =>
        options.ContainsKey(RateKey) && !options.ContainsKey(SumKey) ? new Dictionary<string, string>(options) { [SumKey] = "true" } : options;

    /// <summary>
    /// Reads them. <c>mirror.asReleased</c> gives the others the defaults of the released code: uniform noise of 0.1 (U[0, 1] - 0.5), logistic outputs, no centring,
    /// and no rescaling, for the loop that should keep B from growing there rebinds its own variable.
    /// </summary>
    internal static MirrorOptions Read(RuleOptions options)
    {
        var released = options.Flag("mirror.asReleased", false);
        var sum = options.Flag(SumKey, released);
        return new(
            new(options.Choice("mirror.noise", released ? "uniform" : "normal", new Dictionary<string, bool> { ["normal"] = true, ["uniform"] = false }), options.Number("mirror.std", released ? 0.1 / Math.Sqrt(12) : 1, least: 0)),
            options.Whole("mirror.batch", 128, least: 1),
            options.Number(RateKey, released ? 0.01 : sum ? 0.0002 : 0.0256, least: 0), sum,
            options.Number("mirror.decay", 0, least: 0),
            options.Flag("mirror.centre", !released),
            options.Flag("mirror.rescale", !released),
            options.Whole("mirror.steps", released ? 468 : 200),
            options.Whole("mirror.every", 1),
            options.Choice("mirror.output", released ? "logistic" : "identity", new Dictionary<string, Activation> { ["identity"] = new(ActivationKind.Identity), ["logistic"] = new(ActivationKind.Logistic) }));
    }
}
