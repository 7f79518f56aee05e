using Concord.Feedback;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Tests.Feedback;

public sealed class SparseProjectionTests
{
    [Theory]
    [InlineData(10, 400, 1)]
    [InlineData(10, 37, 3)]
    [InlineData(7, 50, 7)]
    [InlineData(1000, 64, 1)]
    [InlineData(3, 1, 2)]
    public void BalancedClassesReachEquallyManyNeurons(int sources, int units, int k)
    {
        var index = Draw(sources, units, k, ClassAssignment.Balanced);
        var used = Enumerable.Range(0, sources).Select(source => index.Count(column => column == source)).ToList();
        Assert.InRange(used.Max() - used.Min(), 0, 1);
        CheckRows(index, sources, units, k);
    }

    [Fact]
    public void UniformClassesMissSome()
    {
        var index = Draw(1000, 4096, 1, ClassAssignment.Uniform);
        Assert.InRange(1000 - index.Distinct().Count(), 4, 34);   // C exp(-n / C) = 16.6 expected
        CheckRows(Draw(10, 300, 4, ClassAssignment.Uniform), 10, 300, 4);
    }

    [Theory]
    [InlineData(10, 400, 1)]
    [InlineData(1000, 64, 1)]
    [InlineData(7, 7, 1)]
    [InlineData(7, 3, 2)]
    [InlineData(7, 4, 2)]
    public void ReceivesWhatItsIndexSaysOnAnyEngine(int sources, int units, int k)
    {
        using var planning = new PlanningKernels();
        using var kernels = Kit.Double();
        foreach (var assignment in Enum.GetValues<ClassAssignment>())
            foreach (var engine in (Kernels[])[kernels, planning])
            {
                var sparse = new SparseProjection(engine, sources, units, k, assignment, 1, RandomStream.FromSeed(2));
                sparse.Apply(engine, new(), engine.Allocate(new(2, sources)), engine.Allocate(new(2, units)));
                var used = new bool[sources];
                sparse.MarkUsed(used);
                var index = Draw(sources, units, k, assignment);
                Assert.Equal(index, sparse.Index.ToArray());
                Assert.Equal(Enumerable.Range(0, sources).Select(index.Contains), used);
            }
    }

    [Fact]
    public void AppliesAsItsMatrixDoes()
    {
        using var kernels = Kit.Double();
        var sparse = new SparseProjection(kernels, 5, 8, 2, ClassAssignment.Balanced, 0.7, RandomStream.FromSeed(1));
        Tensor e = Kit.Tensor(kernels, new(3, 5), "e"), gathered = kernels.Allocate(new(3, 8)), multiplied = kernels.Allocate(new(3, 8)),
            matrix = sparse.ToMatrix(kernels);
        sparse.Apply(kernels, new(), e, gathered);
        kernels.Product(e, false, matrix, true, multiplied);
        Kit.Close(multiplied.ToArray(), gathered.ToArray(), 1e-14);
        Assert.Equal(16, matrix.ToArray().Count(value => value != 0));
    }

    private static int[] Draw(int sources, int units, int k, ClassAssignment assignment)
    {
        using var kernels = Kit.Double();
        return new SparseProjection(kernels, sources, units, k, assignment, 1, RandomStream.FromSeed(2)).Index.ToArray();
    }

    private static void CheckRows(int[] index, int sources, int units, int k)
    {
        for (var unit = 0; unit < units; unit++)
        {
            var mine = index.AsSpan(unit * k, k).ToArray();
            Assert.Equal(mine.Distinct().Order(), mine);   // k different classes, in order
            Assert.All(mine, column => Assert.InRange(column, 0, sources - 1));
        }
    }
}
