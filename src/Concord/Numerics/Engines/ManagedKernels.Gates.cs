using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void GruStepCore(Tensor a, Tensor c, Tensor? h, Tensor y)
    {
        var width = y.Shape.RowLength;
        Rows(new GatedRows<GruStepWork>(new(Pointer(a), Pointer(c), Pointer(h), Pointer(y), width), width), y.Shape.Rows, width, Costly,
            a, c, h, y);
    }

    /// <inheritdoc/>
    protected override void GruSignalCore(Tensor gates, Tensor c, Tensor? h, Tensor signal, Tensor da, Tensor dc, Tensor? straight)
    {
        var width = signal.Shape.RowLength;
        Rows(new GatedRows<GruSignalWork>(
            new(Pointer(gates), Pointer(c), Pointer(h), Pointer(signal), Pointer(da), Pointer(dc), Pointer(straight), width), width),
            signal.Shape.Rows, width, Cheap, gates, c, h, signal, da, dc, straight);
    }

    /// <summary>Work on some units of a row whose gates stand next to each other.</summary>
    private interface IGatedWork
    {
        void Do(long row, int j, int count);
    }

    private readonly struct GatedRows<TWork>(TWork work, int width) : IRangeWork where TWork : unmanaged, IGatedWork
    {
        public void Run(int start, int end)
        {
            var local = work;
            for (var row = start; row < end; row++)
            {
                var j = 0;
                for (; j <= width - Lanes<T>.Count; j += Lanes<T>.Count) local.Do(row, j, Lanes<T>.Count);
                if (j < width) local.Do(row, j, width - j);
            }
        }
    }

    private readonly struct GruStepWork(T* a, T* c, T* h, T* y, int width) : IGatedWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(long row, int j, int count)
        {
            T* ours = a + row * 3 * width + j, from = c + row * 3 * width + j;
            var r = SpecialFunctions.Logistic(Lanes<T>.Load(ours, count) + Lanes<T>.Load(from, count));
            var z = SpecialFunctions.Logistic(Lanes<T>.Load(ours + width, count) + Lanes<T>.Load(from + width, count));
            var n = SpecialFunctions.Tanh(Lanes<T>.Load(ours + 2 * width, count) + r * Lanes<T>.Load(from + 2 * width, count));
            var before = h == null ? Vector<T>.Zero : Lanes<T>.Load(h + row * width + j, count);
            Lanes<T>.Store((Vector<T>.One - z) * n + z * before, y + row * width + j, count);
            Lanes<T>.Store(r, ours, count);
            Lanes<T>.Store(z, ours + width, count);
            Lanes<T>.Store(n, ours + 2 * width, count);
        }
    }

    private readonly struct GruSignalWork(T* gates, T* c, T* h, T* signal, T* da, T* dc, T* straight, int width) : IGatedWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(long row, int j, int count)
        {
            long at = row * width + j, gate = row * 3 * width + j;
            Vector<T> r = Lanes<T>.Load(gates + gate, count), z = Lanes<T>.Load(gates + gate + width, count),
                n = Lanes<T>.Load(gates + gate + 2 * width, count), d = Lanes<T>.Load(signal + at, count),
                before = h == null ? Vector<T>.Zero : Lanes<T>.Load(h + at, count);
            var ofN = d * (Vector<T>.One - z) * (Vector<T>.One - n * n);
            var ofZ = d * (before - n) * z * (Vector<T>.One - z);
            var ofR = ofN * Lanes<T>.Load(c + gate + 2 * width, count) * r * (Vector<T>.One - r);
            Lanes<T>.Store(ofR, da + gate, count);
            Lanes<T>.Store(ofZ, da + gate + width, count);
            Lanes<T>.Store(ofN, da + gate + 2 * width, count);
            Lanes<T>.Store(ofR, dc + gate, count);
            Lanes<T>.Store(ofZ, dc + gate + width, count);
            Lanes<T>.Store(ofN * r, dc + gate + 2 * width, count);
            if (straight != null) Lanes<T>.Store(d * z, straight + at, count);
        }
    }
}
