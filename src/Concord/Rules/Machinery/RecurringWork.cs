using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>Work that a rule has done now and then, after the weights have moved.</summary>
/// <param name="Period">After how many steps it is done again; 0 if only at the beginning of a run.</param>
/// <param name="Port">A port of the rule's.</param>
/// <param name="Place">Where it is counted.</param>
/// <param name="Work">What is done.</param>
/// <param name="IsDue">Whether it is done after that many steps.</param>
internal sealed record RecurringWork(int Period, Port Port, string Place, Action<Update> Work, Func<long, bool> IsDue)
{
    /// <summary>Does it, due or not.</summary>
    public void Do(Update update)
    {
        using var _ = new WorkScope(update.Kernels, Phase.Adaptation, Place, Period);
        Work(update);
    }
}
