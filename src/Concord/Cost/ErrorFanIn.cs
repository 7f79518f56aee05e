using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Cost;

/// <summary>
/// What is brought to the neurons of a port for each sample if every neuron has its own connections: each word meets one weight
/// of the feedback. Under backpropagation a neuron receives the n errors of the layer above through n weights, under DFA the K
/// output errors through K, under sparse DFA with one non-zero a single one.
/// </summary>
/// <param name="Port">The block whose neurons they are; <c>input</c> for the network's input,
/// where a rule changes it for a second pass.</param>
/// <param name="Source">Where the words come from: a block (the one above, or another whose signal is taken in one hop), the output, the
/// targets, the neuron itself, or nowhere.</param>
/// <param name="Neurons">How many neurons there are.</param>
/// <param name="Words">Error words for all of them, and just as many error weights.</param>
public sealed record ErrorFanIn(string Port, string Source, int Neurons, long Words)
{
    /// <summary>Error words, and error weights, of one neuron.</summary>
    public double PerNeuron => (double)Words / Neurons;

    internal static ErrorFanIn At(Port port, Plan plan)
    {
        var (source, words) = plan.RouteAt(port) switch
        {
            { Kind: RouteKind.Arriving } => (port.Above!.Name, port.Above.Sequence.EnteringConnections.Sum(
                connection => CallCost.Cross(plan.CarrierOf(connection), connection).MultiplyAccumulates)),
            { Source: { } from } => (!from.IsOutput ? from.Name : (plan.Rule.NeedsAt(port) & Needs.Targets) != 0 ? "targets" : "output",
                plan.Rule.ProjectionAt(port) is { } projection ? WordsOf(projection, from, port.Shape)
                    : plan.Rule.NetworkAt(port)?.Network.Owners.Keys.Sum(
                        connection => CallCost.Apply(connection).MultiplyAccumulates) ?? 0),
            { Kind: RouteKind.Here or RouteKind.Directions } => ("itself", 0L),
            _ => ("none", 0L),
        };
        return new(port.Name, source, port.Shape.Length, words);
    }

    /// <summary>What is brought to the network's input; null where nothing is.</summary>
    internal static ErrorFanIn? AtInput(Plan plan) => plan.Rule.ProjectionAtInput is { } projection
        ? new("input", "output", plan.Network.Input.Length, WordsOf(projection, plan.Network.OutputPort, plan.Network.Input))
        : null;

    private static long WordsOf(Projection projection, Port from, Shape to) =>
        CallCost.Project(projection, from.Shape.Length, to).MultiplyAccumulates;
}
