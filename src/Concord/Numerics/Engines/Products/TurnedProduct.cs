using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// The product y = a b of few rows where b stands transposed, as a signal that crosses a weight back: computed as y' = b' a'. The few rows
/// of a are packed once, and of b eight rows at a time are read where they stand, or made for it, through
/// <see cref="GatherTile{TSimd, TVector}"/>: packing all of b would take longer than its few uses are worth.
/// <para>Every number is summed in the order in which <see cref="Rectangle{TSimd, TVector}"/> sums it: the bits are the same.</para>
/// </summary>
internal static unsafe class TurnedProduct<TSimd, TVector> where TSimd : struct, ISimd<TVector> where TVector : unmanaged
{
    private const int Rows = GatherTile<TSimd, TVector>.Rows;

    private static int TileRows => GatherTile<TSimd, TVector>.MaxVectors * TSimd.Lanes;

    /// <summary>Columns [left, right) of y.</summary>
    /// <param name="op">The operands, of which b is read as its rows only.</param>
    /// <param name="b">The rows of b.</param>
    /// <param name="left">The first column.</param>
    /// <param name="right">Behind the last.</param>
    /// <param name="scratch">Working memory.</param>
    public static void Multiply<TRows>(in Operands op, TRows b, int left, int right, Scratch scratch) where TRows : unmanaged, IRows
    {
        if (op.M == 1)
        {
            One(op, b, left, right, scratch);
            return;
        }
        var width = (op.M + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;
        var sums = scratch.B + (nint)op.K * width;   // eight rows of y'
        Pack(op, scratch.B);
        var rows = stackalloc float*[Rows];
        for (var j = left; j < right; j += Rows)
        {
            var count = Math.Min(Rows, right - j);
            var blocks = Scratch.Blocks(op.K);
            for (var block = 0; block < blocks; block++)
            {
                var (first, end) = (Scratch.Edge(op.K, block, blocks), Scratch.Edge(op.K, block + 1, blocks));
                for (var r = 0; r < Rows; r++)   // the rest repeat the last one
                    rows[r] = r < count ? b.Row(j + r, first, end - first, scratch.A + r * Scratch.MaxDepth) : rows[count - 1];
                for (var i = 0; i < width; i += TileRows)
                {
                    var vectors = Math.Min(TileRows, width - i) / TSimd.Lanes;
                    var a = scratch.B + (nint)i * op.K + (nint)first * vectors * TSimd.Lanes;
                    Multiply(vectors, end - first, rows, a, scratch.Tile);
                    Add(vectors, scratch.Tile, block > 0, sums + Rows * i);
                }
            }
            for (var i = 0; i < op.M; i += TileRows)
                Turn(sums + Rows * i, Math.Min(TileRows, width - i), Math.Min(TileRows, op.M - i), count,
                    op.Y + (nint)i * op.N + j, op.N);
        }
    }

    /// <summary>A single row reads b once: eight rows of it at a time, as in any product of one row.</summary>
    private static void One<TRows>(in Operands op, TRows b, int left, int right, Scratch scratch) where TRows : unmanaged, IRows
    {
        for (var j = left; j < right; j += Rows)
        {
            var count = Math.Min(Rows, right - j);
            for (var r = 0; r < count; r++) b.Row(j + r, 0, op.K, scratch.B + (nint)r * op.K);
            VectorProduct<TSimd, TVector>.Transposed(new(false, op.A, true, scratch.B, op.Y + j, 1, count, op.K, 1, 0), 0, count);
        }
    }

    /// <summary>All of a, in strips as wide as a tile.</summary>
    private static void Pack(in Operands op, float* target)
    {
        for (var i = 0; i < op.M; i += TileRows)
        {
            var count = Math.Min(op.M - i, TileRows);
            var width = (count + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;
            var a = op.A + i * op.RowA;
            if (op.RowA == 1) Packing.Copy<TSimd, TVector>(a, op.DepthA, count, op.K, target, width);
            else Packing.Transpose(a, op.RowA, count, op.K, target, width);
            target += (nint)op.K * width;
        }
    }

    private static void Multiply(int vectors, int depth, float** b, float* a, float* tile)
    {
        var width = vectors * TSimd.Lanes;
        if (vectors == 3) GatherTile<TSimd, TVector>.Multiply<Three>(1, depth, b, a, width, null, tile, Rows);
        else if (vectors == 2) GatherTile<TSimd, TVector>.Multiply<Two>(1, depth, b, a, width, null, tile, Rows);
        else GatherTile<TSimd, TVector>.Multiply<One>(1, depth, b, a, width, null, tile, Rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Add(int vectors, float* tile, bool adds, float* sums)
    {
        var one = TSimd.Broadcast(1);
        for (var i = 0; i < Rows * vectors * TSimd.Lanes; i += TSimd.Lanes)
            TSimd.Store(adds ? TSimd.MultiplyAdd(one, TSimd.Load(tile + i), TSimd.Load(sums + i)) : TSimd.Load(tile + i), sums + i);
    }

    /// <summary>y[i, j] = sums[j, i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Turn(float* sums, nint width, int rows, int columns, float* y, nint stepY)
    {
        var j = 0;
        for (; j + 4 <= columns; j += 4) Packing.Turn(sums + j * width, width, rows, y + j, stepY);
        for (; j < columns; j++)
            for (var i = 0; i < rows; i++) y[i * stepY + j] = sums[j * width + i];
    }
}
