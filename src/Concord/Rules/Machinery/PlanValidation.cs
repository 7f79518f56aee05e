using Concord.Layers;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>What a plan refuses, before training: a rule and a network that do not fit together.</summary>
internal static class PlanValidation
{
    /// <summary>Refuses a network in which nothing is left to learn.</summary>
    /// <exception cref="ConcordException">All its blocks are frozen.</exception>
    public static void CheckLearning(Network network)
    {
        if (network.FrozenBlocks == network.Blocks.Count)
            throw new ConcordException("Every block of the network is frozen: nothing is left to learn. "
                + "Let one block learn at least, as the output's: leave it out of the setting freeze (--freeze).");
    }

    /// <summary>Refuses what cannot be carried out.</summary>
    /// <exception cref="ConcordException">There is such a thing.</exception>
    public static void Check(Plan plan)
    {
        CheckGroups(plan);
        ActivityRefusals.Check(plan);
        foreach (var port in Taught(plan)) CheckSource(plan, port);
        CheckTangents(plan);
        foreach (var port in Taught(plan).Where(plan.CorrelatesAt)) port.Below.CheckCorrelation();
        foreach (var port in plan.Network.Ports.SkipLast(1)) CheckArrival(plan, port);
        CheckInputChange(plan);
    }

    /// <summary>Refuses to compute activities again under a rule that needs all of them kept.</summary>
    /// <exception cref="ConcordException">The rule is such a one.</exception>
    public static void CheckRecomputation(Plan plan)
    {
        if (plan.Online is not null)
            throw new ConcordException($"Activations cannot be recomputed under {plan.Rule.Name}: {(plan.Online.Walks
                ? "it learns in windows of time (--window)" : "it learns at each time step")}, and states go on from there. "
                + "Use 'stored' (--activations stored); memory does not grow with the number of steps.");
        if (plan.Network.IsSpiking)
            throw new ConcordException("Activations of a spiking network cannot be recomputed: the walk down goes from spike to spike, as "
                + "the walk up found them. Use 'stored' (--activations stored).");
        if (Array.Find(plan.Declarations, declared => declared.Tangents is not null) is { } tangents)
            throw new ConcordException($"Activations cannot be recomputed under {tangents.Rule.Name}: its tangents need the activities "
                + "of the whole pass upward. Use 'stored' (--activations stored).");
        if (Array.Find(plan.Declarations, declared => (declared.All & Needs.SecondPass) != 0) is { } second)
            throw new ConcordException($"Activations cannot be recomputed under {second.Rule.Name}: "
                + "it passes over the batch a second time and compares the two. Use 'stored' (--activations stored).");
        foreach (var port in plan.Network.Ports.SkipLast(1).Reverse())
            if ((plan.RouteAt(port) == Route.Arriving ? port.Above!.Name
                : plan.RouteAt(port).Source is { IsOutput: false } other ? other.Name : null) is { } source)
                throw new ConcordException($"Activations cannot be recomputed under {plan.Rule.Name}: "
                    + $"the block {port.Name} waits for the signal of {source}, so all must be kept until then. "
                    + "Use 'stored' (--activations stored), or a rule whose signals come from the output, such as dfa.");
    }

    private static IEnumerable<Port> Taught(Plan plan) => plan.Network.Ports.Skip(plan.Frozen);

    private static void CheckGroups(Plan plan)
    {
        if (plan.Groups.FirstOrDefault(group => group.Parameters.Count == 0) is { } empty)
            throw new ConcordException($"The rule {plan.Rule.Name} made a group of parameters named {empty.Name} and gave it none. "
                + "Give it one at least (RuleState.Learn, RuleState.NetworkOf), or do not make it.");
    }

    // A source must have got its signal by the time it is asked for: the walk goes down. The output's is the error, which is always there.
    private static void CheckSource(Plan plan, Port port)
    {
        if (plan.RouteAt(port).Source is not { } source) return;
        var mistake = source.Index >= plan.Network.Ports.Count || plan.Network.Ports[source.Index] != source
            ? "a port of another network: take it from RuleState.Network"
            : source == port ? "itself: that is Route.Here"
            : source.Index < plan.Frozen ? "which is frozen and gets no signal"
            : source.Index < port.Index ? "which is below it and gets its signal later"
            : plan.RouteAt(source) == Route.None || (plan.RouteAt(source) == Route.Directions && !source.IsOutput) ? "which gets none"
            : null;
        if (mistake is not null)
            throw new ConcordException($"Under {plan.Rule.Name} the block {port.Name} would take its signal from {source.Name}, "
                + $"{mistake}. Choose a port above it that gets a signal.");
    }

    private static void CheckTangents(Plan plan)
    {
        foreach (var declared in plan.Declarations)
        {
            declared.Tangents?.Check(plan.Network, declared.Rule.Name);
            if ((declared.All & Needs.Input) == 0
                && declared.Tangents?.Injections.Any(injection => injection is { Port: null, Parameter: null }) == true)
                throw new ConcordException($"The rule {declared.Rule.Name} perturbs the input without having declared that it reads it. "
                    + $"Add {nameof(Needs)}.{nameof(Needs.Input)} to what NeedsAt returns for its ports.");
        }
        foreach (var port in plan.Network.Ports.Where(port => plan.RouteAt(port) == Route.Directions))
            if (plan.DeclarationAt(port).Tangents?.Injections.Any(injection => injection.Parameter is { } parameter
                && port.Below.Parameters.Contains(parameter)) != true)
                throw new ConcordException($"Under {plan.Rule.Name} the block {port.Name} would learn along directions of its weights, "
                    + $"and none is drawn in it. Let {nameof(LearningRule.Tangents)} return one, or choose another route.");
    }

    private static void CheckArrival(Plan plan, Port port)
    {
        var above = plan.Network.Ports[port.Index + 1];
        if (plan.RouteAt(port) == Route.Arriving && !plan.PassesDown(above))
            throw new ConcordException($"No signal reaches the block {port.Name} under {plan.Rule.Name}: the block {above.Name} above it "
                + $"{(plan.RouteAt(above) == Route.None ? "gets none to pass on" : "learns without passing one on")}. "
                + $"Give {port.Name} a rule of its own (a direct one, or 'shallow' to freeze it).");
    }

    private static void CheckInputChange(Plan plan)
    {
        List<LearningRule> changing =
            [.. plan.Declarations.Select(declared => declared.Rule).Where(rule => rule.ProjectionAtInput is not null)];
        if (changing.Count > 1)
            throw new ConcordException(
                $"{changing.Count} entries of the rule map {plan.Rule.Name} change the input for a second pass, and one pass "
                + $"serves all blocks. Give their blocks in one entry, the last, as in '*={changing[0].Name}': "
                + "entries before it take theirs first.");
    }
}
