using System.Numerics;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void StepTracesCore(Tensor x, Tensor decay, Tensor trace)
    {
        var (inputs, outputs) = (x.Shape.RowLength, decay.Shape.RowLength);
        Rows(new StepTracesWork(Pointer(x), Pointer(decay), Pointer(trace), inputs, outputs), x.Length, outputs, Cheap, x, decay, trace);
    }

    /// <inheritdoc/>
    protected override void StepAdaptingTracesCore(Tensor x, Tensor decay, Tensor slopes, Tensor lost, Tensor kept, Tensor trace,
        Tensor adapted)
    {
        var (inputs, outputs) = (x.Shape.RowLength, decay.Shape.RowLength);
        Rows(new StepAdaptingTracesWork(Pointer(x), Pointer(decay), Pointer(slopes), Pointer(lost), Pointer(kept), Pointer(trace),
            Pointer(adapted), inputs, outputs), x.Length, outputs, Cheap, x, decay, slopes, lost, kept, trace, adapted);
    }

    /// <inheritdoc/>
    protected override void AddTracesCore(double factor, Tensor s, Tensor trace, double keep, Tensor result)
    {
        var outputs = s.Shape.RowLength;
        if (trace.Length == 0) return;
        Rows(new AddTracesWork(Of(factor), Pointer(s), Pointer(trace), Of(keep), Pointer(result), trace.Shape.RowLength / outputs, outputs),
            trace.Length / outputs, outputs, Cheap, s, trace, result);
    }

    /// <inheritdoc/>
    protected override void SumTracesCore(Tensor d, Tensor trace, in Accumulator y)
    {
        var (samples, outputs) = (d.Shape.Rows, d.Shape.RowLength);
        if (y.Target.Length == 0) return;
        Rows(new SumTracesWork(Pointer(d), Pointer(trace), y.Target.Length / outputs, outputs, samples, Of(y.Alpha), Of(y.Beta),
            Pointer(y.Target)), y.Target.Length / outputs, outputs * samples, Cheap, d, trace, y.Target);
    }

    private readonly struct StepTracesWork(T* x, T* decay, T* trace, int inputs, int outputs) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var input = new Vector<T>(x[row]);
                T* left = decay + (long)(row / inputs) * outputs, to = trace + (long)row * outputs;
                for (var j = 0; j < outputs; j += Lanes<T>.Count)
                {
                    var count = Math.Min(Lanes<T>.Count, outputs - j);
                    Lanes<T>.Store(Lanes<T>.Load(left + j, count) * Lanes<T>.Load(to + j, count) + input, to + j, count);
                }
            }
        }
    }

    private readonly struct StepAdaptingTracesWork(T* x, T* decay, T* slopes, T* lost, T* kept, T* trace, T* adapted, int inputs,
        int outputs) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var input = new Vector<T>(x[row]);
                long neurons = (long)(row / inputs) * outputs, synapses = (long)row * outputs;
                for (var j = 0; j < outputs; j += Lanes<T>.Count)
                {
                    var count = Math.Min(Lanes<T>.Count, outputs - j);
                    Vector<T> v = Lanes<T>.Load(trace + synapses + j, count), a = Lanes<T>.Load(adapted + synapses + j, count);
                    Lanes<T>.Store(Of(decay) * v + Of(lost) * a + input, trace + synapses + j, count);
                    Lanes<T>.Store(Of(kept) * a + Of(slopes) * v, adapted + synapses + j, count);

                    Vector<T> Of(T* ofNeurons) => Lanes<T>.Load(ofNeurons + neurons + j, count);
                }
            }
        }
    }

    private readonly struct AddTracesWork(T factor, T* s, T* trace, T keep, T* result, int inputs, int outputs) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                long neurons = (long)(row / inputs) * outputs, synapses = (long)row * outputs;
                for (var j = 0; j < outputs; j += Lanes<T>.Count)
                {
                    var count = Math.Min(Lanes<T>.Count, outputs - j);
                    Lanes<T>.Store(Lanes<T>.Load(result + synapses + j, count) * keep + Lanes<T>.Load(s + neurons + j, count)
                        * Lanes<T>.Load(trace + synapses + j, count) * factor, result + synapses + j, count);
                }
            }
        }
    }

    private readonly struct SumTracesWork(T* d, T* trace, int inputs, int outputs, int samples, T alpha, T beta, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var i = start; i < end; i++)
                for (var j = 0; j < outputs; j += Lanes<T>.Count)
                {
                    var count = Math.Min(Lanes<T>.Count, outputs - j);
                    var sum = Vector<T>.Zero;
                    for (var n = 0; n < samples; n++)
                        sum += Lanes<T>.Load(d + (long)n * outputs + j, count)
                            * Lanes<T>.Load(trace + ((long)n * inputs + i) * outputs + j, count);
                    Lanes<T>.Accumulate(sum, alpha, beta, y + (long)i * outputs + j, count);
                }
        }
    }
}
