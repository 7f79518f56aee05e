using Concord.Networks;
using Concord.Rules;

namespace Concord.Cost;

/// <summary>What must be brought into one part of a network that is spread over several chips or cores, for one step.</summary>
/// <param name="Blocks">The part's blocks, lowest first.</param>
/// <param name="Activations">Words from the part below.</param>
/// <param name="Errors">Error words (or targets) from other parts, each once: they are spread inside the part.</param>
/// <param name="ErrorWires">The same if every neuron has a wire of its own to each source that it receives.</param>
public sealed record PartCost(IReadOnlyList<string> Blocks, long Activations, long Errors, long ErrorWires);

/// <summary>
/// The partitioned view of Crafton, Parihar, Gebhardt, Raychowdhury 2019: with the network cut into parts, the words that cross
/// the cuts in a step. Where a signal comes from the block above, a part needs the errors of its top port; where it comes
/// from a port further up, those of that port's errors that its neurons use. The data set's own words do not count, and a part that holds
/// both ends of a connection has it for nothing. A second pass brings its own activations, and what changes the input for it goes to the
/// lowest part.
/// </summary>
/// <param name="Parts">The parts, lowest first.</param>
public sealed record PartitionCost(IReadOnlyList<PartCost> Parts)
{
    /// <summary>Activation words over all cuts.</summary>
    public long Activations => Parts.Sum(part => part.Activations);

    /// <summary>Error words over all cuts, each brought to a part once.</summary>
    public long Errors => Parts.Sum(part => part.Errors);

    /// <summary>Error words over all cuts, with a wire for each neuron and source.</summary>
    public long ErrorWires => Parts.Sum(part => part.ErrorWires);

    /// <param name="plan">The plan.</param>
    /// <param name="rows">Samples.</param>
    /// <param name="parts">How many.</param>
    /// <param name="evaluations">How often a step evaluates a block.</param>
    internal static PartitionCost Of(Plan plan, int rows, int parts, Func<string, long> evaluations)
    {
        var ports = plan.Network.Ports;
        if (parts < 1 || parts > ports.Count)
            throw new ConcordException($"The network has {ports.Count} blocks and cannot be cut into {parts} parts; "
                + $"choose 1 to {ports.Count}.");
        return new([.. ports.GroupBy(port => port.Index * parts / ports.Count).Select(part => Part([.. part], plan, rows, evaluations))]);
    }

    private static PartCost Part(IReadOnlyList<Port> ports, Plan plan, int rows, Func<string, long> evaluations)
    {
        var (lowest, top) = (ports[0].Below, ports[^1]);
        var activations = lowest.Index == 0 ? 0 : rows * evaluations(lowest.Name) * lowest.Input.Elements;
        long errors = 0, wires = 0;
        if (!top.IsOutput && plan.RouteAt(top) == Route.Arriving)
        {
            errors += top.Shape.Elements;
            wires += ErrorFanIn.At(top, plan).Words;
        }
        var followed = ports.Where(port => plan.RouteAt(port).Source?.Index > top.Index)
            .Select(port =>
                (Source: plan.RouteAt(port).Source!, Projection: plan.Rule.ProjectionAt(port), Delivery: ErrorFanIn.At(port, plan)));
        if (lowest.Index == 0 && !top.IsOutput && ErrorFanIn.AtInput(plan) is { } atInput)
            followed = followed.Append((plan.Network.OutputPort, plan.Rule.ProjectionAtInput, atInput));
        foreach (var followers in followed.GroupBy(follower => follower.Source))
        {
            var used = new bool[followers.Key.Shape.Length];
            foreach (var (_, projection, fanIn) in followers)
            {
                if (projection is null) Array.Fill(used, true);
                else projection.MarkUsed(used);
                wires += fanIn.Words;
            }
            errors += (long)used.Count(isUsed => isUsed) * followers.Key.Shape.Steps;
        }
        return new([.. ports.Select(port => port.Name)], activations, rows * errors, rows * wires);
    }

    /// <summary>A table: part, blocks, words in.</summary>
    public override string ToString() => TextTable.Of(
        ["part", "blocks", "activations", "errors", "errors by wire"],
        Parts.Select((part, i) => (IReadOnlyList<string>)[$"{i + 1}", string.Join(", ", part.Blocks), TextTable.Count(part.Activations),
            TextTable.Count(part.Errors), TextTable.Count(part.ErrorWires)]),
        left: 2);
}
