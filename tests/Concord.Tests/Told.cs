using Concord.Training;

namespace Concord.Tests;

/// <summary>Calls a function with each report of a run's progress, on the thread that reports it.</summary>
internal sealed class Told(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => tell(value);
}
