using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void SgdStepCore(Tensor weight, Tensor? gradient, Tensor? velocity, double momentum, bool nesterov,
        in StepSettings settings, Tensor? delta)
    {
        var step = new Step(settings, weight, delta);
        if (gradient is null) Write(new VelocityWork(step, Pointer(velocity)), weight, Cheap, velocity, delta);
        else Write(new SgdWork(step, Pointer(gradient), Pointer(velocity), Of(momentum), nesterov), weight, Cheap, gradient, velocity,
            delta);
    }

    /// <inheritdoc/>
    protected override void AdamStepCore(Tensor weight, Tensor gradient, Tensor first, Tensor second, in AdamSettings adam,
        in StepSettings settings, Tensor? delta) =>
        Write(new AdamWork(new(settings, weight, delta), adam, settings.Rate, Pointer(gradient), Pointer(first), Pointer(second)), weight,
            Cheap, gradient, first, second, delta);

    /// <inheritdoc/>
    protected override void RmsPropStepCore(Tensor weight, Tensor gradient, Tensor square, Tensor? velocity, double smoothing,
        double epsilon, double momentum, in StepSettings settings, Tensor? delta) =>
        Write(new RmsPropWork(new(settings, weight, delta), Pointer(gradient), Pointer(square), Pointer(velocity), Of(smoothing),
            Of(1 - smoothing), Of(epsilon), Of(momentum)), weight, Cheap, gradient, square, velocity, delta);

    /// <inheritdoc/>
    protected override void ManhattanStepCore(Tensor weight, Tensor gradient, Tensor? velocity, double momentum, SignedQuantity signed,
        in StepSettings settings, Tensor? delta) =>
        Write(new ManhattanWork(new(settings, weight, delta), Pointer(gradient), Pointer(velocity), Of(momentum),
            signed != SignedQuantity.Momentum, signed != SignedQuantity.Gradient), weight, Cheap, gradient, velocity, delta);

    /// <inheritdoc/>
    protected override void KeepSignsCore(Tensor before, Tensor y) =>
        Elements(new KeepSignsWork(Pointer(before), Pointer(y)), y.Length, Cheap, before, y);

    /// <inheritdoc/>
    protected override void ColumnNormsCore(Tensor x, Tensor norms) =>
        Columns(new ColumnSums<SquareTerm>(new(Pointer(x), x.Shape.RowLength, Pointer(norms)), x.Shape.Rows), x.Shape.RowLength,
            x.Shape.Rows, x, norms);

    /// <inheritdoc/>
    protected override void RescaleColumnsCore(Tensor norms, Tensor wanted, Tensor y) =>
        Rows(new RescaleWork(Pointer(norms), Pointer(wanted), y.Shape.RowLength, Pointer(y)), y.Shape.Rows, y.Shape.RowLength, Cheap,
            norms, wanted, y);

    /// <summary>The sign of each lane; 0 of 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> SignOf(Vector<T> value) =>
        Vector.BitwiseAnd(Vector.GreaterThan(value, Vector<T>.Zero), Vector<T>.One)
            - Vector.BitwiseAnd(Vector.LessThan(value, Vector<T>.Zero), Vector<T>.One);

    /// <summary>What every optimizer pass begins and ends with.</summary>
    private readonly struct Step(in StepSettings settings, Tensor weight, Tensor? delta)
    {
        private readonly T* _weight = Pointer(weight), _delta = Pointer(delta);
        private readonly T _scale = Of(settings.Scale), _clip = Of(settings.ClipValue), _keep = Of(1 - settings.Shrink);
        private readonly bool _clips = !double.IsPositiveInfinity(settings.ClipValue);

        public readonly T Rate = Of(settings.Rate), Decay = Of(settings.CoupledDecay);

        /// <summary>g = clip(scale G) + decay w.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Gradient(T* sum, int i, int count)
        {
            var g = Clipped(sum, i, count);
            return Decay == T.Zero ? g : g + Decayed(i, count);
        }

        /// <summary>clip(scale G).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Clipped(T* sum, int i, int count)
        {
            var g = Lanes<T>.Load(sum + i, count) * _scale;
            return _clips ? Lanes<T>.Smaller(Lanes<T>.Larger(g, new(-_clip)), new(_clip)) : g;
        }

        /// <summary>decay w.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<T> Decayed(int i, int count) => Lanes<T>.Load(_weight + i, count) * Decay;

        /// <summary>w = (1 - shrink) w - delta.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Move(Vector<T> by, int i, int count)
        {
            if (_delta != null) Lanes<T>.Store(by, _delta + i, count);
            Lanes<T>.Store(Lanes<T>.Load(_weight + i, count) * _keep - by, _weight + i, count);
        }
    }

    /// <summary>The velocity already holds mu v + scale G.</summary>
    private readonly struct VelocityWork(Step step, T* velocity) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var v = Lanes<T>.Load(velocity + i, count);
            if (step.Decay != T.Zero)
            {
                v += step.Decayed(i, count);
                Lanes<T>.Store(v, velocity + i, count);
            }
            step.Move(v * step.Rate, i, count);
        }
    }

    private readonly struct SgdWork(Step step, T* gradient, T* velocity, T momentum, bool nesterov) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var g = step.Gradient(gradient, i, count);
            if (velocity != null)
            {
                var v = Lanes<T>.Load(velocity + i, count) * momentum + g;
                Lanes<T>.Store(v, velocity + i, count);
                g = nesterov ? g + v * momentum : v;
            }
            step.Move(g * step.Rate, i, count);
        }
    }

    private readonly struct ManhattanWork(Step step, T* gradient, T* velocity, T momentum, bool signsGradient,
        bool signsMomentum) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var g = step.Clipped(gradient, i, count);
            if (signsGradient) g = SignOf(g);
            if (step.Decay != T.Zero) g += step.Decayed(i, count);
            if (velocity != null)
            {
                g += Lanes<T>.Load(velocity + i, count) * momentum;
                Lanes<T>.Store(g, velocity + i, count);
            }
            step.Move((signsMomentum ? SignOf(g) : g) * step.Rate, i, count);
        }
    }

    private readonly struct KeepSignsWork(T* before, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var former = SignOf(Lanes<T>.Load(before + i, count));
            var value = Lanes<T>.Load(y + i, count);
            var kept = Vector.Equals(former, SignOf(value)) | Vector.Equals(former, Vector<T>.Zero);
            Lanes<T>.Store(Vector.ConditionalSelect(kept, value, former * Of(1e-10)), y + i, count);
        }
    }

    /// <summary>x squared, whose sum's root is taken.</summary>
    private struct SquareTerm(T* x, int width, T* target) : IColumnTerm
    {
        private T* _row;

        public void BeginRow(int n) => _row = x + (long)n * width;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector<T> At(int j, int count)
        {
            var value = Lanes<T>.Load(_row + j, count);
            return value * value;
        }

        public readonly void Finish(int j, Vector<T> sum, int count) => Lanes<T>.Store(Vector.SquareRoot(sum), target + j, count);
    }

    private readonly struct RescaleWork(T* norms, T* wanted, int width, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++) Loop(new RescaleRow(norms, wanted, y + (long)n * width), width);
        }
    }

    private readonly struct RescaleRow(T* norms, T* wanted, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int j, int count)
        {
            var norm = Lanes<T>.Load(norms + j, count, T.One);
            var value = Lanes<T>.Load(y + j, count);
            Lanes<T>.Store(Vector.ConditionalSelect(Vector.Equals(norm, Vector<T>.Zero), value,
                value * (Lanes<T>.Load(wanted + j, count) / norm)), y + j, count);
        }
    }

    /// <summary>Both forms are delta = size m / (sqrt(correction v) + epsilon), with the bias corrections where each has them.</summary>
    private readonly struct AdamWork(Step step, in AdamSettings adam, double rate, T* gradient, T* first, T* second) : IElementWork
    {
        private readonly T _beta1 = Of(adam.Beta1), _rest1 = Of(1 - adam.Beta1), _beta2 = Of(adam.Beta2), _rest2 = Of(1 - adam.Beta2),
            _epsilon = Of(adam.Epsilon);
        private readonly T _size =
            Of(rate / Bias(adam.Beta1, adam.Step) * (adam.TensorFlowEpsilon ? Math.Sqrt(Bias(adam.Beta2, adam.Step)) : 1));
        private readonly T _correction = Of(adam.TensorFlowEpsilon ? 1 : 1 / Bias(adam.Beta2, adam.Step));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var g = step.Gradient(gradient, i, count);
            var m = Lanes<T>.Load(first + i, count) * _beta1 + g * _rest1;
            var v = Lanes<T>.Load(second + i, count) * _beta2 + g * g * _rest2;
            Lanes<T>.Store(m, first + i, count);
            Lanes<T>.Store(v, second + i, count);
            step.Move(m * _size / (Vector.SquareRoot(v * _correction) + new Vector<T>(_epsilon)), i, count);
        }

        private static double Bias(double beta, long step) => 1 - Math.Pow(beta, step);
    }

    private readonly struct RmsPropWork(Step step, T* gradient, T* square, T* velocity, T smoothing, T rest, T epsilon,
        T momentum) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            var g = step.Gradient(gradient, i, count);
            var v = Lanes<T>.Load(square + i, count) * smoothing + g * g * rest;
            Lanes<T>.Store(v, square + i, count);
            var s = g / (Vector.SquareRoot(v) + new Vector<T>(epsilon));
            if (velocity != null)
            {
                s += Lanes<T>.Load(velocity + i, count) * momentum;
                Lanes<T>.Store(s, velocity + i, count);
            }
            step.Move(s * step.Rate, i, count);
        }
    }
}
