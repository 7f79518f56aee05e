namespace Concord.Training;

/// <summary>Alignment at one port, over seeds.</summary>
/// <param name="Port">The port's name.</param>
/// <param name="Cosine">Each seed's mean over samples.</param>
public sealed record PortStatistic(string Port, SeedStatistic Cosine)
{
    /// <summary>
    /// Each seed's cosine of feedback and forward weights, the two that <see cref="Diagnostics.PortAlignment.WeightCosine"/> is between.
    /// </summary>
    public SeedStatistic WeightCosine { get; init; } = new([]);

    /// <summary>The mean cosine as an angle in degrees; never folded.</summary>
    public double AngleDegrees => Diagnostics.PortAlignment.Degrees(Cosine.Mean);
}
