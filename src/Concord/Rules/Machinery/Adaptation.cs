using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// What moves besides the weights, after the optimizer's step: parameters of the rule's own, and feedback, as far as it is due.
/// Made by the plan (<see cref="Plan.Adaptation"/>).
/// </summary>
public sealed class Adaptation
{
    private readonly Plan _plan;
    private readonly ParameterGroup[] _groups;
    private readonly RecurringWork[] _recurring;

    internal Adaptation(Plan plan, RuleMemory own) => (_plan, _groups, _recurring) = (plan, [.. own.Groups], [.. own.Recurring]);

    /// <summary>
    /// Moves the feedback after the weights have moved, as far as it is due; before it,
    /// parameters of the rule's own that have not moved by themselves.
    /// </summary>
    /// <param name="update">The step that the weights made.</param>
    public void Adapt(Update update)
    {
        AdaptRules(update);
        foreach (var work in _recurring)
            if (work.IsDue(update.Steps)) Do(work, update);
    }

    /// <summary>Does once all that the rule ever does after a step, due or not.</summary>
    /// <param name="update">A step that is taken for the last of so many.</param>
    internal void AdaptEach(Func<int, Update> update)
    {
        AdaptRules(update(1));
        foreach (var work in _recurring)
            if (work.Period > 0) Do(work, update(work.Period));
    }

    /// <summary>Makes the optimizers of the rule's own parameters.</summary>
    internal void Start(OptimizerSettings run)
    {
        foreach (var group in _groups) group.Start(run, _plan.Kernels);
    }

    /// <summary>Begins a training step.</summary>
    /// <param name="rate">The learning rate of the weights.</param>
    internal void Begin(double rate)
    {
        foreach (var group in _groups) group.Begin(rate);
    }

    private void AdaptRules(Update update)
    {
        using var _ = new WorkScope(update.Kernels, Phase.Adaptation, Objective.BlockName);
        foreach (var group in _groups) group.Step();
        foreach (var declared in _plan.Declarations) declared.Rule.Adapt(declared.ViewOf(update));
    }

    private void Do(RecurringWork work, Update update) => work.Do(_plan.DeclarationAt(work.Port).ViewOf(update));
}
