using System.Numerics.Tensors;

namespace Concord.Numerics.Engines;

/// <summary>
/// The engine of the checks: every layer and rule in double precision, on the calling thread, with a matrix product that is plain to read.
/// </summary>
internal sealed class DoubleKernels() : ManagedKernels<double>(new SerialTeam())
{
    /// <inheritdoc/>
    public override string Name => "double";

    /// <inheritdoc/>
    protected override void ProductCore(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k, double alpha, double beta)
    {
        for (var i = 0; i < m; i++)
        {
            var row = y.Doubles.Slice(i * n, n);
            if (beta == 0) row.Clear();
            else TensorPrimitives.Multiply(row, beta, row);
            if (transposeB) AddDots(a.Doubles, transposeA ? i : i * k, transposeA ? m : 1, b.Doubles, k, alpha, row);
            else
                for (var p = 0; p < k; p++)
                    TensorPrimitives.MultiplyAdd(b.Doubles.Slice(p * n, n), alpha * a.Doubles[transposeA ? p * m + i : i * k + p], row, row);
        }
    }

    /// <summary>row_j += alpha a . b_j, for the rows b_j of b and the k elements of a that stand so far apart.</summary>
    private static void AddDots(ReadOnlySpan<double> a, int first, int stride, ReadOnlySpan<double> b, int k, double alpha, Span<double> row)
    {
        for (var j = 0; j < row.Length; j++)
        {
            var sum = 0.0;
            for (var p = 0; p < k; p++) sum += a[first + p * stride] * b[j * k + p];
            row[j] += alpha * sum;
        }
    }
}
