namespace Concord.Experiments;

/// <summary>
/// A number for each kind of figure, in its unit: how far ours may lie from the published one, or how far runs lie from each other.
/// </summary>
/// <param name="Points">Of an accuracy or error, in percentage points.</param>
/// <param name="Cosine">Of a cosine.</param>
/// <param name="Degrees">Of an angle.</param>
/// <param name="Rank">Of an effective rank.</param>
/// <param name="Concordance">Of a share of signs that agree.</param>
/// <param name="Cka">Of a linear CKA.</param>
/// <param name="Ratio">Of a saving, a transport, an error of feedback or a rate of decay, as a share of it: figures are printed to three
/// places or so.
/// A count must be exact.</param>
/// <param name="Loss">Of a mean loss.</param>
/// <param name="Spikes">Of the mean number of spikes of a neuron in a sample; of more than one spike, as a share of them.</param>
public sealed record ReproductionTolerance(double Points = 1, double Cosine = 0.03, double Degrees = 1.5, double Rank = 0.5,
    double Concordance = 0.03, double Cka = 0.05, double Ratio = 0.001, double Loss = 0.05, double Spikes = 0.1)
{
    /// <summary>Nothing is known.</summary>
    internal static ReproductionTolerance Unknown { get; } = new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN,
        double.NaN, double.NaN, double.NaN, double.NaN);

    internal double Of(PublishedFigure figure) => figure.Quantity switch
    {
        FigureQuantity.TestLoss => Loss,
        FigureQuantity.SpikesPerNeuron => Spikes * double.MaxNumber(1, figure.Value),
        FigureQuantity.Cosine => Cosine,
        FigureQuantity.GateAngle or FigureQuantity.WeightAngle or FigureQuantity.LocalAngle => Degrees,
        FigureQuantity.SignalRank => Rank,
        FigureQuantity.Concordance => Concordance,
        _ when figure.IsCka => Cka,
        _ when figure.Trials is { } trials => trials.Measures[figure.Port].Allowed(this, figure.Value),
        FigureQuantity.Cost => 0,
        FigureQuantity.Saving or FigureQuantity.Transport or FigureQuantity.FeedbackError or FigureQuantity.Energy
            => Ratio * figure.Value,
        _ => Points,
    };
}
