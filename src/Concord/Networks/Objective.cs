using Concord.Numerics;

namespace Concord.Networks;

/// <summary>The losses.</summary>
public enum LossKind
{
    /// <summary>-sum_k t_k log softmax(z)_k.</summary>
    SoftmaxCrossEntropy,

    /// <summary>-sum_k (t_k log s(z_k) + (1 - t_k) log(1 - s(z_k))), s the logistic function.</summary>
    SigmoidCrossEntropy,

    /// <summary>1/2 |z - t|^2.</summary>
    SquaredError,
}

/// <summary>
/// What a network is trained for. The error e = dLoss/dz is PER SAMPLE and summed over outputs; the division by the number of
/// samples happens once, in the optimizer. Names, as on the command line: <c>cross-entropy</c>, <c>bce</c>, <c>mse</c>.
/// </summary>
/// <param name="Loss">Which loss.</param>
/// <param name="Smoothing">Label smoothing in [0, 1): targets become (1 - s) t + s / K (softmax) or + s / 2 (sigmoid).</param>
public readonly record struct Objective(LossKind Loss = LossKind.SoftmaxCrossEntropy, double Smoothing = 0)
{
    /// <summary>Losses by the name a user writes.</summary>
    public static IReadOnlyDictionary<string, LossKind> ByName { get; } = new Dictionary<string, LossKind>
    {
        ["cross-entropy"] = LossKind.SoftmaxCrossEntropy,
        ["bce"] = LossKind.SigmoidCrossEntropy,
        ["mse"] = LossKind.SquaredError,
    };

    /// <summary>
    /// What stands for a block's name where the output error is made, and what a rule makes of it before it is delivered.
    /// </summary>
    public const string BlockName = "loss";

    /// <summary>
    /// The mean loss of the best answer that is the same for every sample: what a network that has learned nothing about its input can
    /// reach.
    /// </summary>
    /// <param name="confusion">Counts; the sum of row k is how many samples are of class k.</param>
    /// <returns>NaN without samples.</returns>
    internal double OfConstantAnswer(int[][] confusion)
    {
        double[] counts = [.. confusion.Select(row => (double)row.Sum())];
        var (all, classes, smoothing) = (counts.Sum(), (double)counts.Length, Smoothing);
        return Loss switch
        {
            LossKind.SoftmaxCrossEntropy => Mean(share => Entropy((1 - smoothing) * share + smoothing / classes)),
            LossKind.SigmoidCrossEntropy =>
                Mean(share => Entropy((1 - smoothing) * share + smoothing / 2) + Entropy(1 - (1 - smoothing) * share - smoothing / 2)),
            _ => Mean(share => 0.5 * share * (1 - share)),
        };

        double Mean(Func<double, double> of) => all == 0 ? double.NaN : counts.Sum(count => of(count / all));
        static double Entropy(double share) => share <= 0 ? 0 : -share * Math.Log(share);
    }

    /// <summary>The class that is answered for each sample: the largest output.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="outputs">N x K, before the loss.</param>
    /// <param name="answers">N.</param>
#pragma warning disable CA1822   // each loss says how it is answered, and these three are answered alike
    public void Answers(Kernels kernels, Tensor outputs, Span<int> answers) => kernels.ArgMaxRows(outputs, answers);
#pragma warning restore CA1822

    /// <summary>Fills the pass's error (N x K) and losses (N) from its logits and targets.</summary>
    /// <returns>The mean loss of the batch.</returns>
    public double Error(Pass pass)
    {
        using var _ = new WorkScope(pass.Kernels, block: BlockName);
        pass.Objective = this;
        return Error(pass.Kernels, pass.Logits, pass.Targets, pass.Error, pass.Losses);
    }

    /// <summary>The same for outputs of any kind, as those of a rule's own network.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="outputs">N x K, before the loss.</param>
    /// <param name="targets">N x K.</param>
    /// <param name="error">Receives dLoss/doutputs, per sample.</param>
    /// <param name="losses">Receives the loss of each sample, N.</param>
    /// <returns>The mean loss.</returns>
    public double Error(Kernels kernels, Tensor outputs, Tensor targets, Tensor error, Tensor losses)
    {
        switch (Loss)
        {
            case LossKind.SoftmaxCrossEntropy:
                kernels.SoftmaxCrossEntropy(outputs, targets, Smoothing, error, losses);
                break;
            case LossKind.SigmoidCrossEntropy:
                kernels.SigmoidCrossEntropy(outputs, targets, Smoothing, error, losses);
                break;
            default:
                kernels.SquaredError(outputs, targets, error, losses);
                break;
        }
        return kernels.Sum(losses) / losses.Length;
    }
}
