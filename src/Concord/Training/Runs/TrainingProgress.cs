namespace Concord.Training;

/// <summary>Where a run is, some ten times a second.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Of the run.</param>
/// <param name="Fraction">Of the epoch, 0 to 1.</param>
/// <param name="Loss">Mean training loss of the epoch so far.</param>
/// <param name="Accuracy">Training accuracy of the epoch so far; NaN where there are no classes.</param>
/// <param name="SamplesPerSecond">Of the epoch so far.</param>
/// <param name="Finished">The epoch's metrics, once it is done.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, double Fraction, double Loss, double Accuracy, double SamplesPerSecond,
    EpochMetrics? Finished)
{
    /// <summary>Of the epoch so far.</summary>
    public Score Score => new(Accuracy, Loss);

    /// <summary>What the run is at while it is not training yet; else null.</summary>
    public Preparation? Preparing { get; init; }

    /// <summary>Something that people should know, in one line; null for nothing.</summary>
    public string? Notice { get; init; }
}

/// <summary>What comes before a run's first step and may take long.</summary>
/// <param name="What">What it is, for people.</param>
/// <param name="Share">How much of it is done, 0 to 1.</param>
public sealed record Preparation(string What, double Share);
