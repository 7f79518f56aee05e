using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Tests;

internal sealed class PlainSingleKernels() : ManagedKernels<float>(new SerialTeam())
{
    public override string Name => "plain";

    protected override void ProductCore(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k, double alpha, double beta)
    {
        Span<float> left = a.Singles, right = b.Singles, result = y.Singles;
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
            {
                var sum = 0f;
                for (var p = 0; p < k; p++) sum += left[transposeA ? p * m + i : i * k + p] * right[transposeB ? j * k + p : p * n + j];
                result[i * n + j] = (beta == 0 ? 0 : (float)beta * result[i * n + j]) + (float)alpha * sum;
            }
    }
}
