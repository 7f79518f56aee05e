using Concord.Networks;

namespace Concord.Diagnostics;

/// <summary>How a rule's signal at one port relates to the true gradient there, over one batch.</summary>
/// <param name="Port">The port's name.</param>
/// <param name="Cosine">Mean over samples of the cosine between the delivered signal and the true gradient; NaN if no row counts.</param>
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
    /// Share of elements of feedback and forward weights, the two that <see cref="WeightCosine"/> is between, whose signs agree: the sign
    /// concordance. A zero agrees with nothing. NaN where there is no weight cosine, and of runs of versions before it was measured.
    /// </summary>
    public double WeightAgreement { get; init; } = double.NaN;

    /// <summary>The mean cosine as an angle in degrees, 0 to 180; never folded.</summary>
    public double AngleDegrees => Degrees(Cosine);

    /// <summary>An angle from its cosine.</summary>
    public static double Degrees(double cosine) => Math.Acos(Math.Clamp(cosine, -1, 1)) * 180 / Math.PI;
}
