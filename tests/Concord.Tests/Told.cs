using Concord.Training;

namespace Concord.Tests;

/// <summary>Has a function hear how far a run is, at once and on the run's own thread.</summary>
internal sealed class Told(Action<TrainingProgress> tell) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => tell(value);
}
