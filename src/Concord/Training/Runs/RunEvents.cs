using Concord.Interchange;

namespace Concord.Training;

/// <summary>What TensorBoard is told of a run: an event an epoch, whose step is the epoch's number.</summary>
internal static class RunEvents
{
    /// <summary>The scalars of an epoch.</summary>
    public static void Append(this EventFile file, EpochMetrics epoch) => file.Append(epoch.Epoch,
    [
        ("loss/train", epoch.TrainLoss), ("loss/validation", epoch.ValidationLoss),
        ("accuracy/train", epoch.TrainAccuracy), ("accuracy/validation", epoch.ValidationAccuracy),
        ("learning-rate", epoch.LearningRate), ("seconds", epoch.Seconds),
        .. epoch.Alignment.Select(port => ($"alignment/{port.Port}/cosine", port.Cosine)),
    ]);
}
