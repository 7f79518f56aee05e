using Concord.Numerics;
using Concord.Spiking;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

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

    /// <summary>Numbers of spikes (<see cref="Spiking.Losses.SpikeCountLoss"/>).</summary>
    SpikeCount,

    /// <summary>Which output fires first (<see cref="Spiking.Losses.FirstSpikeLoss"/>).</summary>
    FirstSpike,

    /// <summary>When outputs fire first (<see cref="Spiking.Losses.SpikeTimeLoss"/>).</summary>
    SpikeTime,

    /// <summary>Whole spike trains (<see cref="Spiking.Losses.SpikeTrainDistance"/>).</summary>
    SpikeTrain,
}

/// <summary>
/// What a network is trained for. The error e = dLoss/dz is PER SAMPLE and summed over outputs; the division by the number of
/// samples happens once, in the optimizer. Where the outputs have T time steps there is an error at each, and a sample's loss is the mean
/// of its T losses. Names, as on the command line: <c>cross-entropy</c>, <c>bce</c>, <c>mse</c>; of spiking
/// networks <c>count</c>, <c>first-spike</c>, <c>spike-time</c>, <c>van-rossum</c>, whose error is that of each spike's time
/// (<see cref="Pass.OutputSignal"/>).
/// </summary>
/// <param name="Loss">Which loss.</param>
/// <param name="Smoothing">Label smoothing in [0, 1): targets become (1 - s) t + s / K (softmax) or + s / 2 (sigmoid).</param>
/// <param name="Spikes">What losses of spikes want; null for the usual.</param>
public readonly record struct Objective(LossKind Loss = LossKind.SoftmaxCrossEntropy, double Smoothing = 0, SpikeAims? Spikes = null)
{
    /// <summary>Losses by the name a user writes.</summary>
    public static IReadOnlyDictionary<string, LossKind> ByName { get; } = new Dictionary<string, LossKind>
    {
        ["cross-entropy"] = LossKind.SoftmaxCrossEntropy,
        ["bce"] = LossKind.SigmoidCrossEntropy,
        ["mse"] = LossKind.SquaredError,
        ["count"] = LossKind.SpikeCount,
        ["first-spike"] = LossKind.FirstSpike,
        ["spike-time"] = LossKind.SpikeTime,
        ["van-rossum"] = LossKind.SpikeTrain,
    };

    /// <summary>Whether it is a loss of spikes.</summary>
    public bool IsOfSpikes => Loss >= LossKind.SpikeCount;

    /// <summary>Whether it has an error of each output as a whole, N x K, which rules bring to hidden blocks in one hop.</summary>
    public bool HasError => Loss is not (LossKind.SpikeTime or LossKind.SpikeTrain);

    /// <summary>What a user writes for the loss.</summary>
    internal string Name => ByName.First(NamesLoss).Key;

    /// <summary>What losses of spikes want.</summary>
    internal SpikeAims Aims => Spikes ?? SpikeAims.Usual;

    /// <summary>Refuses a network whose outputs the loss does not read.</summary>
    /// <exception cref="ConcordException">It is such a one.</exception>
    public void Check(Network network)
    {
        Spikes?.Check(this);
        if (IsOfSpikes == network.OutputPort.IsSpiking) return;
        var others = string.Join(", ", ByName.Keys.Where(network.OutputPort.IsSpiking ? IsNameOfSpikes : name => !IsNameOfSpikes(name)));
        throw new ConcordException(IsOfSpikes
            ? $"The loss {Name} reads spikes, and the network gives numbers. Choose another loss ({others}), or a spiking network "
                + $"(--model {SpikingModel.Kind}:784-800-10)."
            : $"The loss {Name} reads numbers, and the network gives spikes. Choose another loss: {others}.");
    }

    private static bool IsNameOfSpikes(string name) => new Objective(ByName[name]).IsOfSpikes;

    private bool NamesLoss(KeyValuePair<string, LossKind> entry) => entry.Value == Loss;

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
        var targets = Aims.TargetsOf(Loss);
        var distance = targets.OfLabel - targets.OfOthers;
        return Loss switch
        {
            LossKind.SoftmaxCrossEntropy => Mean(share => Entropy((1 - smoothing) * share + smoothing / classes)),
            LossKind.SigmoidCrossEntropy =>
                Mean(share => Entropy((1 - smoothing) * share + smoothing / 2) + Entropy(1 - (1 - smoothing) * share - smoothing / 2)),
            LossKind.SquaredError => Mean(share => 0.5 * share * (1 - share)),
            LossKind.SpikeCount => Mean(share => 0.5 * distance * distance * share * (1 - share)),
            LossKind.FirstSpike => Mean(Entropy),
            _ => double.NaN,
        };

        double Mean(Func<double, double> of) => all == 0 ? double.NaN : counts.Sum(count => of(count / all));
        static double Entropy(double share) => share <= 0 ? 0 : -share * Math.Log(share);
    }

    /// <summary>
    /// The class that is answered for each sample: the largest output, summed over time steps where there are several, the most spikes, or
    /// the first one. A sample without spikes at the
    /// output is answered with the first class, as one whose outputs are all alike.
    /// </summary>
    /// <param name="pass">A pass that was evaluated.</param>
    /// <param name="answers">N.</param>
    public void Answers(Pass pass, Span<int> answers)
    {
        if (Loss is not (LossKind.FirstSpike or LossKind.SpikeTime))
        {
            pass.Kernels.ArgMaxRows(SummedOutputs(pass), answers);
            return;
        }
        SpikeDecision.ByFirstSpike(pass.SpikesAt(pass.Network.OutputPort), answers);
        foreach (ref var answer in answers) answer = Math.Max(0, answer);
    }

    /// <summary>Whether outputs stand for probabilities of classes.</summary>
    internal bool HasProbabilities => Loss is LossKind.SoftmaxCrossEntropy or LossKind.SigmoidCrossEntropy;

    /// <summary>
    /// What the network says of each sample: softmax(z) or s(z) of outputs that stand for probabilities, else z, of spiking outputs their
    /// numbers of spikes. Of several time steps it is of the mean output.
    /// </summary>
    /// <param name="pass">A pass that was evaluated.</param>
    /// <param name="outputs">Receives N x K numbers, sample after sample.</param>
    internal void Outputs(Pass pass, Span<float> outputs)
    {
        var (sum, steps, classes) = (SummedOutputs(pass), pass.Network.Output.Steps, pass.Network.Output.Length);
        for (var i = 0; i < outputs.Length; i++) outputs[i] = (float)(sum[i] / steps);
        if (!HasProbabilities) return;
        for (var start = 0; start < outputs.Length; start += classes)
        {
            var row = outputs.Slice(start, classes);
            if (Loss == LossKind.SigmoidCrossEntropy) TensorPrimitives.Sigmoid(row, row);
            else
            {
                TensorPrimitives.Subtract(row, TensorPrimitives.Max<float>(row), row);   // exp would overflow
                TensorPrimitives.SoftMax(row, row);
            }
        }
    }

    private static Tensor SummedOutputs(Pass pass)
    {
        if (pass.Network.Output.Steps == 1) return pass.Logits;
        if (!pass.Slice.IsPart) SumOutputs(pass);   // of slices they were summed as they came
        return OutputSum(pass);
    }

    private static Tensor OutputSum(Pass pass) => pass.Workspace.Get(pass.Kernels, pass, "summed outputs",
        pass.Network.Output.WithSteps(1).Batch(pass.Rows), Role.Activation);

    private static void SumOutputs(Pass pass)
    {
        Accumulator sum = new(OutputSum(pass), 1, pass.Slice.Continues ? 1 : 0);
        if (pass.Batch.Mask is { } mask)
        {
            var own = pass.Workspace.Get(pass.Kernels, pass, "own outputs", pass.Logits.Shape, Role.Activation);
            pass.Kernels.ScaleRows(mask.Valid, pass.Logits, own);
            pass.Kernels.SumSteps(own, sum);
        }
        else pass.Kernels.SumSteps(pass.Logits, sum);
    }

    /// <summary>Fills the pass's error (N x K) and losses (N) from its logits and targets.</summary>
    /// <returns>The mean loss of the batch.</returns>
    public double Error(Pass pass)
    {
        using var _ = new WorkScope(pass.Kernels, block: BlockName);
        pass.Objective = this;
        if (IsOfSpikes) return pass.SpikeErrors.Fill(this);
        return pass.Network.Output.Steps == 1 ? Error(pass.Kernels, pass.Logits, pass.Targets, pass.Error, pass.Losses)
            : ErrorOfSteps(pass);
    }

    // L_n = 1/T sum_t L(n, t): a sample weighs as much as where there is one loss, at the end. Of a slice, its share of the sum.
    private double ErrorOfSteps(Pass pass)
    {
        var (kernels, steps) = (pass.Kernels, pass.Network.Output.Steps);
        var losses = pass.Workspace.Get(kernels, pass, "losses of steps", new(pass.Error.Shape.Rows), Role.Error);
        Error(kernels, pass.Logits, pass.Targets, pass.Error, losses);
        if (pass.Batch.Mask is { } mask)
        {
            kernels.ScaleRows(mask.Share, pass.Error, pass.Error);
            kernels.Multiply(mask.Share, losses, losses);
            kernels.SumSteps(losses, new(pass.Losses));
        }
        else
        {
            kernels.Combine(1.0 / steps, pass.Error, 0, pass.Error);
            kernels.SumSteps(losses, new(pass.Losses, 1.0 / steps));
        }
        if (pass.Slice.IsPart) SumOutputs(pass);
        return kernels.Sum(pass.Losses) / pass.Rows;
    }

    /// <summary>The same for outputs of any kind, as those of a rule's own network.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="outputs">N x K, before the loss.</param>
    /// <param name="targets">N x K.</param>
    /// <param name="error">Receives dLoss/doutputs, per sample.</param>
    /// <param name="losses">Receives the loss of each sample, N.</param>
    /// <returns>The mean loss.</returns>
    /// <exception cref="InvalidOperationException">It is a loss of spikes.</exception>
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
            case LossKind.SquaredError:
                kernels.SquaredError(outputs, targets, error, losses);
                break;
            default:
                throw new InvalidOperationException($"The loss {Name} reads the spikes of a pass, and not numbers.");
        }
        return kernels.Sum(losses) / losses.Length;
    }
}
