namespace Concord.Experiments;

/// <summary>What was found of a cell by a trial for which no network is trained on data: a line of a table.</summary>
/// <param name="Cell">The rule, its options and the seed.</param>
public abstract record TrialRow(ExperimentCell Cell)
{
    /// <summary>The line, as it is shown.</summary>
    public abstract IReadOnlyList<string> Figures { get; }
}
