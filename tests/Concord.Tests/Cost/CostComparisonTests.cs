using System.Text.Json;
using Concord.Cost;
using Concord.Rules;

namespace Concord.Tests.Cost;

/// <summary>What is shown: every rule in every table, and the same figures as JSON.</summary>
public sealed class CostComparisonTests
{
    [Fact]
    public void EveryRuleStandsInEveryTable()
    {
        var text = CostComparison.Of("mlp:784-1000-1000-10", Kit.RuleNames, 64).ToString();
        var tables = text.Split('\n').Count(line => line.StartsWith("rule ", StringComparison.Ordinal));
        Assert.Equal(10, tables);
        foreach (var rule in Kit.RuleNames)
            Assert.Equal(tables, text.Split('\n').Count(line => line.StartsWith($"{rule} ", StringComparison.Ordinal)));
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", text, StringComparison.Ordinal);
    }

    [Fact]
    public void ANetworkWithoutHiddenBlocksHasACostToo()
    {
        var text = CostComparison.Of("mlp:784-10", ["backprop", "sparse-dfa"], 64).ToString();
        Assert.DoesNotContain("delivered", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
    }

    [Fact]
    public void JsonHasTheSameFigures()
    {
        var comparison = CostComparison.Of("mlp:3-5-4-2", ["backprop", "dfa"], 7, parts: 2);
        var cost = comparison.Costs[1];
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            CostJson.Write(json, comparison, cost);
            json.WriteEndObject();
        }
        var root = JsonDocument.Parse(memory.ToArray()).RootElement;
        Assert.Equal("dfa", root.GetProperty("rule").GetString());
        Assert.Equal(cost.Of(StepPart.WholeStep).MultiplyAccumulates,
            root.GetProperty("wholeStep").GetProperty("multiplyAccumulates").GetInt64());
        Assert.Equal(cost.Of(StepPart.ErrorPhase).Read.Feedback,
            root.GetProperty("errorPhase").GetProperty("read").GetProperty("feedback").GetInt64());
        Assert.Equal(cost.Breakdown.Sum(part => part.Work.MultiplyAccumulates),
            root.GetProperty("breakdown").EnumerateArray().Sum(part => part.GetProperty("multiplyAccumulates").GetInt64()));
        Assert.Equal([2L, 2L], root.GetProperty("delivered").EnumerateArray()
            .Select(part => part.GetProperty("words").GetInt64() / part.GetProperty("neurons").GetInt64()));
        Assert.Equal(7 * 2, root.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("errors").GetInt64()));
        Assert.Equal(cost.Memory.Feedback, root.GetProperty("memoryWords").GetProperty("feedback").GetInt64());
    }

    [Fact]
    public void ARulesOwnTableNamesBlocksAndPhases()
    {
        var text = RuleCost.Of("mlp:3-5-4-2", "sparse-dfa", 7).ToString();
        Assert.Contains("fc2    weight gradient", text, StringComparison.Ordinal);
        Assert.Contains("loss   forward", text, StringComparison.Ordinal);
    }
}
