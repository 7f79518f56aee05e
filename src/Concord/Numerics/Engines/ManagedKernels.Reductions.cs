using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void SumRowsCore(Tensor x, in Accumulator row)
    {
        if (x.Pooled is { } put && put.IsOf(this, x) && x.Shape.RowLength == put.Places.Shape[3])
            SumColumns(Gated(put), put.Places.Length / x.Shape.RowLength, x.Shape.RowLength, row, put.Signal);
        else SumColumns(x, x.Shape.Rows, x.Shape.RowLength, row);
    }

    private void SumColumns(Tensor x, int rows, int width, in Accumulator row) => SumColumns(Pointer(x), rows, width, row, x);

    private void SumColumns(T* x, int rows, int width, in Accumulator row, Tensor alive) =>
        SumColumnsOf(new PlainTerm(x, width, Of(row.Alpha), Of(row.Beta), Pointer(row.Target)), rows, width, alive, row.Target);

    /// <inheritdoc/>
    protected override double SumCore(Tensor x) => SumInChunks(x, squared: false);

    /// <inheritdoc/>
    protected override double SumSquaresCore(Tensor x) => SumInChunks(x, squared: true);

    /// <inheritdoc/>
    protected override void CompareRowsCore(Tensor a, Tensor b, Span<RowComparison> rows)
    {
        var width = a.Shape.RowLength;
        fixed (RowComparison* results = rows)
            Rows(new CompareWork(Pointer(a), Pointer(b), width, results), rows.Length, width, Cheap, a, b);
    }

    /// <inheritdoc/>
    protected override void ArgMaxRowsCore(Tensor x, Span<int> columns)
    {
        var width = x.Shape.RowLength;
        fixed (int* results = columns)
            Rows(new ArgMaxWork(Pointer(x), width, results), columns.Length, width, Cheap, x);
    }

    /// <summary>
    /// A sum over the samples for each column: the rows are added in order, so a column's sum does not depend on which thread
    /// makes it. A panel of columns is summed at a time, whose sums stay in the nearest cache.
    /// </summary>
    private struct ColumnSums<TTerm>(TTerm term, int rows) : IRangeWork where TTerm : unmanaged, IColumnTerm
    {
        private readonly TTerm _term = term;

        public readonly void Run(int start, int end)
        {
            var term = _term;
            var sums = stackalloc T[Panel];
            for (var left = start; left < end; left += Panel)
            {
                var width = Math.Min(Panel, end - left);
                new Span<T>(sums, Panel).Clear();
                for (var n = 0; n < rows; n++)
                {
                    term.BeginRow(n);
                    var j = 0;
                    for (; j <= width - Lanes<T>.Count; j += Lanes<T>.Count)
                        Vector.Store(Vector.Load(sums + j) + term.At(left + j, Lanes<T>.Count), sums + j);
                    if (j < width) Vector.Store(Vector.Load(sums + j) + term.At(left + j, width - j), sums + j);
                }
                for (var j = 0; j < width; j += Lanes<T>.Count)
                    term.Finish(left + j, Vector.Load(sums + j), Math.Min(Lanes<T>.Count, width - j));
            }
        }
    }

    /// <summary>Columns whose sums are kept at a time: a multiple of every register's length.</summary>
    private const int Panel = 512;

    /// <summary>What is summed over the samples, and where the sums go.</summary>
    private interface IColumnTerm
    {
        void BeginRow(int n);

        /// <summary>The terms of columns j to j + count - 1 in the current row.</summary>
        Vector<T> At(int j, int count);

        /// <summary>Takes the sums of those columns.</summary>
        void Finish(int j, Vector<T> sum, int count);
    }

    /// <summary>x itself.</summary>
    private struct PlainTerm(T* x, int width, T alpha, T beta, T* target) : IColumnTerm
    {
        private T* _row;

        public void BeginRow(int n) => _row = x + (long)n * width;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector<T> At(int j, int count) => Lanes<T>.Load(_row + j, count);

        public readonly void Finish(int j, Vector<T> sum, int count) => Lanes<T>.Accumulate(sum, alpha, beta, target + j, count);
    }

    /// <summary>What is summed over the columns of one row.</summary>
    private interface IRowTerm
    {
        Vector<T> At(int j, int count);
    }

    /// <summary>A sum over one row, in four registers side by side since each addition waits for the one before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T SumRow<TTerm>(TTerm term, int width) where TTerm : unmanaged, IRowTerm
    {
        Vector<T> first = default, second = default, third = default, fourth = default;
        int j = 0, c = Lanes<T>.Count;
        for (; j <= width - 4 * c; j += 4 * c)
        {
            first += term.At(j, Lanes<T>.Count);
            second += term.At(j + c, Lanes<T>.Count);
            third += term.At(j + 2 * c, Lanes<T>.Count);
            fourth += term.At(j + 3 * c, Lanes<T>.Count);
        }
        for (; j <= width - c; j += c) first += term.At(j, Lanes<T>.Count);
        var sum = Vector.Sum(first + second + (third + fourth));
        return j == width ? sum : sum + Vector.Sum(Lanes<T>.Keep(term.At(j, width - j), width - j));
    }

    /// <summary>The chunks of a sum are cut by the tensor's length alone, and their sums added in order.</summary>
    private double SumInChunks(Tensor x, bool squared)
    {
        const int chunks = 64;
        var length = x.Length / chunks / ElementUnit * ElementUnit + ElementUnit;
        var sums = stackalloc double[chunks];
        Rows(new ChunkSumWork(Pointer(x), x.Length, length, squared, sums), chunks, length, Cheap, x);
        var sum = 0.0;
        for (var i = 0; i < chunks; i++) sum += sums[i];
        return sum;
    }

    private readonly struct ChunkSumWork(T* x, int length, int chunk, bool squared, double* sums) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var c = start; c < end; c++)
            {
                Vector<double> first = default, second = default;
                long i = (long)c * chunk, stop = Math.Min(i + chunk, length);
                for (; i <= stop - Vector<float>.Count; i += Vector<float>.Count)
                {
                    var (low, high) = Lanes<T>.LoadWide(x + i, Vector<float>.Count);
                    first += Power(low);
                    second += Power(high);
                }
                sums[c] = Vector.Sum(first + second);
                if (i == stop) continue;
                var (lastLow, lastHigh) = Lanes<T>.LoadWide(x + i, (int)(stop - i));
                sums[c] += Vector.Sum(Power(lastLow) + Power(lastHigh));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<double> Power(Vector<double> value) => squared ? value * value : value;
    }

    private readonly struct CompareWork(T* a, T* b, int width, RowComparison* results) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                T* rowA = a + (long)n * width, rowB = b + (long)n * width;
                Vector<double> dot = default, squaredA = default, squaredB = default;
                Vector<long> same = default;
                for (var i = 0; i < width; i += Vector<float>.Count)
                {
                    var count = Math.Min(Vector<float>.Count, width - i);
                    var (lowA, highA) = Lanes<T>.LoadWide(rowA + i, count);
                    var (lowB, highB) = Lanes<T>.LoadWide(rowB + i, count);
                    dot += lowA * lowB + highA * highB;
                    squaredA += lowA * lowA + highA * highA;
                    squaredB += lowB * lowB + highB * highB;
                    same -= SameSign(lowA, lowB) + SameSign(highA, highB);   // a mask is -1
                }
                results[n] = new(Vector.Sum(dot), Vector.Sum(squaredA), Vector.Sum(squaredB), (int)Vector.Sum(same));
            }
        }

        /// <summary>Compares, since a product of two small numbers could vanish.</summary>
        private static Vector<long> SameSign(Vector<double> a, Vector<double> b) =>
            (Vector.GreaterThan(a, Vector<double>.Zero) & Vector.GreaterThan(b, Vector<double>.Zero))
            | (Vector.LessThan(a, Vector<double>.Zero) & Vector.LessThan(b, Vector<double>.Zero));
    }

    /// <summary>A row without columns has none to name: -1.</summary>
    private readonly struct ArgMaxWork(T* x, int width, int* columns) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var row = x + (long)n * width;
                var best = width == 0 ? -1 : 0;
                for (var j = 1; j < width; j++)
                    if (row[j] > row[best] || (T.IsNaN(row[best]) && !T.IsNaN(row[j]))) best = j;
                columns[n] = best;
            }
        }
    }
}
