using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void FillCore(Tensor y, double value) =>
        Elements(new FillWork(Of(value), Pointer(y)), y.Length, Cheap, y);

    /// <inheritdoc/>
    protected override void CopyCore(Tensor x, Tensor y) =>
        Elements(new CopyWork(Pointer(x), Pointer(y)), y.Length, Cheap, x, y);

    /// <inheritdoc/>
    protected override void CombineCore(double alpha, Tensor x, double beta, Tensor y) =>
        Elements(new CombineWork(Of(alpha), Pointer(x), Of(beta), Pointer(y)), y.Length, Cheap, x, y);

    /// <summary>y = alpha x + beta y.</summary>
    protected void Combine(T alpha, T* x, T beta, T* y, int length) => Elements(new CombineWork(alpha, x, beta, y), length, Cheap);

    /// <inheritdoc/>
    protected override void MultiplyCore(Tensor a, Tensor b, Tensor y) =>
        Elements(new MultiplyWork(Pointer(a), Pointer(b), Pointer(y)), y.Length, Cheap, a, b, y);

    /// <inheritdoc/>
    protected override void TernaryCore(Tensor x, double threshold, Tensor y) =>
        Elements(new TernaryWork(Pointer(x), Of(threshold), Pointer(y)), y.Length, Cheap, x, y);

    /// <inheritdoc/>
    protected override void ClampCore(Tensor x, Tensor low, Tensor high, Tensor y) =>
        Elements(new ClampWork(Pointer(x), Pointer(low), Pointer(high), Pointer(y)), y.Length, Cheap, x, low, high, y);

    /// <inheritdoc/>
    protected override void ConcordantCore(Tensor? magnitude, double scale, Tensor weight, Tensor tieBreaker, Tensor y) =>
        Elements(new ConcordantWork<T>(Pointer(magnitude), Of(scale), Pointer(weight), Pointer(tieBreaker), Pointer(y)), y.Length, Cheap,
            magnitude, weight, tieBreaker, y);

    private readonly struct FillWork(T value, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) => Lanes<T>.Store(new(value), y + i, count);
    }

    private readonly struct CopyWork(T* x, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) => Lanes<T>.Store(Lanes<T>.Load(x + i, count), y + i, count);
    }

    private readonly struct CombineWork(T alpha, T* x, T beta, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) => Lanes<T>.Accumulate(Lanes<T>.Load(x + i, count), alpha, beta, y + i, count);
    }

    private readonly struct MultiplyWork(T* a, T* b, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) => Lanes<T>.Store(Lanes<T>.Load(a + i, count) * Lanes<T>.Load(b + i, count), y + i, count);
    }

    private readonly struct TernaryWork(T* x, T threshold, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var value = Lanes<T>.Load(x + i, count);
            var above = Vector.BitwiseAnd(Vector.GreaterThan(value, new(threshold)), Vector<T>.One);
            var below = Vector.BitwiseAnd(Vector.LessThan(value, new(-threshold)), Vector<T>.One);
            Lanes<T>.Store(above - below, y + i, count);
        }
    }

    private readonly struct ClampWork(T* x, T* low, T* high, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) =>
            Lanes<T>.Store(Lanes<T>.Smaller(Lanes<T>.Larger(Lanes<T>.Load(x + i, count), Lanes<T>.Load(low + i, count)),
                Lanes<T>.Load(high + i, count)), y + i, count);
    }
}
