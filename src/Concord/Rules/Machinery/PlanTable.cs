using System.Text;

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
            exact = plan.RouteAt(port) == Route.Arriving && (port.IsOutput || (exact && crossed.All(carrier => carrier.Exact)));
            rows.Insert(0, plan.RouteAt(port) switch
            {
                { Kind: RouteKind.None } => new(port.Name, port.Index < plan.Frozen ? "none: frozen" : "none: does not learn", "-", false),
                { Source: { } source } => new(port.Name, $"{(source.IsOutput ? "the output" : source.Name)}, in one hop",
                    plan.Rule.ProjectionAt(port)?.Description ?? plan.Rule.NetworkAt(port)?.Description ?? "-", false),
                { Kind: RouteKind.Directions } => new(port.Name, "directions of its weights", "-", false),
                { Kind: RouteKind.Here } => new(port.Name, plan.PassesTwice(port) ? "its activity in two passes"
                    : plan.IsPerturbed(port) ? "directions at its activity" : "its own activity", "-", false),
                _ when port.IsOutput && plan.PassesTwice(port) && plan.CorrelatesAt(port) =>
                    new(port.Name, "the loss of the second pass", "-", false),
                _ when port.IsOutput => new(port.Name, "the loss", "-", true),
                _ => new(port.Name, port.Above!.Name, string.Join(", ", crossed.Select(carrier => carrier.Description)), exact),
            });
        }
        if (plan.Rule.ProjectionAtInput is { } projection) rows.Add(new("input", "the output, in one hop", projection.Description, false));
        return rows;
    }

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
        if (plan.Tangents is not null) text.Append("\ntangents: ").Append(plan.Tangents);
        return text.ToString();
    }
}
