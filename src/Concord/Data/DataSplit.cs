namespace Concord.Data;

/// <summary>The three parts of an experiment: views of one data set that share no sample.</summary>
/// <param name="Train">What is learned from, and normalised by.</param>
/// <param name="Validation">What choices are made by; may be empty.</param>
/// <param name="Test">What is scored once, at the end.</param>
public sealed record DataSplit(Samples Train, Samples Validation, Samples Test)
{
    /// <summary>The three sizes, as in <c>8000 train, 1000 validation, 2000 test</c>.</summary>
    public override string ToString() => $"{Train.Count} train, {Validation.Count} validation, {Test.Count} test";
}
