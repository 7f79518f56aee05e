using System.Numerics.Tensors;

namespace Concord.Numerics.Engines;

/// <summary>
/// The engine of the checks: every layer and rule in double precision, on the calling thread, with a matrix product that is plain to read.
/// </summary>
internal sealed unsafe class DoubleKernels() : ManagedKernels<double>(new SerialTeam(flushesToZero: false))
{
    /// <inheritdoc/>
    public override string Name => "double";

    /// <inheritdoc/>
    protected override void Multiply(bool transposeA, bool transposeB, int m, int n, int k, double alpha, double* a, double* b,
        double beta, double* y)
    {
        for (var i = 0; i < m; i++)
        {
            var row = new Span<double>(y + (long)i * n, n);
            if (beta == 0) row.Clear();
            else TensorPrimitives.Multiply(row, beta, row);
            var first = transposeA ? a + i : a + (long)i * k;
            var stride = transposeA ? m : 1;
            if (transposeB) AddDots(first, stride, b, k, alpha, row);
            else
                for (var p = 0; p < k; p++)
                    TensorPrimitives.MultiplyAdd(new ReadOnlySpan<double>(b + (long)p * n, n), alpha * first[(long)p * stride], row, row);
        }
    }

    /// <summary>row_j += alpha a . b_j, for the rows b_j of b and the k elements of a that stand so far apart.</summary>
    private static void AddDots(double* a, int stride, double* b, int k, double alpha, Span<double> row)
    {
        for (var j = 0; j < row.Length; j++)
        {
            var sum = 0.0;
            for (var p = 0; p < k; p++) sum += a[(long)p * stride] * b[(long)j * k + p];
            row[j] += alpha * sum;
        }
    }
}
