using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// One weight tensor and its bilinear map. The three contractions take the tensor as an argument, so that another one
/// (a feedback tensor of the same shape) may stand where the weight would be transported. The only place where a
/// weight can be transported is <see cref="Transposed"/> on the weight itself: <see cref="Carrier.Own"/>.
/// </summary>
public abstract class Connection
{
    /// <summary>The weight.</summary>
    public abstract Parameter Weight { get; }

    /// <summary>y = w x, per sample.</summary>
    public abstract void Apply(Kernels kernels, Tensor w, Tensor x, Tensor y);

    /// <summary>x = w' d, per sample: a signal at the output carried to the input.</summary>
    public abstract void Transposed(Kernels kernels, Tensor w, Tensor d, Tensor x);

    /// <summary>The sum over samples of d x', in the weight's shape.</summary>
    public abstract void Outer(Kernels kernels, Tensor d, Tensor x, in Accumulator gradient);

    /// <summary>What <see cref="Apply"/> takes for that many samples.</summary>
    public abstract Work ApplyWork(int rows);

    /// <summary>What <see cref="Transposed"/> takes for that many samples.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="feedback">Whether a feedback tensor is read in the weight's place.</param>
    public abstract Work TransposedWork(int rows, bool feedback);

    /// <summary>What <see cref="Outer"/> takes for that many samples.</summary>
    /// <param name="rows">Samples.</param>
    /// <param name="keeps">Whether it adds to what stands there (beta not 0), which is then read as well.</param>
    public abstract Work OuterWork(int rows, bool keeps);
}

/// <summary>
/// Every output sees every input. In memory w is [in, out], so that the forward product reads it row by row: measured with
/// oneDNN, twice as fast at batch 32 as [out, in]. Files hold [out, in], as everybody's do; saving and loading turn it round.
/// </summary>
/// <param name="weight">The weight, [in, out].</param>
public sealed class DenseConnection(Parameter weight) : Connection
{
    private int Inputs => Weight.Shape.Rows;
    private int Outputs => Weight.Shape.RowLength;

    /// <inheritdoc/>
    public override Parameter Weight { get; } = weight;

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Tensor w, Tensor x, Tensor y) => kernels.Product(x, false, w, false, y);

    /// <inheritdoc/>
    public override void Transposed(Kernels kernels, Tensor w, Tensor d, Tensor x) => kernels.Product(d, false, w, true, x);

    /// <inheritdoc/>
    public override void Outer(Kernels kernels, Tensor d, Tensor x, in Accumulator gradient) =>
        kernels.Product(x, true, d, false, gradient.Target, gradient.Alpha, gradient.Beta);

    /// <inheritdoc/>
    public override Work ApplyWork(int rows) =>
        new((long)rows * Outputs * Inputs, new(Weights: Weight.Shape.Length, Activations: (long)rows * Inputs), new(Activations: (long)rows * Outputs));

    /// <inheritdoc/>
    public override Work TransposedWork(int rows, bool feedback)
    {
        var matrix = feedback ? new Words(Feedback: Weight.Shape.Length) : new Words(Weights: Weight.Shape.Length);
        return new((long)rows * Outputs * Inputs, matrix + new Words(Errors: (long)rows * Outputs), new(Errors: (long)rows * Inputs));
    }

    /// <inheritdoc/>
    public override Work OuterWork(int rows, bool keeps) =>
        new((long)rows * Outputs * Inputs,
            new(Activations: (long)rows * Inputs, Errors: (long)rows * Outputs, Gradients: keeps ? Weight.Shape.Length : 0),
            new(Gradients: Weight.Shape.Length));
}
