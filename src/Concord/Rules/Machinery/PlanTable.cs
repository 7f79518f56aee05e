using System.Globalization;
using System.Text;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>One row of a plan: what a block's teaching signal is.</summary>
/// <param name="Block">The block's name; <c>input</c> for the network's input, where a rule changes it for a second pass.</param>
/// <param name="Signal">Where its signal comes from.</param>
/// <param name="Feedback">Through which tensor.</param>
/// <param name="Exact">Whether the signal is the true gradient.</param>
public sealed record PlanRow(string Block, string Signal, string Feedback, bool Exact);

/// <summary>A plan as people look at it.</summary>
internal static class PlanTable
{
    public static IReadOnlyList<PlanRow> RowsOf(Plan plan)
    {
        List<PlanRow> rows = [];
        var exact = true;
        foreach (var port in plan.Network.Ports.Reverse())
        {
            var crossed = port.Above?.Sequence.EnteringConnections.Select(plan.CarrierOf).ToList() ?? [];
            exact = plan.RouteAt(port) == Route.Arriving
                && (port.IsOutput || (exact && crossed.All(carrier => carrier.Exact) && IsExact(plan, port.Above!)));
            rows.Insert(0, plan.RouteAt(port) switch
            {
                { Kind: RouteKind.None } => new(port.Name, port.Index < plan.Frozen ? "none: frozen" : "none: does not learn", "-", false),
                { Source: { } source } => new(port.Name,
                    $"{(source.IsOutput ? "the output" : source.Name)}, in one hop{InTime(source, port)}",
                    (plan.Rule.ProjectionAt(port)?.Description ?? plan.Rule.NetworkAt(port)?.Description ?? "-") + ThroughTime(plan, port),
                    false),
                { Kind: RouteKind.Directions } => new(port.Name, "directions of its weights", "-", false),
                { Kind: RouteKind.Here } => new(port.Name, plan.PassesTwice(port) ? "its activity in two passes"
                    : plan.IsPerturbed(port) ? "directions at its activity" : "its own activity", "-", false),
                _ when port.IsOutput && plan.PassesTwice(port) && plan.CorrelatesAt(port) =>
                    new(port.Name, "the loss of the second pass", "-", false),
                _ when port.IsOutput => new(port.Name, $"the loss{AtEach(port)}", $"-{ThroughTime(plan, port)}", true),
                _ => new(port.Name, $"{port.Above!.Name}{AtEach(port)}",
                    string.Join(", ", crossed.Select(carrier => carrier.Description)) + ThroughTime(plan, port), exact),
            });
        }
        if (plan.Rule.ProjectionAtInput is { } projection) rows.Add(new("input", "the output, in one hop", projection.Description, false));
        return rows;
    }

    // Whether a true signal on a block is a true one below it, as far as what it crosses inside goes.
    private static bool IsExact(Plan plan, Block block) =>
        block.Layers.All(layer => layer.IsExact && !(plan.Online is not null && layer.HasState))
        && block.Sequence.InnerConnections.Where(plan.Crossed.Contains).All(connection => plan.CarrierOf(connection).Exact);

    private static string AtEach(Port port) =>
        port.Shape.Steps == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", at each of {port.Shape.Steps} steps");

    private static string InTime(Port source, Port port) => (source.Shape.Steps, port.Shape.Steps) switch
    {
        (1, 1) => "",
        (1, _) => $": the same{AtEach(port)[1..]}",
        (_, 1) => string.Create(CultureInfo.InvariantCulture, $": the sum of {source.Shape.Steps} steps"),
        _ => AtEach(port),
    };

    // What a signal crosses on its way back through the time of the block below.
    private static string ThroughTime(Plan plan, Port port)
    {
        if (port.Below.Layers.FirstOrDefault(layer => layer is { HasState: true, Input.Steps: > 1 }) is not { } layer) return "";
        if (plan.Online is { Walks: false } online)
            return online.PerSynapse ? $"; through time a trace of each synapse{Filter(plan, online, port)}"
                : online.Traces ? "; through time a trace of the input" : "; no walk back through time";
        var crossed = layer.Crossed(inputWanted: false).Select(connection => plan.CarrierOf(connection).Description).ToList();
        return crossed.Count == 0 ? layer.InnerConnections.Count == 0 ? "" : "; no walk back through time"
            : $"; through time {string.Join(", ", crossed)}{(plan.Online is null ? "" : ", within a window")}";
    }

    private static string Filter(Plan plan, OnlineLearning online, Port port) =>
        online.Filters && !port.IsOutput && SynapseTraces.LeakOfOutputs(plan.Network) is { } leak
            ? string.Create(CultureInfo.InvariantCulture, $", filtered by the outputs' leak {leak}") : "";

    private static string OneAfterTheOther(Plan plan, OnlineLearning online) => string.Create(CultureInfo.InvariantCulture,
        $"time: {plan.Network.Steps / online.Slice:N0} {(online.Walks ? "windows" : "slices")} of {online.Slice:N0} "
        + $"step{(online.Slice == 1 ? "" : "s")}, upward and down in turns"
        + $"{(online.Walks ? ", the weights moving after each" : "")}; memory is that of one"
        + $"{(online.Drawn > 0 ? $"; down in {online.Drawn:N0} of them, drawn for each batch" : "")}");

    public static string Text(Plan plan)
    {
        var rows = plan.Rows;
        var text = new StringBuilder();
        int block = Math.Max(5, rows.Max(row => row.Block.Length)), signal = Math.Max(11, rows.Max(row => row.Signal.Length)),
            feedback = Math.Max(15, rows.Max(row => row.Feedback.Length));
        text.Append(FormattableString.Invariant($"{"block".PadRight(block)}  {"signal from".PadRight(signal)}  ")
            + FormattableString.Invariant($"{"feedback tensor".PadRight(feedback)}  exact"));
        foreach (var row in rows)
            text.Append('\n').Append(FormattableString.Invariant($"{row.Block.PadRight(block)}  {row.Signal.PadRight(signal)}  ")
                + FormattableString.Invariant($"{row.Feedback.PadRight(feedback)}  {(row.Exact ? "yes" : "no")}"));
        foreach (var network in plan.Networks) text.Append('\n').Append(network.Name).Append(": ").Append(network.Description);
        if (plan.Online is { } online) text.Append('\n').Append(OneAfterTheOther(plan, online));
        if (plan.Tangents is not null) text.Append("\ntangents: ").Append(plan.Tangents);
        return text.ToString();
    }
}
