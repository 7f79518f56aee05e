using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What is printed before training: the network, and where each block's teaching signal comes from.</summary>
internal static class PlanView
{
    public static void Show(Learner learner, Output output)
    {
        var blocks = new TextTable("block", "layers", ">output", ">parameters");
        foreach (var block in learner.Network.Blocks)
            blocks.Row(block.Name, string.Join(", ", block.Layers), block.Output.ToString(),
                Thousands(block.Parameters.Sum(parameter => (long)parameter.Shape.Length)));
        blocks.Row("", "", "", Thousands(learner.Network.Parameters.Sum(parameter => (long)parameter.Shape.Length)));
        output.Show(blocks);

        var plan = new TextTable("block", "signal from", "feedback tensor", "exact");
        foreach (var row in learner.Plan.Rows) plan.Row(row.Block, row.Signal, row.Feedback, row.Exact ? "yes" : "no");
        output.Show(plan);

        if (learner.Plan.Tangents is { } tangents)
        {
            var carried = new TextTable("tangents");
            carried.Row(tangents.ToString());
            output.Show(carried);
        }
        if (learner.Plan.Networks.Count == 0) return;
        var networks = new TextTable("network of the rule's own", "layers");
        foreach (var network in learner.Plan.Networks) networks.Row(network.Name, network.Description);
        output.Show(networks);
    }

    private static string Thousands(long count) => FormattableString.Invariant($"{count:N0}");
}
