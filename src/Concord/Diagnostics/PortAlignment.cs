using Concord.Networks;

namespace Concord.Diagnostics;

/// <summary>How a rule's signal at one port relates to the true gradient there, over one batch.</summary>
/// <param name="Port">The port's name.</param>
/// <param name="Cosine">Mean over samples of the cosine between the delivered signal and the true gradient; NaN if no row counts, or it is
/// void (<see cref="IsVoid"/>).</param>
/// <param name="SampleStd">Its standard deviation over samples (n - 1).</param>
/// <param name="ZeroRows">Samples where either vector is zero: left out of every mean, never set to 1.</param>
/// <param name="LocalCosine">
/// The same one hop up only: against what the exact derivative makes of the signal that the RULE delivered on the block above.
/// </param>
/// <param name="WeightCosine">
/// Between feedback and forward weights: B and W of the connection above (chain rules), or D and the product of all forward
/// weights above (direct rules). NaN where there is none.
/// </param>
/// <param name="SignAgreement">Share of elements whose signs agree.</param>
/// <param name="NormRatio">Mean over samples of |signal| / |true gradient|.</param>
/// <param name="GateCosine">As Cosine, at the pre-activation, with f' in both vectors, or in the true one alone where the block learns
/// without a derivative; NaN unless asked for.</param>
/// <param name="Quantiles">Of the cosine over samples.</param>
/// <param name="SignalRank">Effective rank of the delivered signal, samples by units (<see cref="EffectiveRank"/>);
/// NaN unless asked for.</param>
/// <param name="TrueRank">That of the true gradient; NaN unless asked for.</param>
public sealed record PortAlignment(
    string Port, double Cosine, double SampleStd, int ZeroRows, double LocalCosine, double WeightCosine, double SignAgreement,
    double NormRatio, double GateCosine, CosineQuantiles Quantiles, double SignalRank, double TrueRank)
{
    /// <summary>
    /// The least norm of a reference that a cosine is a figure with: 1e-7 (Hao, Wan, Zhai 2026). What is compared is void where the mean
    /// over the samples of the true gradient's norm, |dLoss_n/dx_n| of each sample n by itself and not divided by the batch, lies under it.
    /// <para>The mean decides for the port, and no sample is void by itself: of a network that answers most samples surely, most gradients
    /// are tiny for a good reason, the others keep the mean up, and leaving samples out would choose by how well they are answered. Samples
    /// whose gradient is zero count in the mean of norms, so that a gradient of zeros alone is void; they have no cosine.</para>
    /// </summary>
    public const double VoidBelow = 1e-7;

    /// <summary>What stands in tables in a void figure's place.</summary>
    public const string VoidWord = "VOID";

    /// <summary>What that means, in a sentence to stand below them.</summary>
    public static string VoidMeaning { get; } = FormattableString.Invariant($"{VoidWord}: the true gradient there is too small to be ")
        + FormattableString.Invariant($"compared with, its mean norm over the samples under {VoidBelow:g}.");

    /// <summary>
    /// Mean over all samples of the true gradient's norm at the port; NaN where no signal is delivered, and of runs of versions before it
    /// was measured.
    /// </summary>
    public double TrueNorm { get; init; } = double.NaN;

    /// <summary>
    /// Mean cosine between the directions of the true gradient in different batches: of the samples' gradients g_n the mean m over each of
    /// some batches as large as those of training, and of these the mean of m_a . m_b / (|m_a| |m_b|) over all pairs a, b. Near 0 each
    /// batch asks for something else; near 1 one direction that all samples share outweighs what tells them apart, and a signal is well
    /// aligned by having it. After the third diagnostic of Hao, Wan, Zhai 2026, whose own formula is not at hand. NaN where it is void or
    /// was not measured, as on fewer than two batches.
    /// </summary>
    public double BatchCosine { get; init; } = double.NaN;

    /// <summary>The cosine between batches over which the paper calls a gradient dominated by drift.</summary>
    public const double DriftAbove = 0.3;

    /// <summary>
    /// Whether all that is compared with the true gradient is void, NaN then: cosine and its quantiles, agreement of signs, ratio of norms.
    /// </summary>
    public bool IsVoid { get; init; }

    /// <summary>Whether the local cosine is void: what it is compared with has such a norm.</summary>
    public bool IsLocalVoid { get; init; }

    /// <summary>Whether the cosine at the pre-activation is void: the true gradient there, behind f', has such a norm.</summary>
    public bool IsGateVoid { get; init; }

    /// <summary>
    /// Share of elements of feedback and forward weights, the two that <see cref="WeightCosine"/> is between, whose signs agree: the sign
    /// concordance. A zero agrees with nothing. NaN where there is no weight cosine, and of runs of versions before it was measured.
    /// </summary>
    public double WeightAgreement { get; init; } = double.NaN;

    /// <summary>
    /// Of direct feedback: cosine between D and J, the mean over the samples of the derivative of the outputs by the port
    /// (<see cref="MeanJacobian"/>). NaN unless asked for, for other rules, and where batch norms mix the samples.
    /// </summary>
    public double FeedbackCosine { get; init; } = double.NaN;

    /// <summary>|D - J|^2 / |J|^2, measured: lag and variance together.</summary>
    public double FeedbackError { get; init; } = double.NaN;

    /// <summary>
    /// Of feedback that averages estimates G, each of a training batch: the part of <see cref="FeedbackError"/> that is there because
    /// estimates vary. It is E|G - J|^2 / |J|^2 of one sample, measured on the samples' own directions, times
    /// <see cref="TrainingBatches.VarianceLeft"/>. NaN for other feedback, and where the samples share their directions.
    /// </summary>
    public double FeedbackVariance { get; init; } = double.NaN;

    /// <summary>
    /// The rest of it: the square of how far the average is behind J, which moves with the weights. A bias. Both parts are
    /// estimates, so that a lag near zero may come out a little below.
    /// </summary>
    public double FeedbackLag => FeedbackError - FeedbackVariance;

    /// <summary>The mean cosine as an angle in degrees, 0 to 180; never folded.</summary>
    public double AngleDegrees => Degrees(Cosine);

    /// <summary>An angle from its cosine.</summary>
    public static double Degrees(double cosine) => Math.Acos(Math.Clamp(cosine, -1, 1)) * 180 / Math.PI;
}
