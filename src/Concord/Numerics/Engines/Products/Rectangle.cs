using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// One thread's part of a product: rows [top, bottom) and columns [left, right) of y, block by block. See <see cref="PanelProduct"/>.
/// </summary>
internal static unsafe class Rectangle<TSimd, TVector> where TSimd : struct, ISimd<TVector> where TVector : unmanaged
{
    private static int TileColumns => Tile<TSimd, TVector>.MaxVectors * TSimd.Lanes;

    public static void Multiply(in Operands op, int top, int bottom, int left, int right, Scratch scratch)
    {
        var blocks = Scratch.Blocks(op.K);
        for (var block = 0; block < blocks; block++)
        {
            var first = Scratch.Edge(op.K, block, blocks);
            var depth = Scratch.Edge(op.K, block + 1, blocks) - first;
            var columns = Scratch.BlockLength / depth / TileColumns * TileColumns;
            for (var j = left; j < right; j += columns)
                Block(op, top, bottom, j, Math.Min(j + columns, right), first, depth, scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(in Operands op, int top, int bottom, int left, int right, int first, int depth, Scratch scratch)
    {
        var beta = first == 0 ? op.Beta : 1;

        // Few rows would use a packed block too seldom to pay for the packing: they read b where it stands, but for the
        // last tile if it is no whole number of registers wide.
        var direct = op.ColumnB == 1 && bottom - top <= Scratch.DirectRows;
        var packed = direct ? Partial(left, right) : left;
        PackB(op, packed, right, first, depth, scratch.B);

        for (var i = top; i < bottom; i += Scratch.Rows)
        {
            var rows = Math.Min(bottom - i, Scratch.Rows);
            PackA(op, i, rows, first, depth, scratch.A);
            var next = scratch.B;
            for (var j = left; j < right; j += TileColumns)
            {
                var count = Math.Min(right - j, TileColumns);
                var vectors = Vectors(count);
                var width = vectors * TSimd.Lanes;
                var y = op.Y + (nint)i * op.N + j;
                if (j < packed)
                {
                    Put(op, rows, count, vectors, depth, scratch, op.B + first * op.DepthB + j, op.DepthB, beta, y);
                    continue;
                }
                Put(op, rows, count, vectors, depth, scratch, next, width, beta, y);
                next += depth * width;
            }
        }
    }

    private static int Vectors(int columns) => (columns + TSimd.Lanes - 1) / TSimd.Lanes;

    /// <summary>The first column of the last tile if that is no whole number of registers wide, else the end.</summary>
    private static int Partial(int left, int right) =>
        (right - left) % TSimd.Lanes == 0 ? right : right - (right - left) % TileColumns;

    private static void PackA(in Operands op, int i, int rows, int first, int depth, float* target)
    {
        var a = op.A + i * op.RowA + first * op.DepthA;
        if (op.RowA == 1) Packing.Copy<TSimd, TVector>(a, op.DepthA, rows, depth, target, Scratch.Rows);
        else Packing.Transpose(a, op.RowA, rows, depth, target, Scratch.Rows);
    }

    private static void PackB(in Operands op, int left, int right, int first, int depth, float* target)
    {
        for (var j = left; j < right; j += TileColumns)
        {
            var count = Math.Min(right - j, TileColumns);
            var width = Vectors(count) * TSimd.Lanes;
            var b = op.B + first * op.DepthB + j * op.ColumnB;
            if (op.ColumnB == 1) Packing.Copy<TSimd, TVector>(b, op.DepthB, count, depth, target, width);
            else Packing.Transpose(b, op.ColumnB, count, depth, target, width);
            target += depth * width;
        }
    }

    /// <summary>A tile into y; one that sticks out of y by way of a scratch tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(in Operands op, int rows, int columns, int vectors, int depth, Scratch scratch, float* b, nint stepB,
        float beta, float* y)
    {
        if (rows % 4 == 0 && columns == vectors * TSimd.Lanes)
        {
            Multiply(rows, vectors, depth, scratch.A, b, stepB, op.Alpha, beta, y, op.N);
            return;
        }
        Multiply(rows, vectors, depth, scratch.A, b, stepB, 1, 0, scratch.Tile, Scratch.MaxColumns);
        Add(op.Alpha, scratch.Tile, beta, y, op.N, rows, columns);
    }

    /// <summary>y = beta y + alpha tile. Whole registers are rounded as a tile would have rounded them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Add(float alpha, float* tile, float beta, float* y, nint stepY, int rows, int columns)
    {
        for (; rows > 0; rows--, tile += Scratch.MaxColumns, y += stepY)
        {
            var j = 0;
            for (; j + TSimd.Lanes <= columns; j += TSimd.Lanes) Tile<TSimd, TVector>.Finish(TSimd.Load(tile + j), alpha, beta, y + j);
            for (; j + 4 <= columns; j += 4) Tile<Simd128, Vector128<float>>.Finish(Vector128.Load(tile + j), alpha, beta, y + j);
            for (; j < columns; j++) Tile<SimdNone, float>.Finish(tile[j], alpha, beta, y + j);
        }
    }

    private static void Multiply(int rows, int vectors, int depth, float* a, float* b, nint stepB, float alpha, float beta,
        float* y, nint stepY)
    {
        if (rows > 4 && TSimd.HasManyRegisters)
        {
            if (vectors == 3) Tile<TSimd, TVector>.Multiply<Eight, Three>(1, 0, 0, depth, a, Scratch.Rows, b, stepB, alpha, beta, y, stepY);
            else if (vectors == 2)
                Tile<TSimd, TVector>.Multiply<Eight, Two>(1, 0, 0, depth, a, Scratch.Rows, b, stepB, alpha, beta, y, stepY);
            else Tile<TSimd, TVector>.Multiply<Eight, One>(1, 0, 0, depth, a, Scratch.Rows, b, stepB, alpha, beta, y, stepY);
            return;
        }
        for (var i = 0; i < rows; i += 4, a += 4, y += 4 * stepY)
        {
            if (vectors == 3) Tile<TSimd, TVector>.Multiply<Four, Three>(1, 0, 0, depth, a, Scratch.Rows, b, stepB, alpha, beta, y, stepY);
            else if (vectors == 2)
                Tile<TSimd, TVector>.Multiply<Four, Two>(1, 0, 0, depth, a, Scratch.Rows, b, stepB, alpha, beta, y, stepY);
            else Tile<TSimd, TVector>.Multiply<Four, One>(1, 0, 0, depth, a, Scratch.Rows, b, stepB, alpha, beta, y, stepY);
        }
    }
}
