using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void MomentsCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance)
    {
        int rows = x.Shape.Rows, width = x.Shape.RowLength;
        if (axis == NormAxis.Rows)
        {
            Rows(new RowMomentsWork(Pointer(x), width, Pointer(mean), Pointer(variance)), rows, width, Cheap, x, mean, variance);
            return;
        }
        var share = 1.0 / Math.Max(rows, 1);
        SumColumns(x, rows, width, new(mean, share));
        SumColumnsOf(new DeviationTerm(Pointer(x), width, Pointer(mean), Of(share), Pointer(variance)), rows, width, x, mean, variance);
    }

    /// <inheritdoc/>
    protected override void NormalizeCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor gain,
        Tensor shift, Tensor y)
    {
        int rows = x.Shape.Rows, width = x.Shape.RowLength;
        var norm = new Norm(Pointer(x), rows, width, Pointer(mean), Pointer(variance), Of(epsilon));
        if (axis == NormAxis.Rows)
            Rows(new RowNormalizeWork(norm, Pointer(gain), Pointer(shift), Pointer(y)), rows, width, Cheap, x, mean, variance,
                gain, shift, y);
        else if (IsTall(rows, width))
            Rows(new TallNormalizeWork(norm, ScalesOf(norm), Pointer(gain), Pointer(shift), Pointer(y)), rows, width, Cheap, x, mean,
                variance, gain, shift, y);
        else
            Columns(new ColumnNormalizeWork(norm, Pointer(gain), Pointer(shift), Pointer(y)), width, rows, x, mean, variance,
                gain, shift, y);
    }

    /// <summary>Which of the moments belong to the elements j, j + 1, ... of a row.</summary>
    private interface IAxis
    {
        static abstract Vector<T> At(T* moment, int j, int count);
    }

    /// <summary>A moment for each column.</summary>
    private readonly struct ByColumn : IAxis
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> At(T* moment, int j, int count) => Lanes<T>.Load(moment + j, count);
    }

    /// <summary>One moment for the whole row.</summary>
    private readonly struct ByRow : IAxis
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<T> At(T* moment, int j, int count) => new(*moment);
    }

    /// <summary>h = (x - mean) scale of one row, with scale = 1 / sqrt(variance + epsilon).</summary>
    private readonly struct Standardized<TAxis>(T* x, T* mean, T* scale) where TAxis : IAxis
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> At(int j, int count) => (Lanes<T>.Load(x + j, count) - TAxis.At(mean, j, count)) * Scale(j, count);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Scale(int j, int count) => TAxis.At(scale, j, count);
    }

    /// <summary>The operands of a normalisation; hands out its rows, or panels of them.</summary>
    private readonly struct Norm(T* x, int rows, int width, T* mean, T* variance, T epsilon)
    {
        public int Height => rows;

        public int Width => width;

        /// <summary>Writes the scales of a panel of columns.</summary>
        public void Scales(int left, int columns, T* scale)
        {
            for (var j = 0; j < columns; j += Lanes<T>.Count)
            {
                var count = Math.Min(Lanes<T>.Count, columns - j);
                Lanes<T>.Store(Vector<T>.One / Vector.SquareRoot(Lanes<T>.Load(variance + left + j, count) + new Vector<T>(epsilon)),
                    scale + j, count);
            }
        }

        public Standardized<ByColumn> Panel(int n, int left, T* scale) => new(x + (long)n * width + left, mean + left, scale);

        /// <summary>Row n from a column on; writes the row's scale.</summary>
        public Standardized<ByRow> Row(int n, int left, T* scale)
        {
            *scale = T.One / T.Sqrt(variance[n] + epsilon);
            return new(x + (long)n * width + left, mean + n, scale);
        }
    }

    /// <summary>(x - mean)^2, over the samples.</summary>
    private struct DeviationTerm(T* x, int width, T* mean, T share, T* variance) : IColumnTerm
    {
        private T* _row;

        public void BeginRow(int n) => _row = x + (long)n * width;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector<T> At(int j, int count)
        {
            var deviation = Lanes<T>.Load(_row + j, count) - Lanes<T>.Load(mean + j, count);
            return deviation * deviation;
        }

        public readonly void Finish(int j, Vector<T> sum, int count) => Lanes<T>.Store(sum * share, variance + j, count);
    }

    private readonly struct RowMomentsWork(T* x, int width, T* mean, T* variance) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var divisor = T.CreateTruncating(Math.Max(width, 1));
            for (var n = start; n < end; n++)
            {
                var row = x + (long)n * width;
                mean[n] = SumRow(new RowTerm(row), width) / divisor;
                variance[n] = SumRow(new RowDeviationTerm(row, mean[n]), width) / divisor;
            }
        }
    }

    private readonly struct RowTerm(T* row) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> At(int j, int count) => Lanes<T>.Load(row + j, count);
    }

    private readonly struct RowDeviationTerm(T* row, T mean) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> At(int j, int count)
        {
            var deviation = Lanes<T>.Load(row + j, count) - new Vector<T>(mean);
            return deviation * deviation;
        }
    }

    private readonly struct RowNormalizeWork(Norm norm, T* gain, T* shift, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            T scale;
            for (var n = start; n < end; n++)
                Loop(new NormalizeRow<ByRow>(norm.Row(n, 0, &scale), gain, shift, y + (long)n * norm.Width), norm.Width);
        }
    }

    private readonly struct ColumnNormalizeWork(Norm norm, T* gain, T* shift, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var scale = stackalloc T[Panel];
            for (var left = start; left < end; left += Panel)
            {
                var width = Math.Min(Panel, end - left);
                norm.Scales(left, width, scale);
                for (var n = 0; n < norm.Height; n++)
                    Loop(new NormalizeRow<ByColumn>(norm.Panel(n, left, scale), gain + left, shift + left, y + (long)n * norm.Width + left),
                        width);
            }
        }
    }

    /// <summary>y = gain h + shift.</summary>
    private readonly struct NormalizeRow<TAxis>(Standardized<TAxis> h, T* gain, T* shift, T* y) : IElementWork where TAxis : IAxis
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) =>
            Lanes<T>.Store(Lanes<T>.Load(gain + i, count) * h.At(i, count) + Lanes<T>.Load(shift + i, count), y + i, count);
    }
}
