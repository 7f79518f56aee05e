using System.Globalization;
using System.Text;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Cost;

/// <summary>The costs of one network's step under several rules, side by side, and how they compare to the first of them.</summary>
/// <param name="Model">The network, as a user writes it.</param>
/// <param name="Costs">One per rule, the reference first, all for the same batch.</param>
/// <param name="Technology">What energy is reckoned with.</param>
/// <param name="Parts">Into how many parts the network is cut for the partitioned view; 1 for none.</param>
public sealed record CostComparison(string Model, IReadOnlyList<RuleCost> Costs, Technology Technology, int Parts)
{
    private static readonly Phase[] s_phases = [Phase.Forward, Phase.Error, Phase.WeightGradient, Phase.Update, Phase.Adaptation];

    // No rule but those that pass twice has anything in this column.
    private Phase[] Phases => Costs.Any(cost => cost.Of(Phase.ExtraForward) != default)
        ? [Phase.Forward, Phase.ExtraForward, .. s_phases[1..]] : s_phases;

    /// <summary>Plans a network under several rules.</summary>
    /// <param name="model">As on the command line.</param>
    /// <param name="rules">Rules, or maps of rules; the first is what the others are compared with.</param>
    /// <param name="rows">Samples in the batch.</param>
    /// <param name="technology">What energy is reckoned with; the default where null.</param>
    /// <param name="parts">Into how many parts the network is cut; 0 for a part a block.</param>
    /// <param name="options">Makes the options of a rule; null for none.</param>
    /// <param name="freeze">Blocks that do not learn; none where null.</param>
    /// <param name="spikesPerNeuron">Spikes that each neuron of a spiking network is taken to give in a sample.</param>
    /// <param name="precision">What operands of products are rounded to; the machine at hand need not have it.</param>
    /// <exception cref="ConcordException">Something cannot be read or does not fit.</exception>
    public static CostComparison Of(string model, IEnumerable<string> rules, int rows, Technology? technology = null, int parts = 0,
        Func<string, IReadOnlyDictionary<string, string>>? options = null, BlockPatterns? freeze = null, double spikesPerNeuron = 1,
        Precision precision = Precision.Full)
    {
        List<RuleCost> costs = [.. rules.Select(rule => RuleCost.Of(model, rule, rows, options?.Invoke(rule), freeze: freeze,
            spikesPerNeuron: spikesPerNeuron, precision: precision))];
        var comparison = new CostComparison(model, costs, technology ?? Technology.Default, parts == 0 ? costs[0].Blocks : parts);
        costs[0].Partition(comparison.Parts);
        return comparison;
    }

    /// <summary>What the others are compared with.</summary>
    public RuleCost Reference => Costs[0];

    /// <summary>How many times as many multiply-accumulates the reference takes; infinite where the other takes none.</summary>
    /// <param name="cost">One of <see cref="Costs"/>.</param>
    /// <param name="part">Of what.</param>
    /// <param name="inputError">Whether the error of the network's input is charged to both, where it is to be charged.</param>
    public double Saving(RuleCost cost, StepPart part, bool inputError = false) =>
        (double)Reference.Of(part, inputError).MultiplyAccumulates / cost.Of(part, inputError).MultiplyAccumulates;

    /// <summary>Every table, in plain text.</summary>
    public override string ToString() => ToString(int.MaxValue);

