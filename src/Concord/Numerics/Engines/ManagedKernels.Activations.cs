using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void ActivateCore(Activation f, Tensor x, Tensor y)
    {
        ApplyFunction(f, Pointer(x), null, y);
        GC.KeepAlive(x);
    }

    /// <inheritdoc/>
    protected override void MultiplyByDerivativeCore(Activation f, Tensor x, Tensor y, Tensor signal, Tensor result)
    {
        var known = f.SlopeFromOutput ? y : x;
        ApplyFunction(f, Pointer(known), Pointer(signal), result);
        GC.KeepAlive(known);
        GC.KeepAlive(signal);
    }

    private void ApplyFunction(Activation f, T* known, T* signal, Tensor result)
    {
        var costly = f.Kind is ActivationKind.Gelu or ActivationKind.Softplus
            || (signal == null && f.Kind is ActivationKind.Tanh or ActivationKind.Logistic or ActivationKind.Elu);
        Choose(f, new ElementUse(this, known, signal, result, costly ? Costly : Cheap));
    }

    private static void Choose<TUse>(Activation f, TUse use) where TUse : IFunctionUse
    {
        switch (f.Kind)
        {
            case ActivationKind.Identity: use.Take(default(Identity)); break;
            case ActivationKind.Relu: use.Take(default(Relu)); break;
            case ActivationKind.LeakyRelu: use.Take(new LeakyRelu(Of(f.Parameter))); break;
            case ActivationKind.Tanh: use.Take(default(Tanh)); break;
            case ActivationKind.Logistic: use.Take(default(Logistic)); break;
            case ActivationKind.Elu: use.Take(new Elu(Of(f.Parameter))); break;
            case ActivationKind.Gelu: use.Take(default(Gelu)); break;
            case ActivationKind.Softplus: use.Take(default(Softplus)); break;
            case ActivationKind.HardSign: use.Take(default(HardSign)); break;
            default: throw new ArgumentOutOfRangeException(nameof(f), $"There is no activation number {(int)f.Kind}.");
        }
    }

    /// <summary>Work that is compiled for each function.</summary>
    private interface IFunctionUse
    {
        void Take<TFunction>(TFunction f) where TFunction : unmanaged, IFunction;
    }

    private readonly struct ElementUse(ManagedKernels<T> kernels, T* known, T* signal, Tensor result, int grain) : IFunctionUse
    {
        public void Take<TFunction>(TFunction f) where TFunction : unmanaged, IFunction
        {
            if (signal == null) kernels.Write(new ValueWork<TFunction>(f, known, Pointer(result)), result, grain);
            else kernels.Write(new SlopeWork<TFunction>(f, known, signal, Pointer(result)), result, grain);
        }
    }

    /// <summary>A function and its derivative, side by side.</summary>
    private interface IFunction
    {
        /// <summary>f(x).</summary>
        Vector<T> Value(Vector<T> x);

        /// <summary>f', from y = f(x) where <see cref="Activation.SlopeFromOutput"/>, else from x.</summary>
        Vector<T> Slope(Vector<T> known);
    }

    private readonly struct ValueWork<TFunction>(TFunction f, T* x, T* y) : IElementWork where TFunction : unmanaged, IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) => Lanes<T>.Store(f.Value(Lanes<T>.Load(x + i, count)), y + i, count);
    }

    private readonly struct SlopeWork<TFunction>(TFunction f, T* known, T* signal, T* result) : IElementWork
        where TFunction : unmanaged, IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) =>
            Lanes<T>.Store(Lanes<T>.Load(signal + i, count) * f.Slope(Lanes<T>.Load(known + i, count)), result + i, count);
    }

    private readonly struct Identity : IFunction
    {
        public Vector<T> Value(Vector<T> x) => x;

        public Vector<T> Slope(Vector<T> known) => Vector<T>.One;
    }

    private readonly struct Relu : IFunction
    {
        public Vector<T> Value(Vector<T> x) => Lanes<T>.Larger(x, Vector<T>.Zero);

        public Vector<T> Slope(Vector<T> known) => Vector.BitwiseAnd(Vector.GreaterThan(known, Vector<T>.Zero), Vector<T>.One);
    }

    private readonly struct LeakyRelu(T slope) : IFunction
    {
        public Vector<T> Value(Vector<T> x) => Positive(x, x, x * slope);

        public Vector<T> Slope(Vector<T> known) => Positive(known, Vector<T>.One, new(slope));
    }

    private readonly struct Tanh : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Value(Vector<T> x) => SpecialFunctions.Tanh(x);

        public Vector<T> Slope(Vector<T> known) => Vector<T>.One - known * known;
    }

    private readonly struct Logistic : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Value(Vector<T> x) => SpecialFunctions.Logistic(x);

        public Vector<T> Slope(Vector<T> known) => known * (Vector<T>.One - known);
    }

    private readonly struct Elu(T scale) : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Value(Vector<T> x) => Positive(x, x, SpecialFunctions.ExpMinusOne(Lanes<T>.Smaller(x, Vector<T>.Zero)) * scale);

        public Vector<T> Slope(Vector<T> known) => Positive(known, Vector<T>.One, known + new Vector<T>(scale));
    }

    private readonly struct Gelu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Value(Vector<T> x) => x * SpecialFunctions.Normal(x).Distribution;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Slope(Vector<T> known)
        {
            var (distribution, density) = SpecialFunctions.Normal(known);
            return distribution + known * density;
        }
    }

    private readonly struct Softplus : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Value(Vector<T> x) => SpecialFunctions.Softplus(x).Value;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Slope(Vector<T> known) => -SpecialFunctions.ExpMinusOne(-known);
    }

    private readonly struct HardSign : IFunction
    {
        public Vector<T> Value(Vector<T> x) =>
            Vector.ConditionalSelect(Vector.GreaterThanOrEqual(x, Vector<T>.Zero), Vector<T>.One, -Vector<T>.One);

        public Vector<T> Slope(Vector<T> known) =>
            Vector.BitwiseAnd(Vector.LessThanOrEqual(Vector.Abs(known), Vector<T>.One), Vector<T>.One);
    }

    private static Vector<T> Positive(Vector<T> decides, Vector<T> then, Vector<T> otherwise) =>
        Vector.ConditionalSelect(Vector.GreaterThan(decides, Vector<T>.Zero), then, otherwise);
}
