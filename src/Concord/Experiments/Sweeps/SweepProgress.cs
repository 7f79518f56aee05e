using Concord.Training;

namespace Concord.Experiments;

/// <summary>Where a sweep is.</summary>
/// <param name="Cell">The cell that there is something to say of.</param>
/// <param name="Training">Where its run is; null once it is finished or has failed.</param>
/// <param name="Done">The share of all work that is done, 0 to 1.</param>
public sealed record SweepProgress(SweepCell Cell, TrainingProgress? Training, double Done);
