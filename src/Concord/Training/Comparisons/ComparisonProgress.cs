namespace Concord.Training;

/// <summary>Where a comparison is.</summary>
/// <param name="Settings">Of the present run: rule, seed, learning rate.</param>
/// <param name="Run">Its number, from 1.</param>
/// <param name="Runs">How many there will be in all.</param>
/// <param name="Tuning">Whether it only serves to choose the learning rate.</param>
/// <param name="Training">Where the present run is; null once per rule is done.</param>
/// <param name="Finished">A rule's outcome, once all its seeds are done.</param>
public sealed record ComparisonProgress(RunSettings Settings, int Run, int Runs, bool Tuning, TrainingProgress? Training,
    RuleOutcome? Finished);
