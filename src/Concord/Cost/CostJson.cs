using System.Text.Json;
using System.Text.Json.Serialization;
using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Cost;

/// <summary>Costs as JSON: exact counts in words and multiply-accumulates, energies in picojoules.</summary>
public static class CostJson
{
    /// <summary>
    /// Writes the members of one rule's cost into an object that is open: model, batch, rule, the three parts of a step, breakdown,
    /// preparation, deliveries, memory, energy, partition.
    /// </summary>
    /// <param name="json">The writer, inside an object.</param>
    /// <param name="comparison">What the cost belongs to.</param>
    /// <param name="cost">One of its costs.</param>
    public static void Write(Utf8JsonWriter json, CostComparison comparison, RuleCost cost) =>
        json.WriteMembers(CostRow.Of(comparison, cost), CostJsonContext.Default.CostRow);
}

/// <summary>
/// A rule's cost. Here as in the other records of this file, a member's name is that in the JSON, its first letter small; other programs
/// read these names, so none may be changed.
/// </summary>
internal sealed record CostRow(
    string Model, int Batch, string Rule, PartRow ErrorPhase, PartRow BackwardPhase, PartRow WholeStep, IReadOnlyList<PlaceRow> Breakdown,
    WorkRow Preparation, IReadOnlyList<DeliveredRow> Delivered, MemoryRow MemoryWords, IReadOnlyList<PartitionRow> Parts, string Technology,
    string Assumptions, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? CircuitEnergy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Bfloat16Row? Bf16)
{
    public static CostRow Of(CostComparison comparison, RuleCost cost)
    {
        var (memory, technology) = (cost.Memory, comparison.Technology);
        PartRow Part(StepPart part) => PartRow.Of(cost.Of(part), cost.Of(part, inputError: true), technology.Of(cost.Of(part)));
        return new(
            comparison.Model, cost.Rows, cost.Rule, Part(StepPart.ErrorPhase), Part(StepPart.BackwardPhase), Part(StepPart.WholeStep),
            [.. cost.Breakdown.Select(part => PlaceRow.Of(part.Block, part.Phase, part.Work))], WorkRow.Of(cost.Preparation),
            [.. from one in cost.ErrorFanInAtInput is { } atInput ? [.. cost.ErrorFanIns, atInput] : cost.ErrorFanIns
                select new DeliveredRow(one.Port, one.Source, one.Neurons, one.Words)],
            new(memory.Weights, memory.Activations, memory.Signals, memory.Gradients, memory.Feedback),
            [.. from part in cost.Partition(comparison.Parts).Parts
                select new PartitionRow(string.Join(' ', part.Blocks), part.Activations, part.Errors, part.ErrorWires)],
            technology.ToString(), $"{technology.Source}. {Cost.Technology.Assumptions}", cost.CircuitEnergy, Bfloat16Row.Of(cost));
    }
}

internal sealed record WordsRow(long Weights, long Feedback, long Activations, long Errors, long Gradients)
{
    public static WordsRow Of(Words words) => new(words.Weights, words.Feedback, words.Activations, words.Errors, words.Gradients);
}

internal sealed record WorkRow(long MultiplyAccumulates, WordsRow Read, WordsRow Written,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Accumulates)
{
    public static WorkRow Of(Work work) =>
        new(work.MultiplyAccumulates, WordsRow.Of(work.Read), WordsRow.Of(work.Written), Some(work.Accumulates));

    /// <summary>What is nothing, as in networks without spikes, is left out.</summary>
    public static long? Some(long accumulates) => accumulates == 0 ? null : accumulates;
}

internal sealed record PartRow(long MultiplyAccumulates, WordsRow Read, WordsRow Written, WorkRow WithInputError, EnergyRow Picojoules,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Accumulates)
{
    public static PartRow Of(Work work, Work withInputError, Energy energy) => new(
        work.MultiplyAccumulates, WordsRow.Of(work.Read), WordsRow.Of(work.Written), WorkRow.Of(withInputError),
        new(energy.Arithmetic, energy.Parameters, energy.Activations), WorkRow.Some(work.Accumulates));
}

internal sealed record PlaceRow(string Block, string Phase, long MultiplyAccumulates, WordsRow Read, WordsRow Written,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Accumulates)
{
    public static PlaceRow Of(string place, Phase phase, Work work) => new(
        place, JsonNamingPolicy.CamelCase.ConvertName(phase.ToString()), work.MultiplyAccumulates, WordsRow.Of(work.Read),
        WordsRow.Of(work.Written), WorkRow.Some(work.Accumulates));
}

internal sealed record EnergyRow(double Arithmetic, double Parameters, double Activations);

internal sealed record DeliveredRow(string Block, string Source, int Neurons, long Words);

internal sealed record MemoryRow(long Weights, long Activations, long Signals, long Gradients, long Feedback);

/// <summary>What operands in bf16 come to; left out in single precision.</summary>
internal sealed record Bfloat16Row(IReadOnlyList<Bfloat16Place> Breakdown, long StepBytes, long StepCopyBytes, long MemoryBytes)
{
    public static Bfloat16Row? Of(RuleCost cost) => cost.Precision != Precision.Bfloat16 ? null : new(
        [.. from part in cost.Breakdown
            select new Bfloat16Place(part.Block, JsonNamingPolicy.CamelCase.ConvertName(part.Phase.ToString()), part.Work.Bytes,
                part.Work.CopyBytes, WordsRow.Of(part.Work.Narrow))],
        cost.Of(StepPart.WholeStep).Bytes, cost.Of(StepPart.WholeStep).CopyBytes, cost.Memory.CopyBytes);
}

internal sealed record Bfloat16Place(string Block, string Phase, long Bytes, long CopyBytes, WordsRow Read);

internal sealed record PartitionRow(string Blocks, long Activations, long Errors, long ErrorWires);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CostRow))]
internal sealed partial class CostJsonContext : JsonSerializerContext;
