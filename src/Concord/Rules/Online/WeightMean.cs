using Concord.Layers;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// A weight's running mean M and multiplier lambda under FPTT, both of its shape: the loss has - lambda . W + (alpha/2) |W - M|^2 beside
/// its own, and after each step lambda = lambda - alpha (W - M), M = (1 - beta) M + beta W - (beta/alpha) lambda. M starts at W, lambda
/// at 0.
/// </summary>
internal sealed class WeightMean
{
    private readonly Parameter _weight;
    private readonly string _block;
    private readonly double _alpha, _beta;
    private readonly Tensor _mean, _multiplier;

    /// <summary>Begins at the weight as it stands.</summary>
    public WeightMean(Parameter weight, string block, double alpha, double beta, RuleState state)
    {
        (_weight, _block, _alpha, _beta) = (weight, block, alpha, beta);
        (_mean, _multiplier) = (Kept("mean", weight.Value), Kept("multiplier", null));

        Tensor Kept(string name, Tensor? start)
        {
            var kept = state.Kernels.Allocate(weight.Shape, Role.Feedback);
            if (start is not null) state.Kernels.Copy(start, kept);
            state.Keep($"{weight.Name}.{name}", kept);
            return kept;
        }
    }

    /// <summary>
    /// Adds the derivative of the two terms to the weight's gradient, which the optimizer divides by the number of samples, if it is one of
    /// that block.
    /// </summary>
    public void Pull(string block, RuleBackwardPass backward)
    {
        if (block != _block) return;
        var rows = backward.Pass.Rows;
        backward.Add(_weight, -rows, _multiplier);
        backward.Add(_weight, rows * _alpha, _weight.Value);
        backward.Add(_weight, -rows * _alpha, _mean);
    }

    /// <summary>Moves both after the weight has moved.</summary>
    public void Move(Kernels kernels)
    {
        using var _ = new WorkScope(kernels, block: _block);
        kernels.Combine(-_alpha, _weight.Value, 1, _multiplier);
        kernels.Combine(_alpha, _mean, 1, _multiplier);
        kernels.Combine(_beta, _weight.Value, 1 - _beta, _mean);
        kernels.Combine(-_beta / _alpha, _multiplier, 1, _mean);
    }

    /// <summary>W = M, and 0 where that is below 0 and no weight may be. M stays, so a second call does nothing.</summary>
    public void Replace(Kernels kernels)
    {
        kernels.Copy(_mean, _weight.Value);
        _weight.Clamp(kernels);
    }
}
