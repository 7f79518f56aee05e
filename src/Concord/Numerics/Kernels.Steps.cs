namespace Concord.Numerics;

// Time is folded into rows: of a batch of N samples with T steps, rows t N to t N + N - 1 are step t.
public abstract partial class Kernels
{
    /// <summary>y_t = x for each of T steps.</summary>
    /// <param name="x">N rows.</param>
    /// <param name="y">T N rows as long.</param>
    public void RepeatSteps(Tensor x, Tensor y)
    {
        StepsOf(x, y);
        if (Log is not null) Count(nameof(RepeatSteps), y.Shape, 0, Of(x), Put(y));
        RepeatStepsCore(x, y);
    }

    /// <summary>y = beta y + alpha sum_t x_t, the steps added in their order.</summary>
    /// <param name="x">T N rows.</param>
    /// <param name="y">N rows as long, with its factors.</param>
    public void SumSteps(Tensor x, in Accumulator y)
    {
        StepsOf(y.Target, x);
        if (Log is not null) Count(nameof(SumSteps), x.Shape, 0, Of(x, Kept(y.Target, y.Beta)), Put(y.Target));
        SumStepsCore(x, y);
    }

    /// <summary>
    /// y[j, i] = x[i, j], each a run of numbers: what samples have one after another becomes one step after another, or back.
    /// </summary>
    /// <param name="x">outer x inner runs.</param>
    /// <param name="outer">How many.</param>
    /// <param name="inner">How many.</param>
    /// <param name="y">inner x outer runs, or of fewer j; not x.</param>
    /// <param name="first">The first j that is written.</param>
    public void SwapRuns(Tensor x, int outer, int inner, Tensor y, int first = 0)
    {
        if (outer < 1 || inner < 1 || x.Length % ((long)outer * inner) != 0)
            throw new ArgumentException($"{x.Shape} is not {outer} times {inner} runs of equal length.");
        var each = x.Length / inner;
        if (first < 0 || (each == 0 ? y.Length != 0 : y.Length % each != 0 || first > inner - y.Length / each))
            throw new ArgumentException($"{y.Shape} is not some of {inner} times {outer} runs of {x.Shape} from {first}.");
        if (Log is not null) Count(nameof(SwapRuns), y.Shape, 0, Of(y.Length == x.Length ? x : y), Put(y));
        SwapRunsCore(x, outer, inner, y, first);
    }

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void RepeatStepsCore(Tensor x, Tensor y);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void SumStepsCore(Tensor x, in Accumulator y);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void SwapRunsCore(Tensor x, int outer, int inner, Tensor y, int first);

    private static void StepsOf(Tensor step, Tensor all)
    {
        if (step.Length == 0 ? all.Length != 0 : all.Length % step.Length != 0)
            throw new ArgumentException($"{all.Shape} is not a whole number of steps of {step.Shape}.");
    }
}
