using Concord.Layers;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>
/// What a plan refuses in a spiking network: what takes numbers that change by degrees, or evaluates layers by themselves, has no meaning
/// where spikes pass.
/// </summary>
internal static class SpikeRefusals
{
    /// <summary>Refuses what cannot be carried out.</summary>
    /// <exception cref="ConcordException">There is such a thing.</exception>
    public static void Check(Plan plan)
    {
        foreach (var port in plan.Network.Ports.Skip(plan.Frozen))
            if (Obstacle(plan, port) is { } obstacle)
                throw new ConcordException($"The rule {plan.DeclarationAt(port).Rule.Name} cannot train a spiking network: {obstacle}. "
                    + "Use one whose signals go down with the spikes (backprop, fa, usf, fbp), or a direct one (dfa, sparse-dfa, sfdfa).");
        foreach (var connection in plan.Crossed)
            if (plan.CarrierOf(connection) is { IsInPlace: false } carrier)
                throw new ConcordException($"The feedback in the place of {connection.Weight.Name} ({carrier.Description}) is another kind "
                    + $"of map than the weight; spikes cross a matrix of its shape, {connection.Weight.Shape}. "
                    + "Leave out feedback.rank and feedback.shape.");
    }

    private static string? Obstacle(Plan plan, Port port)
    {
        var declared = plan.DeclarationAt(port);
        return declared.Tangents is { PassesSpikes: false } ? "it carries tangents, and numbers of spikes have no derivative"
            : (declared.All & Needs.SecondPass) != 0 ? "it compares two passes over a batch, and the walk down is that of one"
            : plan.RouteAt(port) == Route.Here ? "it learns from losses of activities as numbers"
            : plan.CorrelatesAt(port) ? "it learns without a derivative, by products of signals and inputs"
            : plan.Networks.Count > 0 ? "it has networks of its own, which take numbers" : null;
    }
}
