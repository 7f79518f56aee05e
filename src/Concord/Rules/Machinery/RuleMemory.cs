namespace Concord.Rules;

/// <summary>What the rules of a run have of their own besides feedback tensors.</summary>
internal sealed class RuleMemory
{
    public List<RecurringWork> Recurring { get; } = [];

    public List<ParameterGroup> Groups { get; } = [];

    public List<OwnNetwork> Networks { get; } = [];
}
