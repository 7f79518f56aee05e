namespace Concord.Training;

/// <summary>How the bias and the variance of gradient estimates are measured.</summary>
/// <param name="Batch">Samples of the batch that gradients are estimated on.</param>
/// <param name="Samples">Samples that batches of backpropagation are drawn from.</param>
/// <param name="Draws">How many estimates; taken in ten groups, so 20 at least, and a rest below ten is left out.</param>
public sealed record VarianceSettings(int Batch = 64, int Samples = 1000, int Draws = 50);

/// <summary>
/// How far an estimate u lies from what it estimates, g: bias |E u - g|^2 / |g|^2 and variance E|u - E u|^2 / |g|^2, whose sum is the
/// relative variance E|u - g|^2 / |g|^2. Both are unbiased estimates over the draws, so that a bias which is zero may come out a little
/// below.
/// </summary>
/// <param name="Rule">The rule.</param>
/// <param name="Of">What is estimated: <c>all weights</c>, <c>hidden weights</c>, or the <c>feedback</c> of a port.</param>
/// <param name="Bias">The bias.</param>
/// <param name="BiasHalfWidth">Half the width of its 95 % interval, by leaving out each group of draws in turn; 0 where nothing varies.
/// </param>
/// <param name="Variance">The variance.</param>
/// <param name="VarianceHalfWidth">Half the width of the 95 % interval of bias and variance together, over the groups.</param>
/// <param name="Predicted">What theory says that bias and variance are together; NaN where it has no closed form.</param>
/// <param name="Draws">How many estimates there were; 1 where all are the same.</param>
public sealed record VarianceRow(
    string Rule, string Of, double Bias, double BiasHalfWidth, double Variance, double VarianceHalfWidth, double Predicted, int Draws)
{
    /// <summary>E|u - g|^2 / |g|^2.</summary>
    public double Total => Bias + Variance;
}
