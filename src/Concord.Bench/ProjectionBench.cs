using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Bench;

/// <summary>A dense projection compared with a sparse one: seconds per batch, and the multiply-accumulates that were counted.</summary>
internal sealed record ProjectionFigures(int Rows, int Units, int Classes, double Dense, double Sparse, long DenseMacs, long SparseMacs);

/// <summary>What a gather of one non-zero per neuron saves where there are many classes.</summary>
internal static class ProjectionBench
{
    public static ProjectionFigures Run(Kernels kernels, int rounds, double seconds)
    {
        const int Rows = 64, Units = 4096, Classes = 1000;
        Contender? dense = null, sparse = null;
        long denseMacs = 0, sparseMacs = 0;
        kernels.Run(() =>
        {
            var stream = RandomStream.FromSeed(0);
            var matrix = kernels.Allocate(new(Classes, Units));
            kernels.FillNormal(stream.Split("matrix"), 0, 1, matrix);
            var source = kernels.Allocate(new(Rows, Classes));
            kernels.FillNormal(stream.Split("source"), 0, 1, source);
            (dense, denseMacs) = Contend("dense", kernels, new DenseProjection(matrix), source, Units);
            (sparse, sparseMacs) = Contend("sparse", kernels,
                new SparseProjection(kernels, Classes, Units, 1, ClassAssignment.Balanced, 1, stream), source, Units);
        });
        var times = Interleaved.Measure([dense!, sparse!], rounds, seconds);
        return new(Rows, Units, Classes, times["dense"], times["sparse"], denseMacs, sparseMacs);
    }

    private static (Contender, long Macs) Contend(string name, Kernels kernels, Projection projection, Tensor source, int units)
    {
        var (workspace, result) = (new Workspace(), kernels.Allocate(new(source.Shape.Rows, units)));
        kernels.Log = new();
        projection.Apply(kernels, workspace, source, result);
        var macs = kernels.Log.Records.Sum(record => record.Work.MultiplyAccumulates);
        kernels.Log = null;
        return (new(name, count => kernels.Run(() =>
        {
            for (var i = 0; i < count; i++) projection.Apply(kernels, workspace, source, result);
        })), macs);
    }
}
