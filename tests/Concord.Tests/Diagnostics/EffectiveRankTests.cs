using Concord.Diagnostics;
using Concord.Numerics;

namespace Concord.Tests.Diagnostics;

public sealed class EffectiveRankTests
{
    [Fact]
    public void EqualSingularValuesCountAsManyAsTheyAre()
    {
        Assert.Equal(3, Of(3, 3, 2, 0, 0, 0, -2, 0, 0, 0, 2), 1e-12);
        Assert.Equal(2, Of(4, 2, 1, 1, 1, -1, 1, 1, 1, -1), 1e-12);   // columns of equal length at a right angle
        Assert.Equal(2, Of(2, 4, 1, 1, 1, 1, 1, -1, 1, -1), 1e-12);   // the same, turned round
    }

    [Fact]
    public void OneDirectionIsOne()
    {
        double[] a = [1, -2, 0.5, 3], b = [0.3, 7, -1];
        Assert.Equal(1, Of(4, 3, [.. a.SelectMany(x => b.Select(y => x * y))]), 1e-6);
        Assert.Equal(1, Of(4, 3, [.. a.SelectMany(x => b.Select(y => 1e-200 * x * y))]), 1e-6);
        Assert.Equal(1, Of(1, 5, 1, 2, 3, 4, 5), 1e-12);
    }

    [Fact]
    public void UnequalDirectionsCountByTheirEntropy()
    {
        // singular values 3 and 1: p = 3/4, 1/4; exp(H) = 4 / 3^(3/4)
        Assert.Equal(4 / Math.Pow(3, 0.75), Of(2, 2, 3, 0, 0, 1), 1e-12);
        // [[1, 1], [0, 1]] has the golden ratio and its inverse
        var golden = (1 + Math.Sqrt(5)) / 2;
        var p = golden / (golden + 1 / golden);
        Assert.Equal(Math.Exp(-p * Math.Log(p) - (1 - p) * Math.Log(1 - p)), Of(2, 2, 1, 1, 0, 1), 1e-12);
    }

    [Fact]
    public void NothingHasNone()
    {
        Assert.True(double.IsNaN(Of(2, 2, 0, 0, 0, 0)));
        Assert.True(double.IsNaN(Of(2, 2, 1, double.NaN, 0, 0)));
        Assert.True(double.IsNaN(Of(2, 2, 1, double.PositiveInfinity, 0, 0)));
        Assert.True(double.IsNaN(EffectiveRank.Of(new Tensor(new(0, 3)))));
    }

    [Fact]
    public void AProbeMeasuresItWhenAskedAndDirectSignalsAreAtMostOfTheErrorsRank()
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner("mlp:6-20-15-3,tanh", "dfa", kernels);
        var (asked, plain) = (new AlignmentProbe(learner.Plan, rank: true), new AlignmentProbe(learner.Plan));
        Kit.Step(learner, 12, rate: 0, beforeStep: seen =>
        {
            foreach (var row in asked.Measure(seen.BackwardPass))
            {
                Assert.InRange(row.SignalRank, 1, 2 + 1e-3);   // three errors that sum to zero
                Assert.Equal(EffectiveRank.Of(seen.BackwardPass.SignalAt(seen.Network.Ports.Single(port => port.Name == row.Port))!),
                    row.SignalRank);
                Assert.True(row.TrueRank >= 1);
            }
            Assert.All(plain.Measure(seen.BackwardPass), row => Assert.True(double.IsNaN(row.SignalRank) && double.IsNaN(row.TrueRank)));
        });
    }

    [Fact]
    public void QuantilesInterpolateBetweenNeighbours()
    {
        Assert.Equal(new(0.2, 1, 2, 3, 3.8), CosineQuantiles.Of([4, 2, 0, 1, 3]));
        Assert.Equal(new(7, 7, 7, 7, 7), CosineQuantiles.Of([7]));
        var two = CosineQuantiles.Of([1, -1]);
        Assert.Equal(-0.9, two.P5, 1e-15);
        Assert.Equal(0, two.Median);
        Assert.Equal(0.5, two.P75);
        Assert.True(double.IsNaN(CosineQuantiles.Of([]).Median));
    }

    private static double Of(int rows, int columns, params double[] elements)
    {
        var tensor = new Tensor(new(rows, columns), ElementType.Double);
        tensor.CopyFrom(elements);
        return EffectiveRank.Of(tensor);
    }
}
