using Concord.Networks;

namespace Concord.Rules;

/// <summary>
/// What a plan refuses because of what an activity is. Rules that compare activities, or differentiate along directions, take a row of
/// numbers for each sample, which change by degrees. Numbers of spikes do not change so, and with time steps there is a row for each step.
/// Signals that go down through the layers, and errors that arrive in one hop by a matrix, have a meaning in both.
/// </summary>
/// <param name="Network">What the rule cannot train.</param>
/// <param name="Instead">Rules that can.</param>
/// <param name="Tangents">Why not, where it carries tangents.</param>
/// <param name="SecondPass">Where it compares two passes.</param>
/// <param name="Losses">Where its blocks have losses of their own.</param>
/// <param name="Products">Where it learns by products of signals and inputs.</param>
/// <param name="Networks">Where it has networks of its own.</param>
/// <param name="Targets">Where activities have targets.</param>
internal sealed record ActivityRefusals(
    string Network, string Instead, string Tangents, string SecondPass, string Losses, string Products, string Networks, string Targets)
{
    private static readonly ActivityRefusals s_spikes = new("a spiking network",
        "one whose signals go down with the spikes (backprop, fa, usf, fbp), or a direct one (dfa, sparse-dfa, sfdfa)",
        "it carries tangents, and numbers of spikes have no derivative",
        "it compares two passes over a batch, and the walk down is that of one",
        "it learns from losses of activities as numbers", "it learns without a derivative, by products of signals and inputs",
        "it has networks of its own, which take numbers", "its targets are activities as numbers");

    private static readonly ActivityRefusals s_steps = new("a network with time steps",
        "one whose signals go down through the layers (backprop, fa, usf, fbp, kolen-pollack), or dfa",
        "it carries tangents of a sample, not of its steps", "it compares two passes, sample by sample",
        "its losses at hidden blocks compare samples, not steps",
        "it learns without a derivative, by products of a signal and an input of a sample",
        "it has networks of its own, which take samples", "its targets are those of a sample, not of its steps");

    /// <summary>Refuses what cannot be carried out.</summary>
    /// <exception cref="ConcordException">There is such a thing.</exception>
    public static void Check(Plan plan)
    {
        if (plan.Network.IsSpiking)
        {
            s_spikes.Check(plan, declared => declared.Tangents is { PassesSpikes: false }, (_, _) => null);
            CheckCarriers(plan);
        }
        if (plan.Network.HasTime) s_steps.Check(plan, declared => declared.Tangents is not null, LearnsFeedback);
    }

    private void Check(Plan plan, Func<Declaration, bool> carriesTangents, Func<Plan, Port, string?> other)
    {
        foreach (var port in plan.Network.Ports.Skip(plan.Frozen))
        {
            var declared = plan.DeclarationAt(port);
            var obstacle = carriesTangents(declared) ? Tangents
                : (declared.All & Needs.SecondPass) != 0 ? SecondPass
                : plan.RouteAt(port) == Route.Here && declared.Rule.Online is null ? Losses
                : plan.CorrelatesAt(port) ? Products
                : plan.Networks.Count > 0 ? Networks
                : declared.Rule is TargetRule ? Targets   // over one hidden layer it has no network
                : other(plan, port);
            if (obstacle is not null)
                throw new ConcordException($"The rule {declared.Rule.Name} cannot train {Network}: {obstacle}. Use {Instead}.");
        }
    }

    private static string? LearnsFeedback(Plan plan, Port port) => plan.RouteAt(port).Source is { IsOutput: true }
        && (plan.DeclarationAt(port).All & (Needs.Activation | Needs.Update | Needs.TrueGradient)) != 0
            ? "its feedback learns from samples" : null;

    private static void CheckCarriers(Plan plan)
    {
        foreach (var connection in plan.Crossed)
            if (plan.CarrierOf(connection) is { IsInPlace: false } carrier)
                throw new ConcordException($"The feedback in the place of {connection.Weight.Name} ({carrier.Description}) is another kind "
                    + $"of map than the weight; spikes cross a matrix of its shape, {connection.Weight.Shape}. "
                    + "Leave out feedback.rank and feedback.shape.");
    }
}
