namespace Concord.Numerics;

// A trace for each synapse and sample: of N samples, weights [in, out], N rows of in x out numbers.
public abstract partial class Kernels
{
    /// <summary>trace[n, i, j] = decay[n, j] trace[n, i, j] + x[n, i].</summary>
    /// <param name="x">N rows of in.</param>
    /// <param name="decay">What is left of the trace, N rows of out.</param>
    /// <param name="trace">N rows of in x out.</param>
    public void StepTraces(Tensor x, Tensor decay, Tensor trace)
    {
        Synapses(x.Shape.RowLength, decay, trace);
        if (Log is not null) Count(nameof(StepTraces), trace.Shape, trace.Length, Of(x, decay, trace), Put(trace));
        StepTracesCore(x, decay, trace);
    }

    /// <summary>
    /// The same of neurons that adapt, with s = slopes, l = lost, k = kept, b the trace of what was adapted: trace[n, i, j] = decay[n, j]
    /// trace[n, i, j] + l[n, j] b[n, i, j] + x[n, i] and b[n, i, j] = k[n, j] b[n, i, j] + s[n, j] trace[n, i, j], both from both before.
    /// </summary>
    /// <param name="x">N rows of in.</param>
    /// <param name="decay">What is left of the trace, N rows of out.</param>
    /// <param name="slopes">What goes from the trace to what was adapted, N rows of out.</param>
    /// <param name="lost">What goes the other way.</param>
    /// <param name="kept">What is left of what was adapted.</param>
    /// <param name="trace">N rows of in x out.</param>
    /// <param name="adapted">N rows of in x out.</param>
    public void StepAdaptingTraces(Tensor x, Tensor decay, Tensor slopes, Tensor lost, Tensor kept, Tensor trace, Tensor adapted)
    {
        Synapses(x.Shape.RowLength, decay, trace);
        SameLength(trace, adapted);
        SameLength(decay, slopes);
        SameLength(decay, lost);
        SameLength(decay, kept);
        if (Log is not null)
            Count(nameof(StepAdaptingTraces), trace.Shape, 4L * trace.Length, Of(x, decay, slopes, lost, kept, trace, adapted),
                Put(trace, adapted));
        StepAdaptingTracesCore(x, decay, slopes, lost, kept, trace, adapted);
    }

    /// <summary>y[i, j] = beta y[i, j] + alpha sum_n d[n, j] trace[n, i, j], the samples added in their order.</summary>
    /// <param name="d">N rows of out.</param>
    /// <param name="trace">N rows of in x out.</param>
    /// <param name="y">in x out numbers, with its factors.</param>
    public void SumTraces(Tensor d, Tensor trace, in Accumulator y)
    {
        Synapses(d.Shape.RowLength == 0 ? 0 : y.Target.Length / d.Shape.RowLength, d, trace);
        if (Log is not null)
            Count(nameof(SumTraces), trace.Shape, trace.Length, Of(d, trace, Kept(y.Target, y.Beta)), Put(y.Target));
        SumTracesCore(d, trace, y);
    }

    /// <summary>result[n, i, j] = keep result[n, i, j] + factor s[n, j] trace[n, i, j].</summary>
    /// <param name="factor">A factor.</param>
    /// <param name="s">N rows of out.</param>
    /// <param name="trace">N rows of in x out.</param>
    /// <param name="keep">What is left of the result.</param>
    /// <param name="result">N rows of in x out.</param>
    public void AddTraces(double factor, Tensor s, Tensor trace, double keep, Tensor result)
    {
        Synapses(s.Shape.RowLength == 0 ? 0 : trace.Shape.RowLength / s.Shape.RowLength, s, trace);
        SameLength(trace, result);
        if (Log is not null) Count(nameof(AddTraces), trace.Shape, 2L * trace.Length, Of(s, trace, result), Put(result));
        AddTracesCore(factor, s, trace, keep, result);
    }

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void AddTracesCore(double factor, Tensor s, Tensor trace, double keep, Tensor result);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void StepTracesCore(Tensor x, Tensor decay, Tensor trace);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void StepAdaptingTracesCore(Tensor x, Tensor decay, Tensor slopes, Tensor lost, Tensor kept, Tensor trace,
        Tensor adapted);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void SumTracesCore(Tensor d, Tensor trace, in Accumulator y);

    private static void Synapses(int inputs, Tensor ofNeurons, Tensor trace)
    {
        if (trace.Shape.Rows != ofNeurons.Shape.Rows || trace.Shape.RowLength != (long)inputs * ofNeurons.Shape.RowLength)
            throw new ArgumentException($"{trace.Shape} has not one trace for each sample of {inputs} inputs and {ofNeurons.Shape}.");
    }
}
