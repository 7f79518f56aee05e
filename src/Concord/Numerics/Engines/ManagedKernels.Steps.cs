using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void RepeatStepsCore(Tensor x, Tensor y)
    {
        if (x.Length == 0) return;
        Elements(new RepeatWork(Pointer(x), x.Length, y.Length / x.Length, Pointer(y)), x.Length, Cheap, x, y);
    }

    /// <inheritdoc/>
    protected override void SumStepsCore(Tensor x, in Accumulator y)
    {
        var length = y.Target.Length;
        if (length == 0) return;
        Elements(new SumStepsWork(Pointer(x), length, x.Length / length, Of(y.Alpha), Of(y.Beta), Pointer(y.Target)), length, Cheap, x,
            y.Target);
    }

    /// <inheritdoc/>
    protected override void SwapRunsCore(Tensor x, int outer, int inner, Tensor y, int first)
    {
        var width = x.Length / outer / inner;
        if (width == 0) return;
        Rows(new SwapWork(Pointer(x), outer, inner, first, width, Pointer(y)), y.Length / width, width, Cheap, x, y);
    }

    private readonly struct RepeatWork(T* x, int length, int steps, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var value = Lanes<T>.Load(x + i, count);
            for (var step = 0; step < steps; step++) Lanes<T>.Store(value, y + (long)step * length + i, count);
        }
    }

    private readonly struct SumStepsWork(T* x, int length, int steps, T alpha, T beta, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var sum = Lanes<T>.Load(x + i, count);
            for (var step = 1; step < steps; step++) sum += Lanes<T>.Load(x + (long)step * length + i, count);
            Lanes<T>.Accumulate(sum, alpha, beta, y + i, count);
        }
    }

    private readonly struct SwapWork(T* x, int outer, int inner, int first, int width, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var run = start; run < end; run++)
            {
                var (j, i) = (run / outer, run % outer);
                new ReadOnlySpan<T>(x + ((long)i * inner + first + j) * width, width).CopyTo(new(y + (long)run * width, width));
            }
        }
    }
}
