using Concord.Layers;

namespace Concord.Networks;

/// <summary>
/// The tangents that a rule asks for. A tangent is the derivative of the pass along directions that enter at the injections of one lane:
/// with v_q the directions at ports, V those of weights, x' the tangent of x,
/// <para>x'_(l) = J_l x'_(l-1) + (dx_l / dW) V_l + v_l,</para>
/// <para>carried upward with the pass, layer by layer, by the pass's own masks, with batch statistics differentiated like any other part.
/// Below the lowest injection it is zero and nothing is computed. Several lanes are carried at once, each a tangent of its own.</para>
/// </summary>
/// <param name="injections">At least one.</param>
public sealed class TangentPlan(params IReadOnlyList<Injection> injections)
{
    /// <summary>Where directions enter.</summary>
    public IReadOnlyList<Injection> Injections { get; } = injections.Count > 0 ? injections
        : throw new ArgumentException("A tangent plan needs one injection at least.", nameof(injections));

    /// <summary>
    /// Whether the rule takes what spiking layers carry for the tangents of spikes, which is no derivative
    /// (<see cref="Layers.SpikingLinear.Pushforward"/>).
    /// </summary>
    public bool PassesSpikes { get; init; }

    /// <summary>How many tangents are carried.</summary>
    public int Lanes { get; } = injections.Max(injection => injection.Lane) + 1;

    /// <summary>
    /// Both plans in one: injections of equal lanes belong to one tangent. Directions are independent, so each estimate stays unbiased,
    /// and the directions of others add to its variance.
    /// </summary>
    /// <exception cref="ConcordException">They would draw one direction in two ways.</exception>
    public TangentPlan With(TangentPlan other)
    {
        foreach (var mine in Injections)
            foreach (var theirs in other.Injections)
                if (mine.Place == theirs.Place && mine.Lane == theirs.Lane && mine != theirs)
                    throw new ConcordException($"Two rules draw the direction at {mine.Place} in different ways. "
                        + "Give both the same perturbation, or lanes of their own.");
        return new([.. Injections.Union(other.Injections)]) { PassesSpikes = PassesSpikes && other.PassesSpikes };
    }

    /// <summary>How many tangents there are, and of which directions.</summary>
    public override string ToString()
    {
        var directions = Injections.GroupBy(injection => injection.Perturbation).Select(drawn =>
        {
            string[] places = [.. drawn.Where(injection => injection.Parameter is null).Select(injection => injection.Place).Distinct()];
            var parameters = drawn.Select(injection => injection.Parameter).OfType<Parameter>().Distinct().Count();
            var where = string.Join(" and ", (string[])[
                .. places.Length > 0 ? [$"at {string.Join(", ", places)}"] : (string[])[],
                .. parameters > 0 ? [$"in {parameters} {(parameters == 1 ? "parameter" : "parameters")}"] : (string[])[]]);
            return $"{where} ({drawn.Key}{(places.Length == 0 || drawn.Key.PerSample ? "" : ", shared by the samples")})";
        });
        return $"{Lanes} of directions {string.Join("; ", directions)}";
    }

    /// <summary>Refuses directions that could not reach the outputs, or that nothing could learn from.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rule">Whose plan it is, for people.</param>
    /// <exception cref="ConcordException">There is such a direction.</exception>
    internal void Check(Network network, string rule)
    {
        foreach (var injection in Injections)
        {
            if ((injection.Port is { } port && !network.Ports.Contains(port))
                || (injection.Parameter is { } foreign && !network.Parameters.Contains(foreign)))
                throw new ConcordException($"The rule {rule} perturbs {injection.Place}, which belongs to another network: take ports and "
                    + "parameters from RuleState.Network.");
            if (injection.Parameter is { Frozen: true } || injection.Port?.Index < network.FrozenBlocks)
                throw new ConcordException($"The rule {rule} perturbs {injection.Place}, which is frozen: nothing could learn from it. "
                    + "Perturb what learns, or leave out the setting freeze (--freeze).");
            if (injection.Port is null && injection.Parameter is null && network.FrozenBlocks > 0)
                throw new ConcordException($"The rule {rule} perturbs the input, and the blocks that read it are frozen: nothing could "
                    + "learn from it. Perturb a port above, or leave out the setting freeze (--freeze).");
            if (LayersAbove(network, injection).SelectMany(layer => layer.WithBranches)
                .FirstOrDefault(layer => !layer.HasTangent) is { } without)
                throw new ConcordException($"The rule {rule} carries tangents from {injection.Place} to the output, and the layer "
                    + $"{without.Name} ({without}) in between has none: there is no differentiable path. Choose a layer that has a "
                    + "derivative, or a rule that takes no tangents, as dfa, for the blocks below it.");
        }
    }

    private static IEnumerable<Layer> LayersAbove(Network network, Injection injection)
    {
        var layers = network.Blocks.SelectMany(block => block.Layers);
        if (injection.Parameter is { } parameter) return layers.SkipWhile(layer => !layer.Parameters.Contains(parameter));
        return layers.Skip(network.Blocks.Take((injection.Port?.Index ?? -1) + 1).Sum(block => block.Layers.Count));
    }
}
