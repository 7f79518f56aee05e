using Concord.Cost;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>What concord cost counts, beside backpropagation and in bf16.</summary>
public sealed class CostCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void CostComparesWithBackpropagation()
    {
        var people = _concord.Run("cost --model mlp:3-5-4-2 --rule sparse-dfa --set feedback.nonZerosPerNeuron=2 --batch 7");
        Assert.Equal(0, people.ExitCode);
        Assert.Contains("\nbackprop ", people.Out, StringComparison.Ordinal);
        Assert.Contains("Where sparse-dfa does its work", people.Out, StringComparison.Ordinal);

        var rules =
            _concord.Run("cost --model mlp:3-5-4-2 --rule dfa,sparse-dfa,fa --set feedback.nonZerosPerNeuron=2 --batch 7 --json").Events;
        Assert.Equal(["backprop", "dfa", "sparse-dfa", "fa"], rules.Select(rule => rule.GetProperty("rule").GetString()));
        long[] error = [7 * (20 + 8), 7 * 9 * 2, 7 * 9 * 2, 7 * (20 + 8)];
        Assert.Equal(error, rules.Select(rule => rule.GetProperty("errorPhase").GetProperty("multiplyAccumulates").GetInt64()));
    }

    // On every machine: what it would take is planned, and nothing is computed.
    [Fact]
    public void CostCountsBytesInBfloat16()
    {
        var people = _concord.Run("cost --model mlp:6-5-3 --rule dfa --batch 4 --precision bf16");
        Assert.Equal(0, people.ExitCode);
        Assert.Contains("\nBytes read and written, by phase, with products' operands in bf16\n", people.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("bf16", _concord.Run("cost --model mlp:6-5-3 --rule dfa --batch 4").Out, StringComparison.Ordinal);

        var narrow = _concord.Run("cost --model mlp:6-5-3 --rule dfa --batch 4 --precision bf16 --json").Events[0].GetProperty("bf16");
        var cost = RuleCost.Of("mlp:6-5-3", "backprop", 4, precision: Precision.Bfloat16);
        Assert.Equal(cost.Of(StepPart.WholeStep).Bytes, narrow.GetProperty("stepBytes").GetInt64());
        Assert.Equal(cost.Memory.CopyBytes, narrow.GetProperty("memoryBytes").GetInt64());
        Assert.Equal(cost.Of(StepPart.WholeStep).Bytes,
            narrow.GetProperty("breakdown").EnumerateArray().Sum(place => place.GetProperty("bytes").GetInt64()));
        var wide = _concord.Run("cost --model mlp:6-5-3 --rule dfa --batch 4 --json").Events[0];
        Assert.False(wide.TryGetProperty("bf16", out _));
    }
}
