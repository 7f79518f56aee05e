namespace Concord.Feedback;

/// <summary>A whole number that a rule keeps from step to step, and a checkpoint with it.</summary>
public sealed class Counter
{
    /// <summary>The number.</summary>
    public long Value { get; set; }
}
