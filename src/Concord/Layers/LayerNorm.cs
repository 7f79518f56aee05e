using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Layer normalisation (Ba, Kiros, Hinton 2016): each sample over its own units, in training as in evaluation.
/// </summary>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="learns">Whether gain and shift learn; else they stay at 1 and 0, so that each sample has mean 0 and deviation 1.</param>
public sealed class LayerNorm(double epsilon = 1e-5, bool learns = true) : NormLayer(NormAxis.Rows, epsilon)
{
    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        var output = base.Build(input);
        Gain.Frozen = Shift.Frozen = !learns;
        return output;
    }

    /// <inheritdoc/>
    protected override void Measure(Tensor x, Tape tape)
    {
        var (mean, variance, _) = MomentsOf(x, tape);
        tape.Kernels.Moments(NormAxis.Rows, x, mean, variance);
    }

    /// <inheritdoc/>
    protected override (Tensor Mean, Tensor Variance, bool OfInput) MomentsOf(Tensor x, Tape tape)
    {
        var shape = new Shape(x.Shape.Rows);
        return (tape.Keep(this, "mean", shape), tape.Keep(this, "variance", shape), true);
    }

    /// <inheritdoc/>
    public override string? Written => Epsilon == 1e-5 && learns ? "layernorm" : null;

    /// <inheritdoc/>
    public override string ToString() => "layer norm";
}
