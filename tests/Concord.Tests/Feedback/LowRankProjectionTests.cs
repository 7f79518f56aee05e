using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Concord.Tests.Feedback;

/// <summary>Projections in two factors, and the laws of sparse and low-rank feedback matrices.</summary>
public sealed class LowRankProjectionTests
{
    private const double Deviation = 0.25;

    [Theory]
    [InlineData(10, 64, 1, 0)]
    [InlineData(10, 64, 4, 0)]
    [InlineData(10, 7, 10, 0)]
    [InlineData(10, 64, 5, 2)]
    [InlineData(10, 64, 3, 4)]
    [InlineData(10, 64, 10, 1)]
    public void AppliesAsItsMatrixDoesWhichHasTheRankAndTheDeviation(int sources, int units, int rank, int nonZeros)
    {
        using var kernels = Kit.Double();
        var projection = Draw(kernels, sources, units, rank, nonZeros);
        Tensor e = Kit.Tensor(kernels, new(3, sources), "e", Role.Error), applied = kernels.Allocate(new(3, units), Role.Error),
            multiplied = kernels.Allocate(new(3, units)), matrix = projection.ToMatrix(kernels);
        kernels.Log = new();
        projection.Apply(kernels, new(), e, applied);
        var (products, feedback) = nonZeros == 0 ? (rank * (sources + units), rank * (sources + units))
            : (rank * nonZeros + units, 2 * (rank * nonZeros + units));
        Assert.Equal(new Work(3 * products, new(Feedback: feedback, Errors: 3 * (sources + rank)), new(Errors: 3 * (rank + units))),
            kernels.Log[kernels.Phase]);
        kernels.Log = null;
        kernels.Product(e, false, matrix, true, multiplied);
        Kit.Close(multiplied.ToArray(), applied.ToArray(), 1e-12);

        var elements = matrix.ToArray();
        Assert.Equal(Deviation, Math.Sqrt(elements.Average(value => value * value) - Math.Pow(elements.Average(), 2)), 1e-12);
        Assert.Equal(Math.Min(rank, units), Rank(matrix));
        Assert.Equal(feedback, projection.Factors.Sum(factor => factor.Values.Length + factor.IndexWords));
        if (nonZeros > 0) Assert.All(elements.Chunk(sources), neuron => Assert.Equal(nonZeros, neuron.Count(value => value != 0)));
        var used = new bool[sources];
        projection.MarkUsed(used);
        Assert.DoesNotContain(false, used);
    }

    [Fact]
    public void TheSameStreamDrawsTheSame()
    {
        using var kernels = Kit.Double();
        Assert.Equal(Draw(kernels, 10, 20, 3, 4).ToMatrix(kernels).ToArray(), Draw(kernels, 10, 20, 3, 4).ToMatrix(kernels).ToArray());
        Assert.NotEqual(Draw(kernels, 10, 20, 3, 0).ToMatrix(kernels).ToArray(),
            LowRankProjection.Dense(kernels, 10, 20, 3, Deviation, RandomStream.FromSeed(4)).ToMatrix(kernels).ToArray());
    }

    // Crafton's bounds: |sparse, k = 1|_F / |dense|_F = sqrt(1/K) K^(1/4) = K^(-1/4).
    [Theory]
    [InlineData(10, 0.5623)]
    [InlineData(100, 0.3162)]
    [InlineData(1000, 0.1778)]
    public void OneNonZeroHasTheNormOfTheDenseMatrixOverTheFourthRootOfTheClasses(int classes, double ratio)
    {
        using var kernels = Kit.Double();
        double Norm(string rule)
        {
            var plan = Kit.Learner($"mlp:3-4096-{classes}", $"{rule} feedback.preset=crafton2019", kernels).Plan;
            return Math.Sqrt(kernels.SumSquares(plan.Rule.ProjectionAt(plan.Network.Ports[0])!.ToMatrix(kernels)));
        }
        Assert.Equal(ratio, Norm("sparse-dfa") / Norm("dfa"), 0.03 * ratio);   // the spread of 4096 squares is 1.4 %
        // The rank modes take the bound for a standard deviation, sqrt 3 times as much.
        Assert.Equal(Math.Sqrt(3), Norm("dfa feedback.rank=4") / Norm("dfa"), 0.2);
    }

    // One non-zero a neuron: the rank is the number of classes that some neuron receives, K (1 - (1 - 1/K)^n) expected.
    [Fact]
    public void OneNonZeroHasTheRankOfTheClassesUsed()
    {
        using var kernels = Kit.Double();
        foreach (var assignment in Enum.GetValues<ClassAssignment>())
        {
            var sparse = new SparseProjection(kernels, 100, 200, 1, assignment, 1, RandomStream.FromSeed(3));
            var used = new bool[100];
            sparse.MarkUsed(used);
            Assert.Equal(used.Count(isUsed => isUsed), Rank(sparse.ToMatrix(kernels)));
            // 86.6 expected, spread 3.1
            Assert.InRange(used.Count(isUsed => isUsed), assignment == ClassAssignment.Balanced ? 100 : 77,
                assignment == ClassAssignment.Balanced ? 100 : 95);
        }
        Assert.InRange(new SparseProjection(kernels, 1000, 4096, 1, ClassAssignment.Uniform, 1, RandomStream.FromSeed(3)).Index.ToArray()
            .Distinct().Count(), 983 - 12, 983 + 12);
    }

    private static LowRankProjection Draw(Kernels kernels, int sources, int units, int rank, int nonZeros) => nonZeros == 0
        ? LowRankProjection.Dense(kernels, sources, units, rank, Deviation, RandomStream.FromSeed(3))
        : LowRankProjection.Sparse(kernels, sources, units, rank, nonZeros, ClassAssignment.Balanced, Deviation, RandomStream.FromSeed(3));

    private static int Rank(Tensor matrix) => new DenseMatrix(matrix.Shape.RowLength, matrix.Shape.Rows, matrix.ToArray()).Rank();
}
