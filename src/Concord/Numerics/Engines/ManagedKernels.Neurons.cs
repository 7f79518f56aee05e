using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void LeakyStepsCore(in ClockedNeuron neuron, Tensor leak, Tensor current, Tensor potential, Tensor? spikes,
        int steps, int first, int count, Tensor? before, Tensor? spikesBefore, Tensor? adapted, Tensor? adaptedBefore)
    {
        var layout = new StepLayout(potential.Shape.Rows / steps, potential.Shape.RowLength, first, count);
        Rows(new StepLoop<LeakyStepWork>(layout, down: false,
            new(layout, neuron, Pointer(leak), Pointer(current), Pointer(potential), Pointer(spikes), Pointer(before),
                Pointer(spikesBefore), Pointer(adapted), Pointer(adaptedBefore))), layout.Samples, layout.Width * count, Cheap,
            leak, current, potential, spikes, before, spikesBefore, adapted, adaptedBefore);
    }

    /// <inheritdoc/>
    protected override void LeakySignalCore(in ClockedNeuron neuron, Tensor leak, Tensor potential, Tensor? spikes, Tensor signal,
        Tensor? later, Tensor result, int steps, int first, int count, Tensor? adapted, Tensor? laterAdapted, Tensor? resultAdapted)
    {
        var layout = new StepLayout(potential.Shape.Rows / steps, potential.Shape.RowLength, first, count);
        Rows(new StepLoop<LeakySignalWork>(layout, down: true, new(layout, neuron, steps, Pointer(leak), Pointer(potential),
            Pointer(spikes), Pointer(signal), Pointer(later), Pointer(result), Pointer(adapted), Pointer(laterAdapted),
            Pointer(resultAdapted))), layout.Samples, layout.Width * count, Cheap, leak, potential, spikes, signal, later, result, adapted,
            laterAdapted, resultAdapted);
    }

    /// <inheritdoc/>
    protected override void FillSpikesCore(RandomStream stream, Tensor x, Tensor y)
    {
        Draw(stream, new WordDraw<SpikeWork>(new(Pointer(x), Pointer(y))), y, Costly);
        GC.KeepAlive(x);
    }

    /// <inheritdoc/>
    protected override void ChargingTimesCore(double threshold, double latest, Tensor x, Tensor y, Tensor slope)
    {
        Elements(new ChargingWork(Of(threshold), Of(latest), Pointer(x), Pointer(y), Pointer(slope)), y.Length, Costly);
        GC.KeepAlive(x);
        GC.KeepAlive(y);
        GC.KeepAlive(slope);
    }

    private readonly record struct StepLayout(int Samples, int Width, int First, int Count)
    {
        /// <summary>Where the row of a sample at a step begins.</summary>
        public long At(int step, int sample) => ((long)step * Samples + sample) * Width;

        /// <summary>How far a step is from the one before it.</summary>
        public long Step => (long)Samples * Width;
    }

    /// <summary>Work on some neurons of a sample at a step: those from j on, whose first number stands at a place among all.</summary>
    private interface IStepWork
    {
        void Do(int step, long at, int j, int count);
    }

    /// <summary>Each sample by itself, up its steps or down, so that what a step leaves is near when the next one reads it.</summary>
    private readonly struct StepLoop<TWork>(StepLayout layout, bool down, TWork work) : IRangeWork where TWork : unmanaged, IStepWork
    {
        public void Run(int start, int end)
        {
            for (var sample = start; sample < end; sample++)
                for (var i = 0; i < layout.Count; i++)
                {
                    var step = layout.First + (down ? layout.Count - 1 - i : i);
                    Loop(new OneStep<TWork>(work, step, layout.At(step, sample)), layout.Width);
                }
        }
    }

    private readonly struct OneStep<TWork>(TWork work, int step, long at) : IElementWork where TWork : unmanaged, IStepWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int j, int count) => work.Do(step, at + j, j, count);
    }

    // 1 where a neuron may fire, 0 in the steps after a spike.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> MayFire(T* spikes, int refractory, int step, long stride, int count)
    {
        var free = Vector<T>.One;
        for (var back = 1; back <= Math.Min(refractory, step); back++) free *= Vector<T>.One - Lanes<T>.Load(spikes - back * stride, count);
        return free;
    }

    private readonly struct LeakyStepWork(StepLayout layout, ClockedNeuron neuron, T* leak, T* current, T* potential, T* spikes,
        T* before, T* spikesBefore, T* adapted, T* adaptedBefore) : IStepWork
    {
        private readonly T _threshold = Of(neuron.Threshold), _rise = Of(neuron.Adaptation), _kept = Of(neuron.AdaptationLeak);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int step, long at, int j, int count)
        {
            var u = Lanes<T>.Load(current + at, count);
            // a state before step 0 stands in rows of its own, which begin where those of step 0 do
            T* last = step > 0 ? potential + at - layout.Step : before + at;
            T* fired = step > 0 ? spikes + at - layout.Step : spikesBefore + at;
            if (step > 0 || before != null)
            {
                var left = Lanes<T>.Load(leak + j, count) * Lanes<T>.Load(last, count);
                if (spikes != null && neuron.Reset == SpikeReset.Hard) left *= Vector<T>.One - Lanes<T>.Load(fired, count);
                u += left;
                if (spikes != null && neuron.Reset == SpikeReset.Soft) u -= Lanes<T>.Load(fired, count) * _threshold;
            }
            var threshold = new Vector<T>(_threshold);
            if (adapted != null)
            {
                var a = Vector<T>.Zero;
                if (step > 0 || before != null)
                    a = Lanes<T>.Load(step > 0 ? adapted + at - layout.Step : adaptedBefore + at, count) * _kept
                        + Lanes<T>.Load(fired, count);
                Lanes<T>.Store(a, adapted + at, count);
                threshold += a * _rise;
            }
            Lanes<T>.Store(u, potential + at, count);
            if (spikes == null) return;
            var z = Vector.BitwiseAnd(Vector.GreaterThanOrEqual(u, threshold), Vector<T>.One);
            if (neuron.Refractory > 0) z *= MayFire(spikes + at, neuron.Refractory, step, layout.Step, count);
            Lanes<T>.Store(z, spikes + at, count);
        }
    }

    private readonly struct LeakySignalWork(StepLayout layout, ClockedNeuron neuron, int steps, T* leak, T* potential, T* spikes, T* signal,
        T* later, T* result, T* adapted, T* laterAdapted, T* resultAdapted) : IStepWork
    {
        private readonly T _rise = Of(neuron.Adaptation), _kept = Of(neuron.AdaptationLeak);
        private readonly T _threshold = Of(neuron.Threshold), _slope = Of(neuron.Slope), _halfPi = Of(Math.PI / 2 * neuron.Slope);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int step, long at, int j, int count)
        {
            var g = Lanes<T>.Load(signal + at, count);
            var walks = later != null && step < steps - 1;
            Vector<T> after = walks ? Lanes<T>.Load(later + at + layout.Step, count) : Vector<T>.Zero,
                left = Lanes<T>.Load(leak + j, count) * after;
            if (spikes != null)
            {
                Vector<T> u = Lanes<T>.Load(potential + at, count), z = Lanes<T>.Load(spikes + at, count);
                if (!neuron.DetachesReset)
                    g -= neuron.Reset switch
                    {
                        SpikeReset.Soft => after * _threshold,
                        SpikeReset.Hard => left * u,
                        _ => Vector<T>.Zero,
                    };
                var threshold = new Vector<T>(_threshold);
                if (adapted != null) threshold += Lanes<T>.Load(adapted + at, count) * _rise;
                var ofAdapted = laterAdapted != null && step < steps - 1 ? Lanes<T>.Load(laterAdapted + at + layout.Step, count)
                    : Vector<T>.Zero;
                if (laterAdapted != null) g += ofAdapted;
                g *= Slope(u - threshold);
                if (neuron.Refractory > 0) g *= MayFire(spikes + at, neuron.Refractory, step, layout.Step, count);
                if (resultAdapted != null) Lanes<T>.Store(ofAdapted * _kept - g * _rise, resultAdapted + at, count);
                if (neuron.Reset == SpikeReset.Hard) left *= Vector<T>.One - z;
            }
            Lanes<T>.Store(g + left, result + at, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<T> Slope(Vector<T> x)
        {
            switch (neuron.Surrogate)
            {
                case Surrogate.FastSigmoid:
                    var away = Vector.Abs(x) * _slope + Vector<T>.One;
                    return Vector<T>.One / (away * away);
                case Surrogate.Arctan:
                    var angle = x * _halfPi;
                    return new Vector<T>(_slope / (T.One + T.One)) / (Vector<T>.One + angle * angle);
                case Surrogate.Triangular:
                    return Lanes<T>.Larger(new Vector<T>(_slope) - Vector.Abs(x) * (_slope * _slope), Vector<T>.Zero);
                case Surrogate.Rectangle:
                    var isNear = Vector.LessThanOrEqual(Vector.Abs(x) * (_slope + _slope), Vector<T>.One);
                    return Vector.BitwiseAnd(isNear, new Vector<T>(_slope));
                case Surrogate.Constant:
                    return new Vector<T>(_slope);
                default:
                    return SpecialFunctions.Sin(x * _slope);
            }
        }
    }

    private readonly struct ChargingWork(T threshold, T latest, T* x, T* y, T* slope) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count)
        {
            Vector<T> target = Lanes<T>.Load(x + i, count), least = new(latest), fires = Vector.GreaterThan(target, least),
                pull = Vector.ConditionalSelect(fires, target, least), above = pull - new Vector<T>(threshold);
            Lanes<T>.Store(SpecialFunctions.Log(pull / above), y + i, count);
            Lanes<T>.Store(Vector.BitwiseAnd(fires, Vector<T>.One / pull - Vector<T>.One / above), slope + i, count);
        }
    }

    private readonly struct SpikeWork(T* x, T* y) : IWordWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(Vector<uint> words, int i, int count)
        {
            var (low, high) = Lanes<T>.LoadWide(x + i, count);
            var number = words >>> 8;
            Lanes<T>.StoreWide(Spike(Vector.WidenLower(number), low), Spike(Vector.WidenUpper(number), high), y + i, count);
        }

        // The draw is a whole number of 2^-24; it is put into a mantissa as UniformWork does it.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<double> Spike(Vector<ulong> number, Vector<double> probability)
        {
            var drawn = (number | new Vector<ulong>(0x4330000000000000)).As<ulong, double>() - new Vector<double>(1L << 52);
            return Vector.LessThan(drawn, probability * (1 << 24)).As<long, double>() & Vector<double>.One;
        }
    }
}
