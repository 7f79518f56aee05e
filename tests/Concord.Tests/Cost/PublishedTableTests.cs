using Concord.Cost;
using Concord.Numerics;

namespace Concord.Tests.Cost;

/// <summary>
/// The multiply-accumulates, a sample, of the networks of Crafton and others 2019 and Launay and others 2019, in integers; and
/// the ratios that follow: of the whole step, of the backward phase, and of error weights read.
/// </summary>
public sealed class PublishedTableTests
{
    [Theory]
    [InlineData("mlp:784-400-10", 317_600, 4_000, 4_000, 400, 1.006, 1.011, 1.0, 10, 10)]
    [InlineData("mlp:784-1000-1000-10", 1_794_000, 1_010_000, 20_000, 2_000, 1.281, 1.561, 50.5, 505, 10)]
    [InlineData("mlp:3072-800-800-800-10", 3_745_600, 1_288_000, 24_000, 2_400, 1.172, 1.343, 53.7, 537, 10)]
    [InlineData("mlp:3072-1000-1000-1000-10", 5_082_000, 2_010_000, 30_000, 3_000, 1.197, 1.395, 67, 670, 10)]
    [InlineData("mlp:3072-1000-1000-1000-100", 5_172_000, 2_100_000, 300_000, 3_000, 1.203, 1.405, 7.0, 700, 100)]
    [InlineData("mlp:9216-4096-4096-1000", 58_621_952, 20_873_216, 8_192_000, 8_192, 1.178, 1.356, 2.55, 2548, 1000)]
    [InlineData("mlp:25088-4096-4096-1000", 123_633_664, 20_873_216, 8_192_000, 8_192, 1.084, 1.169, 2.55, 2548, 1000)]
    public void ThePublishedNetworksSaveWhatIsPublished(string model, long forward, long backprop, long direct, long sparse, double step,
        double backward, double overDirect, double overSparse, double directOverSparse)
    {
        var comparison = CostComparison.Of(model, ["backprop", "dfa", "sparse-dfa"], 1);
        var (bp, dfa, one) = (comparison.Costs[0], comparison.Costs[1], comparison.Costs[2]);
        Assert.All(comparison.Costs, cost => Assert.Equal(forward, cost.Of(Phase.Forward).MultiplyAccumulates));
        Assert.All(comparison.Costs, cost => Assert.Equal(forward, cost.Of(Phase.WeightGradient).MultiplyAccumulates));
        Assert.Equal([backprop, direct, sparse], comparison.Costs.Select(cost => cost.Of(Phase.Error).MultiplyAccumulates));

        Assert.Equal(step, comparison.Saving(one, StepPart.WholeStep), 0.0005);
        Assert.Equal(backward, comparison.Saving(one, StepPart.BackwardPhase), 0.0005);
        Assert.Equal([backprop, direct, sparse], comparison.Costs.Select(cost => cost.ErrorWeights));
        Assert.Equal(overDirect, (double)bp.ErrorWeights / dfa.ErrorWeights, overDirect < 3 ? 0.005 : 0.05);
        Assert.Equal(overSparse, (double)bp.ErrorWeights / one.ErrorWeights, 0.5);
        Assert.Equal(directOverSparse, (double)dfa.ErrorWeights / one.ErrorWeights);
    }

    [Fact]
    public void TheSavingIsThreeHalvesWithTheInputCharged()
    {
        // Widths so equal that only the input's error tells E from F: F + U + E = 3F for backprop, 2F and a little for sparse DFA.
        var comparison = CostComparison.Of("mlp:512-512-512-512-512", ["backprop", "sparse-dfa"], 1);
        Assert.Equal(1.5, comparison.Saving(comparison.Costs[1], StepPart.WholeStep, inputError: true), 0.002);
        Assert.Equal(1.375, comparison.Saving(comparison.Costs[1], StepPart.WholeStep), 0.002);
    }
}
