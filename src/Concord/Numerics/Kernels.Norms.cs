namespace Concord.Numerics;

/// <summary>Which elements share a mean and a variance.</summary>
public enum NormAxis
{
    /// <summary>One pair a column, over the samples: batch normalisation (Ioffe, Szegedy 2015).</summary>
    Columns,

    /// <summary>One pair a row, over its units: layer normalisation (Ba, Kiros, Hinton 2016).</summary>
    Rows,
}

public abstract partial class Kernels
{
    /// <summary>mean and (biased) variance of each column or row of x, in two passes; zero where there is no element.</summary>
    /// <param name="axis">Over what.</param>
    /// <param name="x">N x n.</param>
    /// <param name="mean">n, or N for rows.</param>
    /// <param name="variance">n, or N for rows.</param>
    public void Moments(NormAxis axis, Tensor x, Tensor mean, Tensor variance)
    {
        CheckMoments(nameof(Moments), axis, x, mean, variance);
        if (Log is not null) Count(nameof(Moments), x.Shape, 0, Of(x), Put(mean, variance));
        MomentsCore(axis, x, mean, variance);
    }

    /// <summary>y = gain * (x - mean) / sqrt(variance + epsilon) + shift; gain and shift have one entry per column. y may be x.</summary>
    public void Normalize(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor gain, Tensor shift, Tensor y)
    {
        CheckMoments(nameof(Normalize), axis, x, mean, variance);
        RowOf(gain, x);
        RowOf(shift, x);
        SameLength(x, y);
        if (Log is not null) Count(nameof(Normalize), x.Shape, 0, Of(x, mean, variance, gain, shift), Put(y));
        NormalizeCore(axis, x, mean, variance, epsilon, gain, shift, y);
    }

    /// <summary>
    /// The derivative of <see cref="Normalize"/> applied to a vector v, where mean and variance are functions of x
    /// (<paramref name="differentiateMoments"/>) or constants (evaluation). With h = (x - mean) / sqrt(variance + epsilon)
    /// and M the mean over what shares the moments:
    /// <para>upward (a tangent): result = gain * (v - M[v] - h M[h v]) / sqrt(variance + epsilon);</para>
    /// <para>downward (a signal): u = gain * v; result = (u - M[u] - h M[h u]) / sqrt(variance + epsilon).</para>
    /// For columns, where gain is constant over M, the two are the same. With constant moments the M terms vanish. The result may be v.
    /// </summary>
    /// <param name="axis">Over what.</param>
    /// <param name="downward">Whether v is a signal.</param>
    /// <param name="differentiateMoments">Whether mean and variance are functions of x.</param>
    /// <param name="x">N x n.</param>
    /// <param name="mean">n, or N for rows.</param>
    /// <param name="variance">n, or N for rows.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="gain">n.</param>
    /// <param name="vector">v, N x n.</param>
    /// <param name="result">N x n.</param>
    /// <param name="sums">Of columns: sum_n v_n and sum_n h_n v_n, where they are known, as after <see cref="NormalizeGradients"/>;
    /// else they are summed here.</param>
    public void NormalizeDerivative(
        NormAxis axis, bool downward, bool differentiateMoments, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor gain,
        Tensor vector, Tensor result, (Tensor Shift, Tensor Gain)? sums = null)
    {
        if (sums is { } known)
        {
            if (axis == NormAxis.Rows) throw new ArgumentException("Sums over the samples are no means of rows. Leave them out.");
            RowOf(known.Shift, x);
            RowOf(known.Gain, x);
        }
        CheckMoments(nameof(NormalizeDerivative), axis, x, mean, variance);
        RowOf(gain, x);
        SameLength(x, vector);
        SameLength(x, result);
        if (Log is not null)
            Count(nameof(NormalizeDerivative), x.Shape, 0, Of(x, vector, mean, variance, gain, sums?.Shift, sums?.Gain), Put(result));
        NormalizeDerivativeCore(axis, downward, differentiateMoments, x, mean, variance, epsilon, gain, vector, result, sums);
    }

    /// <summary>
    /// The gradients of <see cref="Normalize"/>: gain receives sum_n signal_n * h_n, shift sum_n signal_n. Either may be null.
    /// </summary>
    public void NormalizeGradients(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor signal, Accumulator? gain,
        Accumulator? shift)
    {
        CheckMoments(nameof(NormalizeGradients), axis, x, mean, variance);
        SameLength(x, signal);
        if (gain is not null) RowOf(gain.Value.Target, x);
        if (shift is not null) RowOf(shift.Value.Target, x);
        if (Log is not null) Count(nameof(NormalizeGradients), x.Shape, 0, Of(x, signal, mean, variance, Kept(gain), Kept(shift)),
            Put(gain?.Target, shift?.Target));
        NormalizeGradientsCore(axis, x, mean, variance, epsilon, signal, gain, shift);
    }

    private static Tensor? Kept(Accumulator? target) => target is { } known ? Kept(known.Target, known.Beta) : null;

    private static void CheckMoments(string operation, NormAxis axis, Tensor x, Tensor mean, Tensor variance)
    {
        var count = axis == NormAxis.Columns ? x.Shape.RowLength : x.Shape.Rows;
        if (mean.Length != count || variance.Length != count)
            throw new ArgumentException($"{operation} by {axis} of {x.Shape} has {count} means and variances, "
                + $"but {mean.Shape} and {variance.Shape} were given.");
    }

    /// <inheritdoc cref="Moments"/>
    protected abstract void MomentsCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance);

    /// <inheritdoc cref="Normalize"/>
    protected abstract void NormalizeCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor gain,
        Tensor shift, Tensor y);

    /// <inheritdoc cref="NormalizeDerivative"/>
    protected abstract void NormalizeDerivativeCore(NormAxis axis, bool downward, bool differentiateMoments, Tensor x, Tensor mean,
        Tensor variance, double epsilon, Tensor gain, Tensor vector, Tensor result, (Tensor Shift, Tensor Gain)? sums);

    /// <inheritdoc cref="NormalizeGradients"/>
    protected abstract void NormalizeGradientsCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor signal,
        Accumulator? gain, Accumulator? shift);
}