    /// <summary>The same with tables that keep to a width; what does not fit goes on in further ones.</summary>
    /// <param name="width">Characters in a line.</param>
    public string ToString(int width)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"One training step of {Model}, batch {Reference.Rows}.\n");
        Section("Multiply-accumulates, by phase (elementwise work counts none)", [.. Phases.Select(TextTable.Words), "step"],
            cost => [.. Phases.Select(phase => TextTable.Count(cost.Of(phase).MultiplyAccumulates)),
                TextTable.Count(cost.Of(StepPart.WholeStep).MultiplyAccumulates)]);
        if (Reference.HasSpikes)
            Section("Accumulates of spikes, by phase", [.. Phases.Select(TextTable.Words), "step"],
                cost => [.. Phases.Select(phase => TextTable.Count(cost.Of(phase).Accumulates)),
                    TextTable.Count(cost.Of(StepPart.WholeStep).Accumulates)]);
        Section($"Multiply-accumulates of {Reference.Rule} over those of the rule: "
            + "error phase alone, backward phase (error and weight gradient), whole step", ["error", "backward", "step"],
            cost => [.. Savings(cost, false)]);
        Section("The same with the needless error of the network's input charged to rules whose signals pass from block to block",
            ["error", "backward", "step"], cost => [.. Savings(cost, true)]);
        Section("Words read and written, by phase", [.. Phases.Select(TextTable.Words), "step"],
            cost => [.. Phases.Select(phase => TextTable.Count(cost.Of(phase).Moved.Total)),
                TextTable.Count(cost.Of(StepPart.WholeStep).Moved.Total)]);
        Section("Words read and written in the step, by what they are", ["weights", "feedback", "activations", "errors", "gradients"],
            cost => TextTable.Counts(cost.Of(StepPart.WholeStep).Moved));
        if (Reference.Precision == Precision.Bfloat16)
        {
            Section("Bytes read and written, by phase, with products' operands in bf16", [.. Phases.Select(TextTable.Words), "step"],
                cost => [.. Phases.Select(phase => TextTable.Count(cost.Of(phase).Bytes)),
                    TextTable.Count(cost.Of(StepPart.WholeStep).Bytes)]);
            Section("Words that products read in bf16, bytes that making copies takes, and bytes of memory for them",
                ["words in bf16", "making copies", "memory"], cost => [TextTable.Count(cost.Of(StepPart.WholeStep).Narrow.Total),
                    TextTable.Count(cost.Of(StepPart.WholeStep).CopyBytes), TextTable.Count(cost.Memory.CopyBytes)]);
        }
        if (Costs.Any(cost => cost.Preparation != default))
            Section("Once, before the first step", ["multiply-accumulates", "weights", "feedback", "activations", "errors", "gradients"],
                cost => [TextTable.Count(cost.Preparation.MultiplyAccumulates), .. TextTable.Counts(cost.Preparation.Moved)]);
        var atInput = Costs.Any(cost => cost.ErrorFanInAtInput is not null);
        IReadOnlyList<ErrorFanIn?> Delivered(RuleCost cost) =>
            [.. cost.ErrorFanIns, .. atInput ? [cost.ErrorFanInAtInput] : (ErrorFanIn?[])[]];
        if (Reference.ErrorFanIns.Count > 0)
        {
            Section("Error words delivered to each hidden neuron for a sample, and as many error weights",
                [.. Reference.ErrorFanIns.Select(fanIn => fanIn.Port), .. atInput ? ["input"] : (string[])[], "all neurons"],
                cost => [.. Delivered(cost).Select(fanIn => (fanIn?.PerNeuron ?? 0).ToString("#,0.##", CultureInfo.InvariantCulture)),
                    TextTable.Count(cost.ErrorWeights)]);
            if (Parts > 1) Section($"Words that cross between {Parts} parts of {Blocks()}", ["activations", "errors", "errors by wire"],
                cost => Partitioned(cost.Partition(Parts)));
        }
        Section($"Words of memory, without inputs and targets{(Reference.HasSpikes ? ", spikes and what walks keep of them" : "")}",
            ["weights", "activations", "signals", "gradients", "feedback", "all"], cost => Memory(cost.Memory));
        Section("Energy of the step in microjoules by what takes it, then of each part of the step",
            ["arithmetic", "parameters", "activations", "error", "backward", "step"], Energies);
        if (Reference.CircuitEnergy is { } energy)
            text.Append(CultureInfo.InvariantCulture, $"\nCircuits take {energy:0.###} C V² from the supply for the spikes of a sample, ")
                .Append("as many of each neuron as are assumed (--spikes-per-neuron).\nC is a capacitance, V the supply's voltage; ")
                .Append("leaks are not in it. A run measures how often neurons fire.\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{Technology}\n{Lines(Technology.Source)}\n{Lines(Technology.Assumptions)}");
        return text.ToString();

        static string Lines(string clauses) => clauses.Replace("; ", ";\n", StringComparison.Ordinal);

        void Section(string title, IReadOnlyList<string> columns, Func<RuleCost, IReadOnlyList<string>> cells) =>
            text.Append(CultureInfo.InvariantCulture, $"\n{title}\n{TextTable.Of(["rule", .. columns],
                Costs.Select(cost => (IReadOnlyList<string>)[cost.Rule, .. cells(cost)]), width: width)}\n");
    }

    private IEnumerable<string> Savings(RuleCost cost, bool inputError) => Enum.GetValues<StepPart>().Select(part =>
        TextTable.Ratio(Reference.Of(part, inputError).MultiplyAccumulates, cost.Of(part, inputError).MultiplyAccumulates));

    private IReadOnlyList<string> Energies(RuleCost cost)
    {
        var step = Technology.Of(cost.Of(StepPart.WholeStep));
        return [.. new[] { step.Arithmetic, step.Parameters, step.Activations, Technology.Of(cost.Of(StepPart.ErrorPhase)).Total,
            Technology.Of(cost.Of(StepPart.BackwardPhase)).Total, step.Total }
            .Select(picojoules => (picojoules / 1e6).ToString(step.Total < 1e8 ? "0.0000" : "#,0.00", CultureInfo.InvariantCulture))];
    }

    private string Blocks() => string.Join(" | ", Reference.Partition(Parts).Parts.Select(part => string.Join(' ', part.Blocks)));

    private static string[] Partitioned(PartitionCost cost) =>
        [TextTable.Count(cost.Activations), TextTable.Count(cost.Errors), TextTable.Count(cost.ErrorWires)];

    private static string[] Memory(MemoryCost memory) =>
        [TextTable.Count(memory.Weights), TextTable.Count(memory.Activations), TextTable.Count(memory.Signals),
            TextTable.Count(memory.Gradients), TextTable.Count(memory.Feedback), TextTable.Count(memory.Total)];
}
