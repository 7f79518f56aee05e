namespace Concord.Training;

/// <summary>
/// How well a network does on some samples, in the figure that choices are made by and tables show: the share of right answers; of data
/// without classes (<see cref="Data.Samples.HasClasses"/>), which have none, the mean loss.
/// </summary>
/// <param name="Accuracy">Share of right answers, 0 to 1; NaN where there are no classes.</param>
/// <param name="Loss">Mean loss; NaN, and accuracy as well, where there are no samples.</param>
public readonly record struct Score(double Accuracy, double Loss)
{
    /// <summary>That of no samples.</summary>
    public static Score None { get; } = new(double.NaN, double.NaN);

    /// <summary>Whether it is the loss.</summary>
    public bool IsLoss => double.IsNaN(Accuracy) && !double.IsNaN(Loss);

    /// <summary>The larger, the better; NaN where there is no score.</summary>
    public double Merit => IsLoss ? -Loss : Accuracy;
}
