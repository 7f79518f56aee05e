namespace Concord.Experiments;

/// <summary>One way to run a reproduction.</summary>
/// <param name="Name"><c>quick</c> or <c>full</c>.</param>
/// <param name="Experiment">The runs.</param>
/// <param name="Minutes">About how long they take on two cores; NaN if the file does not say.</param>
/// <param name="Reason">Why its figures may differ from the published ones; empty if no reason is known.</param>
public sealed record ReproductionPlan(string Name, ExperimentFile Experiment, double Minutes, string Reason);
