using System.Text.Json;
using Concord.Numerics;

namespace Concord.Cost;

/// <summary>Costs as JSON: exact counts in words and multiply-accumulates, energies in picojoules.</summary>
public static class CostJson
{
    /// <summary>
    /// Writes the members of one rule's cost into an object that is open: model, batch, rule, the three denominators, breakdown,
    /// preparation, deliveries, memory, energy, partition.
    /// </summary>
    /// <param name="json">The writer, inside an object.</param>
    /// <param name="comparison">What the cost belongs to.</param>
    /// <param name="cost">One of its costs.</param>
    public static void Write(Utf8JsonWriter json, CostComparison comparison, RuleCost cost)
    {
        json.WriteString("model", comparison.Model);
        json.WriteNumber("batch", cost.Rows);
        json.WriteString("rule", cost.Rule);
        foreach (var part in Enum.GetValues<StepPart>())
        {
            json.WriteStartObject(Name(part));
            Write(json, cost.Of(part));
            json.WriteStartObject("withInputError");
            Write(json, cost.Of(part, inputError: true));
            json.WriteEndObject();
            Write(json, "picojoules", comparison.Technology.Of(cost.Of(part)));
            json.WriteEndObject();
        }
        json.WriteStartArray("breakdown");
        foreach (var part in cost.Breakdown)
        {
            json.WriteStartObject();
            json.WriteString("block", part.Place);
            json.WriteString("phase", Name(part.Phase));
            Write(json, part.Work);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("preparation");
        Write(json, cost.Preparation);
        json.WriteEndObject();
        json.WriteStartArray("delivered");
        foreach (var delivery in cost.DeliveryAtInput is { } atInput ? [.. cost.Deliveries, atInput] : cost.Deliveries)
        {
            json.WriteStartObject();
            json.WriteString("block", delivery.Port);
            json.WriteString("source", delivery.Source);
            json.WriteNumber("neurons", delivery.Neurons);
            json.WriteNumber("words", delivery.Words);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("memoryWords");
        json.WriteNumber("weights", cost.Memory.Weights);
        json.WriteNumber("activations", cost.Memory.Activations);
        json.WriteNumber("signals", cost.Memory.Signals);
        json.WriteNumber("gradients", cost.Memory.Gradients);
        json.WriteNumber("feedback", cost.Memory.Feedback);
        json.WriteEndObject();
        json.WriteStartArray("parts");
        foreach (var part in cost.Partition(comparison.Parts).Parts)
        {
            json.WriteStartObject();
            json.WriteString("blocks", string.Join(' ', part.Blocks));
            json.WriteNumber("activations", part.Activations);
            json.WriteNumber("errors", part.Errors);
            json.WriteNumber("errorWires", part.ErrorWires);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("technology", comparison.Technology.ToString());
        json.WriteString("assumptions", $"{comparison.Technology.Source}. {Technology.Assumptions}");
    }

    private static void Write(Utf8JsonWriter json, Work work)
    {
        json.WriteNumber("multiplyAccumulates", work.MultiplyAccumulates);
        Write(json, "read", work.Read);
        Write(json, "written", work.Written);
    }

    private static void Write(Utf8JsonWriter json, string name, Words words)
    {
        json.WriteStartObject(name);
        json.WriteNumber("weights", words.Weights);
        json.WriteNumber("feedback", words.Feedback);
        json.WriteNumber("activations", words.Activations);
        json.WriteNumber("errors", words.Errors);
        json.WriteNumber("gradients", words.Gradients);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Energy energy)
    {
        json.WriteStartObject(name);
        json.WriteNumber("arithmetic", energy.Arithmetic);
        json.WriteNumber("parameters", energy.Parameters);
        json.WriteNumber("activations", energy.Activations);
        json.WriteEndObject();
    }

    private static string Name<T>(T name) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(name.ToString());
}
