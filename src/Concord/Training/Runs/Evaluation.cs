using Concord.Networks;

namespace Concord.Training;

/// <summary>How well a network does on some samples.</summary>
/// <param name="Loss">Mean loss per sample.</param>
/// <param name="Accuracy">Share of samples whose largest output is their class, 0 to 1; NaN where there are no classes.</param>
/// <param name="Confusion">Counts: row the true class, column the one answered; empty where there are no classes.</param>
public sealed record Evaluation(double Loss, double Accuracy, int[][] Confusion)
{
    /// <summary>The variance of real targets, summed over the outputs; NaN of classes.</summary>
    public double TargetVariance { get; init; } = double.NaN;

    /// <summary>The figure that tables show.</summary>
    public Score Score => new(Accuracy, Loss);

    /// <summary>
    /// The mean loss of the best answer that is the same for every sample: what a network that has learned nothing about its input can
    /// reach. Of real targets that is their mean, and the loss half their variance.
    /// </summary>
    internal double OfConstantAnswer(Objective objective) =>
        double.IsNaN(TargetVariance) ? objective.OfConstantAnswer(Confusion) : 0.5 * TargetVariance;
}
