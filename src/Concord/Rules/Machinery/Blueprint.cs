using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Makes a network and a rule again where a pair is needed that no run uses: what a step takes is recorded on one, because a recorded
/// step moves the counters of feedback like any other.
/// </summary>
/// <param name="network">Makes the network, another each time.</param>
/// <param name="rule">Makes the rule, another each time.</param>
/// <param name="freeze">Blocks that do not learn; none where null.</param>
public sealed class Blueprint(Func<Network> network, Func<LearningRule> rule, BlockPatterns? freeze = null)
{
    /// <summary>What a user's words describe.</summary>
    /// <param name="model">As on the command line: <c>mlp:784-1000-1000-10</c>.</param>
    /// <param name="rule">A rule, or a map of rules.</param>
    /// <param name="options">The rule's options; null for none.</param>
    /// <param name="freeze">Blocks that do not learn; none where null.</param>
    public static Blueprint Of(
        string model, string rule, IReadOnlyDictionary<string, string>? options = null, BlockPatterns? freeze = null) =>
        new(() => ModelDescription.Parse(model), () => RuleCatalogue.Create(rule, options), freeze);

    /// <summary>Time steps of a window, after each of which the weights move; null for all steps at once.</summary>
    internal int? Window { get; private init; }

    /// <summary>The same in windows of time.</summary>
    internal Blueprint InWindows(int? window) => window == Window ? this : new(network, rule, freeze) { Window = window };

    /// <summary>
    /// The same without those entries of a rule map that decide nothing: a run that was begun before they were refused goes on.
    /// </summary>
    internal Blueprint WithinItsBlocks => new(network, () => RuleMap.Within(rule(), network()), freeze) { Window = Window };

    /// <summary>Makes the network, its frozen blocks marked.</summary>
    /// <exception cref="ConcordException">It cannot be made, or blocks that do not learn are none of its own.</exception>
    public Network MakeNetwork()
    {
        var made = network();
        made.Freeze(freeze ?? BlockPatterns.None);
        return made;
    }

    /// <summary>Makes the rule.</summary>
    /// <exception cref="ConcordException">It cannot be made.</exception>
    public LearningRule MakeRule() => rule();

    /// <summary>Makes both on an engine and plans them.</summary>
    /// <exception cref="ConcordException">They do not fit.</exception>
    /// <exception cref="InvalidOperationException">The network or the rule is one that is in use.</exception>
    internal Plan PlanOn(Kernels kernels)
    {
        var made = MakeNetwork();
        if (made.Parameters.Any(parameter => parameter.IsInitialized))
            throw new InvalidOperationException("The Blueprint gave a network that is in use already: let it make another each time.");
        var another = rule();
        // it would be attached anew, and the run that uses it would go on with feedback of this plan
        if (another.InUse is { } used)
            throw new InvalidOperationException(
                $"The Blueprint gave the rule {used.Name}, which is in use already: let it make another each time.");
        made.Initialize(kernels, RandomStream.FromSeed(0));
        return new(made, another, kernels, RandomStream.FromSeed(0), Window);
    }
}
