using Concord.Networks;

namespace Concord.Rules;

/// <summary>
/// What a plan refuses in a network with time steps. Signals that go down through the layers, and errors that arrive in one hop by a
/// matrix, have a meaning at each step; what else rules compare is a row for each sample, not one for each step.
/// </summary>
internal static class TimeRefusals
{
    /// <summary>Refuses what cannot be carried out.</summary>
    /// <exception cref="ConcordException">There is such a thing.</exception>
    public static void Check(Plan plan)
    {
        foreach (var port in plan.Network.Ports.Skip(plan.Frozen))
            if (Obstacle(plan, port) is { } obstacle)
                throw new ConcordException($"The rule {plan.DeclarationAt(port).Rule.Name} cannot train a network with time steps: "
                    + $"{obstacle}. Use one whose signals go down through the layers (backprop, fa, usf, fbp, kolen-pollack), or dfa.");
    }

    private static string? Obstacle(Plan plan, Port port)
    {
        var declared = plan.DeclarationAt(port);
        var rule = declared.Rule;
        return declared.Tangents is not null ? "it carries tangents of a sample, not of its steps"
            : (declared.All & Needs.SecondPass) != 0 ? "it compares two passes, sample by sample"
            : plan.RouteAt(port) == Route.Here ? "its losses at hidden blocks compare samples, not steps"
            : plan.CorrelatesAt(port) ? "it learns without a derivative, by products of a signal and an input of a sample"
            : plan.Networks.Count > 0 ? "it has networks of its own, which take samples"
            : plan.RouteAt(port).Source is { IsOutput: true }
                && (declared.All & (Needs.Activation | Needs.Update | Needs.TrueGradient)) != 0 ? "its feedback learns from samples" : null;
    }
}
