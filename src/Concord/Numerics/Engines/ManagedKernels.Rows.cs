using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void AddRowCore(Tensor row, Tensor y) =>
        Rows(new AddRowWork(Pointer(row), y.Shape.RowLength, Pointer(y)), y.Shape.Rows, y.Shape.RowLength, Cheap, row, y);

    /// <inheritdoc/>
    protected override void RowDotsCore(Tensor a, Tensor b, Tensor dots) =>
        Rows(new RowDotsWork(Pointer(a), Pointer(b), a.Shape.RowLength, Pointer(dots)), a.Shape.Rows, a.Shape.RowLength, Cheap, a, b, dots);

    /// <inheritdoc/>
    protected override void ScaleRowsCore(Tensor factors, Tensor x, Tensor y) =>
        Rows(new ScaleRowsWork(Pointer(factors), Pointer(x), y.Shape.RowLength, Pointer(y)), y.Shape.Rows, y.Shape.RowLength, Cheap,
            factors, x, y);

    /// <inheritdoc/>
    protected override void GatherCore(Tensor source, ReadOnlySpan<int> index, Tensor values, Tensor result)
    {
        fixed (int* at = index)
            Rows(new GatherWork(Pointer(source), source.Shape.RowLength, at, Pointer(values), values.Shape.RowLength, Pointer(result),
                result.Shape.RowLength),
                result.Shape.Rows, values.Length, Cheap, source, values, result);
    }

    /// <inheritdoc/>
    protected override void OneHotCore(ReadOnlySpan<int> labels, Tensor y)
    {
        FillCore(y, 0);
        var elements = Pointer(y);
        for (var n = 0; n < labels.Length; n++) elements[(long)n * y.Shape.RowLength + labels[n]] = T.One;
        GC.KeepAlive(y);
    }

    /// <inheritdoc/>
    protected override void LoadRowsCore(ReadOnlySpan<byte> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> scale, Tensor y) =>
        LoadRowsOf(source, rows, offset, scale, y);

    /// <inheritdoc/>
    protected override void LoadRowsCore(ReadOnlySpan<float> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> scale, Tensor y) =>
        LoadRowsOf(source, rows, offset, scale, y);

    private void LoadRowsOf<TSource>(ReadOnlySpan<TSource> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> scale, Tensor y) where TSource : unmanaged
    {
        fixed (TSource* from = source)
        fixed (int* picked = rows)
        fixed (float* offsets = offset, scales = scale)
            Rows(new LoadWork<TSource>(from, picked, offset.Length, y.Shape.RowLength / offset.Length, offsets, scales, Pointer(y)),
                rows.Length, y.Shape.RowLength, Cheap, y);
    }

    private readonly struct AddRowWork(T* row, int width, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++) Loop(new CombineWork(T.One, row, T.One, y + (long)n * width), width);
        }
    }

    private readonly struct RowDotsWork(T* a, T* b, int width, T* dots) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++) dots[n] = SumRow(new ProductTerm(a + (long)n * width, b + (long)n * width), width);
        }
    }

    private readonly struct ProductTerm(T* a, T* b) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> At(int j, int count) => Lanes<T>.Load(a + j, count) * Lanes<T>.Load(b + j, count);
    }

    private readonly struct ScaleRowsWork(T* factors, T* x, int width, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
                Loop(new CombineWork(factors[n], x + (long)n * width, T.Zero, y + (long)n * width), width);
        }
    }

    /// <summary>
    /// Four samples share the reading of indices and values; at the end a group reaches back, and repeats the last sample.
    /// </summary>
    private readonly struct GatherWork(T* source, int sourceWidth, int* index, T* values, int perNeuron, T* result, int width) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n += 4)
                Four(n, Math.Min(n + 1, end - 1), Math.Min(n + 2, end - 1), Math.Min(n + 3, end - 1));
        }

        private void Four(int n0, int n1, int n2, int n3)
        {
            T* from0 = From(n0), from1 = From(n1), from2 = From(n2), from3 = From(n3), to0 = To(n0), to1 = To(n1),
                to2 = To(n2), to3 = To(n3);
            var at = index;
            var value = values;
            int count = width, terms = perNeuron;
            for (var j = 0; j < count; j++)
            {
                T sum0 = T.Zero, sum1 = T.Zero, sum2 = T.Zero, sum3 = T.Zero;
                for (var i = 0; i < terms; i++, at++, value++)
                {
                    var k = *at;
                    var v = *value;
                    sum0 += v * from0[k];
                    sum1 += v * from1[k];
                    sum2 += v * from2[k];
                    sum3 += v * from3[k];
                }
                to0[j] = sum0;
                to1[j] = sum1;
                to2[j] = sum2;
                to3[j] = sum3;
            }
        }

        private T* From(int n) => source + (long)n * sourceWidth;

        private T* To(int n) => result + (long)n * width;
    }

    private readonly struct LoadWork<TSource>(TSource* source, int* rows, int channels, int plane, float* offset, float* scale, T* y)
        : IRangeWork where TSource : unmanaged
    {
        public void Run(int start, int end)
        {
            var odd = stackalloc TSource[Conversion<TSource>.Block];
            var done = stackalloc T[Conversion<TSource>.Block];
            for (var n = start; n < end; n++)
                for (var c = 0; c < channels; c++)
                    Conversion<TSource>.Run(source + ((long)rows[n] * channels + c) * plane, plane, T.CreateTruncating(offset[c]),
                        T.CreateTruncating(scale[c]), y + ((long)n * channels + c) * plane, odd, done);
        }
    }

    /// <summary>
    /// A block of source elements becomes singles first, which hold every byte exactly,
    /// then (x - offset) * scale in the engine's precision.
    /// </summary>
    private static class Conversion<TSource> where TSource : unmanaged
    {
        public static int Block => Vector<byte>.Count;

        /// <summary>Converts a run of elements; two blocks of scratch serve its last, odd part.</summary>
        public static void Run(TSource* from, int count, T offset, T scale, T* to, TSource* odd, T* done)
        {
            Vector<T> minus = new(offset), times = new(scale);
            var i = 0;
            for (; i <= count - Block; i += Block) Convert(from + i, minus, times, to + i);
            if (i == count) return;
            new Span<TSource>(from + i, count - i).CopyTo(new(odd, Block));
            Convert(odd, minus, times, done);
            new Span<T>(done, count - i).CopyTo(new(to + i, count - i));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Convert(TSource* from, Vector<T> minus, Vector<T> times, T* to)
        {
            var quarter = Vector<float>.Count;
            if (typeof(TSource) == typeof(float))
            {
                for (var i = 0; i < Block; i += quarter) Emit(Vector.Load((float*)from + i), minus, times, to + i);
                return;
            }
            var bytes = Vector.Load((byte*)from);
            Vector<ushort> low = Vector.WidenLower(bytes), high = Vector.WidenUpper(bytes);
            Emit(Single(Vector.WidenLower(low)), minus, times, to);
            Emit(Single(Vector.WidenUpper(low)), minus, times, to + quarter);
            Emit(Single(Vector.WidenLower(high)), minus, times, to + 2 * quarter);
            Emit(Single(Vector.WidenUpper(high)), minus, times, to + 3 * quarter);
        }

        private static Vector<float> Single(Vector<uint> number) => Vector.ConvertToSingle(number.As<uint, int>());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Emit(Vector<float> x, Vector<T> minus, Vector<T> times, T* to)
        {
            if (typeof(T) == typeof(float))
            {
                Vector.Store((x.As<float, T>() - minus) * times, to);
                return;
            }
            Vector.Store((Vector.WidenLower(x).As<double, T>() - minus) * times, to);
            Vector.Store((Vector.WidenUpper(x).As<double, T>() - minus) * times, to + Lanes<T>.Count);
        }
    }
}
