using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Makes a network and a rule anew for whoever needs a pair that no run uses: what a step takes is recorded on one, because a recorded step
/// moves the counters of feedback like any other.
/// </summary>
/// <param name="network">Makes the network.</param>
/// <param name="rule">Makes the rule.</param>
/// <param name="freeze">Blocks that do not learn; none where null.</param>
public sealed class Blueprint(Func<Network> network, Func<LearningRule> rule, BlockPatterns? freeze = null)
{
    /// <summary>Makes both on an engine and plans them.</summary>
    /// <exception cref="ConcordException">They do not fit.</exception>
    internal Plan PlanOn(Kernels kernels)
    {
        var made = network();
        made.Initialize(kernels, RandomStream.FromSeed(0));
        made.Freeze(freeze ?? BlockPatterns.None);
        return new(made, rule(), kernels, RandomStream.FromSeed(0));
    }
}
