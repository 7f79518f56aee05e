namespace Concord.Training;

/// <summary>A <see cref="Score"/> over several seeds.</summary>
/// <param name="Accuracy">Shares of right answers, 0 to 1.</param>
/// <param name="Loss">Mean losses.</param>
public sealed record SeedScore(SeedStatistic Accuracy, SeedStatistic Loss)
{
    /// <summary>That of some runs.</summary>
    /// <param name="scores">One a seed.</param>
    public static SeedScore Of(IReadOnlyList<Score> scores) =>
        new(new([.. scores.Select(score => score.Accuracy)]), new([.. scores.Select(score => score.Loss)]));

    /// <summary>Whether the loss is shown, because there are no classes.</summary>
    public bool IsLoss => Accuracy.Count == 0 && Loss.Count > 0;

    /// <summary>What is shown: accuracy or loss.</summary>
    public SeedStatistic Shown => IsLoss ? Loss : Accuracy;

    /// <summary>What that is called.</summary>
    public string Word => IsLoss ? "loss" : "accuracy";

    /// <summary>What a figure is multiplied by where it is shown: 100 of an accuracy, in per cent, and 1 of a loss.</summary>
    public double Scale => IsLoss ? 1 : 100;

    /// <summary>How many standard deviations of the difference this is better than another by.</summary>
    public double StandardDeviationsAbove(SeedScore other) =>
        IsLoss ? other.Loss.StandardDeviationsAbove(Loss) : Accuracy.StandardDeviationsAbove(other.Accuracy);
}
