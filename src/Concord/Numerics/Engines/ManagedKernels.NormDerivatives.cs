using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    private Tensor? _sums, _products;

    /// <inheritdoc/>
    protected override void NormalizeDerivativeCore(NormAxis axis, bool downward, bool differentiateMoments, Tensor x, Tensor mean,
        Tensor variance, double epsilon, Tensor gain, Tensor vector, Tensor result, (Tensor Shift, Tensor Gain)? sums)
    {
        int rows = x.Shape.Rows, width = x.Shape.RowLength;
        var norm = new Norm(Pointer(x), rows, width, Pointer(mean), Pointer(variance), Of(epsilon));
        if (axis == NormAxis.Columns && differentiateMoments && sums is null)
        {
            // The same sums, to the bit, that a caller who also wants the gradients hands over.
            sums = (Buffer(ref _sums, width), Buffer(ref _products, width));
            NormalizeGradientsCore(axis, x, mean, variance, epsilon, vector, new(sums.Value.Gain), new(sums.Value.Shift));
        }
        if (axis == NormAxis.Rows)
            Rows(new RowDerivativeWork(norm, downward, differentiateMoments, Pointer(gain), Pointer(vector), Pointer(result)), rows, width,
                Cheap, x, mean, variance, gain, vector, result);
        else if (IsTall(rows, width)) TallDerivative(norm, differentiateMoments, x, gain, vector, result, sums);
        else
            Columns(new ColumnDerivativeWork(norm, differentiateMoments, Pointer(gain), Pointer(vector), Pointer(result),
                Pointer(sums?.Shift), Pointer(sums?.Gain)), width, rows, x, mean, variance, gain, vector, result, sums?.Shift, sums?.Gain);
    }

    /// <inheritdoc/>
    protected override void NormalizeGradientsCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor signal,
        Accumulator? gain, Accumulator? shift)
    {
        int rows = x.Shape.Rows, width = x.Shape.RowLength;
        if (gain is { } both && shift is { } beside && axis == NormAxis.Columns && IsTall(rows, width))
        {
            var norm = new Norm(Pointer(x), rows, width, Pointer(mean), Pointer(variance), Of(epsilon));
            SumColumnsOf(
                new GainTerm(norm, ScalesOf(norm), Pointer(signal), Of(both.Alpha), Of(both.Beta), Pointer(both.Target)),
                new PlainTerm(Pointer(signal), width, Of(beside.Alpha), Of(beside.Beta), Pointer(beside.Target)), rows, width, x, mean,
                variance, signal, both.Target, beside.Target);
            return;
        }
        if (gain is { } to)
        {
            var norm = new Norm(Pointer(x), rows, width, Pointer(mean), Pointer(variance), Of(epsilon));
            if (axis == NormAxis.Columns && IsTall(rows, width))
                SumColumnsOf(new GainTerm(norm, ScalesOf(norm), Pointer(signal), Of(to.Alpha), Of(to.Beta), Pointer(to.Target)), rows,
                    width, x, mean, variance, signal, to.Target);
            else Columns(new GainWork(axis == NormAxis.Rows, norm, Pointer(signal), Of(to.Alpha), Of(to.Beta), Pointer(to.Target)), width,
                rows, x, mean, variance, signal, to.Target);
        }
        if (shift is { } toShift) SumColumns(signal, rows, width, toShift);
    }

    /// <summary>
    /// With moments by columns both directions are one, u = gain v: the means of a panel of columns first, then its results.
    /// </summary>
    private readonly struct ColumnDerivativeWork(Norm norm, bool differentiateMoments, T* gain, T* vector, T* result, T* sums,
        T* products) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var panel = stackalloc T[3 * Panel];
            T* scale = panel, meanU = panel + Panel, meanHu = panel + 2 * Panel;
            var share = T.One / T.CreateTruncating(Math.Max(norm.Height, 1));
            for (var left = start; left < end; left += Panel)
            {
                var width = Math.Min(Panel, end - left);
                norm.Scales(left, width, scale);
                new Span<T>(meanU, 2 * Panel).Clear();
                if (differentiateMoments) Loop(new MeansOfSums(sums + left, products + left, gain + left, share, meanU, meanHu), width);
                for (var n = 0; n < norm.Height; n++)
                {
                    var offset = (long)n * norm.Width + left;
                    Loop(new DerivativeRow<ByColumn>(norm.Panel(n, left, scale), downward: true, meanU, meanHu, gain + left,
                        vector + offset, result + offset), width);
                }
            }
        }
    }

    /// <summary>M[u] and M[h u] from the sums of v and h v.</summary>
    private readonly struct MeansOfSums(T* sums, T* products, T* gain, T share, T* meanU, T* meanHu) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var factor = Lanes<T>.Load(gain + i, count);
            Lanes<T>.Store(Lanes<T>.Load(sums + i, count) * share * factor, meanU + i, count);
            Lanes<T>.Store(Lanes<T>.Load(products + i, count) * share * factor, meanHu + i, count);
        }
    }

    private readonly struct RowDerivativeWork(Norm norm, bool downward, bool differentiateMoments, T* gain, T* vector,
        T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            T scale, meanU = T.Zero, meanHu = T.Zero;
            var width = norm.Width;
            var divisor = T.CreateTruncating(Math.Max(width, 1));
            for (var n = start; n < end; n++)
            {
                var h = norm.Row(n, 0, &scale);
                var row = vector + (long)n * width;
                if (differentiateMoments)
                {
                    meanU = SumRow(new GainedTerm(downward, gain, row), width) / divisor;
                    meanHu = SumRow(new GainedProductTerm(h, new(downward, gain, row)), width) / divisor;
                }
                Loop(new DerivativeRow<ByRow>(h, downward, &meanU, &meanHu, gain, row, result + (long)n * width), width);
            }
        }
    }

    /// <summary>u: downward gain v, upward v.</summary>
    private readonly struct GainedTerm(bool downward, T* gain, T* vector) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> At(int j, int count)
        {
            var v = Lanes<T>.Load(vector + j, count);
            return downward ? v * Lanes<T>.Load(gain + j, count) : v;
        }
    }

    /// <summary>h u.</summary>
    private readonly struct GainedProductTerm(Standardized<ByRow> h, GainedTerm u) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> At(int j, int count) => h.At(j, count) * u.At(j, count);
    }

    /// <summary>
    /// (u - M[u] - h M[h u]) scale, the gain before the means downward and after them upward. Constant moments are means of zero.
    /// </summary>
    private readonly struct DerivativeRow<TAxis>(Standardized<TAxis> h, bool downward, T* meanU, T* meanHu, T* gain, T* vector, T* result)
        : IElementWork where TAxis : IAxis
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var g = Lanes<T>.Load(gain + i, count);
            var v = Lanes<T>.Load(vector + i, count);
            var centred = (downward ? g * v : v) - TAxis.At(meanU, i, count) - h.At(i, count) * TAxis.At(meanHu, i, count);
            Lanes<T>.Store((downward ? centred : g * centred) * h.Scale(i, count), result + i, count);
        }
    }

    /// <summary>sum_n signal_n h_n, for either axis: the sum runs over the samples.</summary>
    private readonly struct GainWork(bool byRow, Norm norm, T* signal, T alpha, T beta, T* target) : IRangeWork
    {
        public void Run(int start, int end)
        {
            T* scale = stackalloc T[Panel], sums = stackalloc T[Panel];
            for (var left = start; left < end; left += Panel)
            {
                var width = Math.Min(Panel, end - left);
                new Span<T>(sums, width).Clear();
                if (!byRow) norm.Scales(left, width, scale);
                for (var n = 0; n < norm.Height; n++)
                {
                    var row = signal + (long)n * norm.Width + left;
                    if (byRow) Loop(new AddGain<ByRow>(norm.Row(n, left, scale), row, sums), width);
                    else Loop(new AddGain<ByColumn>(norm.Panel(n, left, scale), row, sums), width);
                }
                Loop(new CombineWork(alpha, sums, beta, target + left), width);
            }
        }
    }

    private readonly struct AddGain<TAxis>(Standardized<TAxis> h, T* signal, T* sums) : IElementWork where TAxis : IAxis
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) =>
            Lanes<T>.Store(Lanes<T>.Load(sums + i, count) + Lanes<T>.Load(signal + i, count) * h.At(i, count), sums + i, count);
    }
}
