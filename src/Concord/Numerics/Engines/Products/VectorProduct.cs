using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// The products of a batch of one: a row times a matrix (y = beta y + alpha x b) and a column times a row. Every number of
/// the matrix is used once, so nothing is packed: the time is that of moving it through memory, and what counts is to
/// do that in the order in which it stands.
/// </summary>
internal static unsafe class VectorProduct<TSimd, TVector> where TSimd : struct, ISimd<TVector> where TVector : unmanaged
{
    /// <summary>Columns [left, right) where b stands as k x n: y gathers four rows of b at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Straight(in Operands op, int left, int right)
    {
        var whole = right - (right - left) % TSimd.Lanes;
        var beta = op.Beta;
        var p = 0;
        for (; p + 4 <= op.K; p += 4, beta = 1)
        {
            var x0 = TSimd.Broadcast(op.Alpha * op.A[p]);
            var x1 = TSimd.Broadcast(op.Alpha * op.A[p + 1]);
            var x2 = TSimd.Broadcast(op.Alpha * op.A[p + 2]);
            var x3 = TSimd.Broadcast(op.Alpha * op.A[p + 3]);
            var b0 = op.B + p * op.DepthB;
            var b1 = b0 + op.DepthB;
            var b2 = b1 + op.DepthB;
            var b3 = b2 + op.DepthB;
            for (var j = left; j < whole; j += TSimd.Lanes)
            {
                var sum = Start(op.Y + j, beta);
                sum = TSimd.MultiplyAdd(x0, TSimd.Load(b0 + j), sum);
                sum = TSimd.MultiplyAdd(x1, TSimd.Load(b1 + j), sum);
                sum = TSimd.MultiplyAdd(x2, TSimd.Load(b2 + j), sum);
                sum = TSimd.MultiplyAdd(x3, TSimd.Load(b3 + j), sum);
                TSimd.Store(sum, op.Y + j);
            }
        }
        for (; p < op.K; p++, beta = 1)
        {
            var x = TSimd.Broadcast(op.Alpha * op.A[p]);
            var b = op.B + p * op.DepthB;
            for (var j = left; j < whole; j += TSimd.Lanes)
                TSimd.Store(TSimd.MultiplyAdd(x, TSimd.Load(b + j), Start(op.Y + j, beta)), op.Y + j);
        }
        for (; whole + 4 <= right; whole += 4) Strip<Simd128, Vector128<float>>(op, whole);
        for (; whole < right; whole++) Strip<SimdNone, float>(op, whole);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Start(float* y, float beta) => beta switch
    {
        0 => default,
        1 => TSimd.Load(y),
        _ => TSimd.Multiply(TSimd.Broadcast(beta), TSimd.Load(y)),
    };

    /// <summary>The last few columns, as wide as one narrow register; four sums, lest each multiply-add wait for the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Strip<TNarrow, TRegister>(in Operands op, int j) where TNarrow : struct, ISimd<TRegister>
        where TRegister : unmanaged
    {
        TRegister s0 = default, s1 = default, s2 = default, s3 = default;
        var b = op.B + j;
        var p = 0;
        for (; p + 4 <= op.K; p += 4)
        {
            s0 = TNarrow.MultiplyAdd(TNarrow.Broadcast(op.A[p]), TNarrow.Load(b), s0);
            s1 = TNarrow.MultiplyAdd(TNarrow.Broadcast(op.A[p + 1]), TNarrow.Load(b + op.DepthB), s1);
            s2 = TNarrow.MultiplyAdd(TNarrow.Broadcast(op.A[p + 2]), TNarrow.Load(b + 2 * op.DepthB), s2);
            s3 = TNarrow.MultiplyAdd(TNarrow.Broadcast(op.A[p + 3]), TNarrow.Load(b + 3 * op.DepthB), s3);
            b += 4 * op.DepthB;
        }
        for (; p < op.K; p++, b += op.DepthB)
            s0 = TNarrow.MultiplyAdd(TNarrow.Broadcast(op.A[p]), TNarrow.Load(b), s0);
        var one = TNarrow.Broadcast(1);
        var sum = TNarrow.MultiplyAdd(one, TNarrow.MultiplyAdd(one, s0, s1), TNarrow.MultiplyAdd(one, s2, s3));
        Tile<TNarrow, TRegister>.Finish(sum, op.Alpha, op.Beta, op.Y + j);
    }

    /// <summary>Columns [left, right) where b stands as n x k: every y is the dot product of x with a row of b, four at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transposed(in Operands op, int left, int right)
    {
        var j = left;
        for (; j + 4 <= right; j += 4)
        {
            var b0 = op.B + j * op.ColumnB;
            var b1 = b0 + op.ColumnB;
            var b2 = b1 + op.ColumnB;
            var b3 = b2 + op.ColumnB;
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            var p = 0;
            for (; p + TSimd.Lanes <= op.K; p += TSimd.Lanes)
            {
                var x = TSimd.Load(op.A + p);
                s0 = TSimd.MultiplyAdd(x, TSimd.Load(b0 + p), s0);
                s1 = TSimd.MultiplyAdd(x, TSimd.Load(b1 + p), s1);
                s2 = TSimd.MultiplyAdd(x, TSimd.Load(b2 + p), s2);
                s3 = TSimd.MultiplyAdd(x, TSimd.Load(b3 + p), s3);
            }
            float t0 = TSimd.Sum(s0), t1 = TSimd.Sum(s1), t2 = TSimd.Sum(s2), t3 = TSimd.Sum(s3);
            for (; p < op.K; p++)
            {
                t0 += op.A[p] * b0[p];
                t1 += op.A[p] * b1[p];
                t2 += op.A[p] * b2[p];
                t3 += op.A[p] * b3[p];
            }
            Tile<SimdNone, float>.Finish(t0, op.Alpha, op.Beta, op.Y + j);
            Tile<SimdNone, float>.Finish(t1, op.Alpha, op.Beta, op.Y + j + 1);
            Tile<SimdNone, float>.Finish(t2, op.Alpha, op.Beta, op.Y + j + 2);
            Tile<SimdNone, float>.Finish(t3, op.Alpha, op.Beta, op.Y + j + 3);
        }
        for (; j < right; j++)
        {
            var b = op.B + j * op.ColumnB;
            TVector s = default;
            var p = 0;
            for (; p + TSimd.Lanes <= op.K; p += TSimd.Lanes) s = TSimd.MultiplyAdd(TSimd.Load(op.A + p), TSimd.Load(b + p), s);
            var t = TSimd.Sum(s);
            for (; p < op.K; p++) t += op.A[p] * b[p];
            Tile<SimdNone, float>.Finish(t, op.Alpha, op.Beta, op.Y + j);
        }
    }

    /// <summary>
    /// Rows [top, bottom) and columns [left, right) of y = beta y + alpha a b for an inner length of one: a weight's gradient.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OuterProduct(in Operands op, int top, int bottom, int left, int right)
    {
        for (var i = top; i < bottom; i++)
        {
            var factor = op.Alpha * op.A[i];
            var y = op.Y + (nint)i * op.N;
            var j = left;
            for (; j + TSimd.Lanes <= right; j += TSimd.Lanes) Tile<TSimd, TVector>.Finish(TSimd.Load(op.B + j), factor, op.Beta, y + j);
            for (; j < right; j++) Tile<SimdNone, float>.Finish(op.B[j], factor, op.Beta, y + j);
        }
    }
}
