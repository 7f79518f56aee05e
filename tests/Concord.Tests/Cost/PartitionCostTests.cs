using Concord.Cost;

namespace Concord.Tests.Cost;

/// <summary>Words over the cuts of 3-5-4-2, by hand. Blocks are fc1 (5 neurons), fc2 (4), fc3 (2); seven samples.</summary>
public sealed class PartitionCostTests
{
    private const int N = 7;

    [Theory]
    [InlineData("backprop", 5 + 4, 5 * 4 + 4 * 2)]   // the errors of each cut's neurons; by wire each neuron receives all above it
    [InlineData("fa", 5 + 4, 5 * 4 + 4 * 2)]
    [InlineData("dfa", 2 + 2, (5 + 4) * 2)]          // the two output errors into each part; by wire into each neuron
    [InlineData("sparse-dfa", 2 + 2, 5 + 4)]         // both classes are received in each part; by wire one per neuron
    [InlineData("drtp", 2 + 2, (5 + 4) * 2)]
    [InlineData("shallow", 0, 0)]
    [InlineData("fc1=backprop,*=dfa", 5 + 2, 5 * 4 + 4 * 2)]
    public void APartABlock(string rule, long errors, long wires)
    {
        var cost = RuleCost.Of("mlp:3-5-4-2", rule, N).Partition(3);
        Assert.Equal(N * (5 + 4), cost.Activations);
        Assert.Equal(N * errors, cost.Errors);
        Assert.Equal(N * wires, cost.ErrorWires);
    }

    [Theory]
    [InlineData("backprop", 4, 4 * 2)]          // the cut is above fc2: fc1's errors stay inside
    [InlineData("dfa", 2, (5 + 4) * 2)]
    [InlineData("sparse-dfa", 2, 5 + 4)]
    public void TwoParts(string rule, long errors, long wires)
    {
        var cost = RuleCost.Of("mlp:3-5-4-2", rule, N).Partition(2);
        Assert.Equal([["fc1", "fc2"], ["fc3"]], cost.Parts.Select(part => part.Blocks));
        Assert.Equal([0, N * 4], cost.Parts.Select(part => part.Activations));
        Assert.Equal([N * errors, 0], cost.Parts.Select(part => part.Errors));
        Assert.Equal([N * wires, 0], cost.Parts.Select(part => part.ErrorWires));
    }

    [Fact]
    public void OnlyErrorsThatSomebodyHearsAreBrought()
    {
        var cost = RuleCost.Of("mlp:3-2-4-9", "sparse-dfa", N).Partition(3);   // 2 and 4 neurons, one of nine classes each
        Assert.Equal([N * 2, N * 4, 0], cost.Parts.Select(part => part.Errors));
    }

    [Fact]
    public void NothingCrossesWithinOnePart() => Assert.Equal((0, 0, 0), Totals(RuleCost.Of("mlp:3-5-4-2", "backprop", N).Partition(1)));

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void PartsWithoutABlockAreRefused(int parts) =>
        Assert.Contains("choose 1 to 3",
            Assert.Throws<ConcordException>(() => RuleCost.Of("mlp:3-5-4-2", "dfa", N).Partition(parts)).Message, StringComparison.Ordinal);

    private static (long, long, long) Totals(PartitionCost cost) => (cost.Activations, cost.Errors, cost.ErrorWires);
}
