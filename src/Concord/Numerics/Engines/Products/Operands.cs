namespace Concord.Numerics.Engines.Products;

/// <summary>
/// y = beta y + alpha op(a) op(b) with the transposes turned into strides:
/// op(a)[i, p] = A[i RowA + p DepthA], op(b)[p, j] = B[p DepthB + j ColumnB], y[i, j] = Y[i N + j].
/// </summary>
internal readonly unsafe struct Operands(bool transposeA, float* a, bool transposeB, float* b, float* y, int m, int n, int k,
    float alpha, float beta)
{
    public readonly float* A = a, B = b, Y = y;
    public readonly nint RowA = transposeA ? 1 : k, DepthA = transposeA ? m : 1;
    public readonly nint DepthB = transposeB ? 1 : n, ColumnB = transposeB ? k : 1;
    public readonly int M = m, N = n, K = k;
    public readonly float Alpha = alpha, Beta = beta;

    /// <summary>Whether <see cref="TurnedProduct{TSimd, TVector}"/> computes it: b stands transposed, and all of a fits a block.</summary>
    public bool IsTurned => M > 1 && K >= LeastTurned && DepthB == 1 && Alpha == 1 && Beta == 0
        && (M + Widest - 1L) / Widest * Widest * (K + Scratch.Rows) <= Scratch.BlockLength;

    private const int Widest = 16;        // lanes of a register, to whole ones of which a's rows are filled up
    private const int LeastTurned = 64;   // below that turning the result takes longer than packing b
}
