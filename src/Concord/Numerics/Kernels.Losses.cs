namespace Concord.Numerics;

public abstract partial class Kernels
{
    /// <summary>
    /// error = p - t', losses_n = -sum_k t'_k log p_k, with p = softmax(z) and smoothed targets t' = (1 - s) t + s / K.
    /// Per sample, never divided by N. Stable for any finite z.
    /// </summary>
    /// <param name="logits">z, N x K.</param>
    /// <param name="targets">t, N x K, rows that sum to 1.</param>
    /// <param name="smoothing">s in [0, 1).</param>
    /// <param name="error">dLoss/dz, N x K.</param>
    /// <param name="losses">N.</param>
    public void SoftmaxCrossEntropy(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses)
    {
        CheckLoss(nameof(SoftmaxCrossEntropy), logits, targets, error, losses);
        SoftmaxCrossEntropyCore(logits, targets, smoothing, error, losses);
    }

    /// <summary>
    /// error = p - t', losses_n = -sum_k (t'_k log p_k + (1 - t'_k) log(1 - p_k)), with p = 1 / (1 + exp(-z)) and
    /// t' = (1 - s) t + s / 2. Per sample, summed over outputs. Stable for any finite z.
    /// </summary>
    public void SigmoidCrossEntropy(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses)
    {
        CheckLoss(nameof(SigmoidCrossEntropy), logits, targets, error, losses);
        SigmoidCrossEntropyCore(logits, targets, smoothing, error, losses);
    }

    /// <summary>error = y - t, losses_n = 1/2 |y_n - t_n|^2. Per sample, summed over outputs.</summary>
    public void SquaredError(Tensor outputs, Tensor targets, Tensor error, Tensor losses)
    {
        CheckLoss(nameof(SquaredError), outputs, targets, error, losses);
        SquaredErrorCore(outputs, targets, error, losses);
    }

    private void CheckLoss(string operation, Tensor outputs, Tensor targets, Tensor error, Tensor losses)
    {
        if (outputs.Shape != targets.Shape || outputs.Shape != error.Shape || losses.Length != outputs.Shape.Rows)
            throw new ArgumentException($"{operation} of outputs {outputs.Shape} takes targets and error of that shape and one loss a "
                + $"sample, but targets {targets.Shape}, error {error.Shape}, losses {losses.Shape} were given.");
        if (Log is not null) Count(operation, outputs.Shape, 0, Of(outputs, targets), Put(error, losses));
    }

    /// <inheritdoc cref="SoftmaxCrossEntropy"/>
    protected abstract void SoftmaxCrossEntropyCore(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses);

    /// <inheritdoc cref="SigmoidCrossEntropy"/>
    protected abstract void SigmoidCrossEntropyCore(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses);

    /// <inheritdoc cref="SquaredError"/>
    protected abstract void SquaredErrorCore(Tensor outputs, Tensor targets, Tensor error, Tensor losses);
}
