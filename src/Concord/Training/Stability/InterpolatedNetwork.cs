using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// A network that backpropagation has trained on a few samples until their error vanished, as far as it does: a point at which every rule
/// whose updates are made of the error stands still, and so one whose stability can be asked about.
/// </summary>
public sealed class InterpolatedNetwork
{
    private const int Retries = 6;   // each at a quarter of the rate
    private const double Momentum = 0.9, RoundingError = 1e-14;
    private readonly Func<Network> _network;
    private readonly Action<Pass> _fill;
    private readonly List<double[]> _weights = [];

    private InterpolatedNetwork(Func<Network> network, Objective objective, Kernels kernels, Action<Pass> fill, long seed) =>
        (_network, Objective, Kernels, _fill, Seed) = (network, objective, kernels, fill, seed);

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    /// <summary>The loss.</summary>
    public Objective Objective { get; }

    /// <summary>The seed of its draws.</summary>
    public long Seed { get; }

    /// <summary>Steps of training that it took.</summary>
    public int Steps { get; private set; }

    /// <summary>|e| over all samples and outputs as it was before the last of them.</summary>
    public double Error { get; private set; } = double.NaN;

    /// <summary>Whether the error is so small that the point counts as a solution: below 1e-9.</summary>
    public bool IsSolution => Error < 1e-9;

    /// <summary>
    /// Trains: all samples in each step, momentum 0.9, a rate that the largest eigenvalue of the kernel at the start allows, a quarter of
    /// it where that diverges.
    /// </summary>
    /// <param name="network">Makes the network, another each time.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="kernels">The engine; double precision, if errors are to vanish beyond 1e-6 or so.</param>
    /// <param name="fill">Puts samples and targets into a pass (<see cref="Pass.Begin"/> included), always the same.</param>
    /// <param name="seed">Decides the weights.</param>
    /// <param name="steps">The most steps.</param>
    /// <param name="progress">Told the share of them that is done.</param>
    /// <param name="cancellation">Breaks off between steps.</param>
    /// <exception cref="ConcordException">The samples make too large a kernel, or training diverges at every rate.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static InterpolatedNetwork Train(Func<Network> network, Objective objective, Kernels kernels, Action<Pass> fill, long seed,
        int steps = 20_000, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var made = new InterpolatedNetwork(network, objective, kernels, fill, seed);
        kernels.Run(() => made.Train(steps, progress, cancellation));
        return made;
    }

    /// <summary>
    /// A learner whose weights stand at this point before its rule makes or draws feedback; the samples are in its pass.
    /// </summary>
    /// <param name="rule">Makes the rule, another each time.</param>
    public Learner Learner(Func<LearningRule> rule)
    {
        var learner = new Learner(new(_network, rule), Objective, Plain(momentum: 0), Kernels, Seed, ActivationPolicy.Stored, Load);
        _fill(learner.Pass);
        learner.Prepare();
        return learner;
    }

    // How far a network's weights are from this point, relative to the norm that they have here.
    internal double DistanceOf(Network network)
    {
        double squares = 0, norm = 0;
        foreach (var (values, (_, tensor, _)) in _weights.Zip(StartingWeights.Weights(network)))
            for (var i = 0; i < values.Length; i++)
            {
                squares += (tensor[i] - values[i]) * (tensor[i] - values[i]);
                norm += values[i] * values[i];
            }
        return Math.Sqrt(squares / norm);
    }

    private void Train(int steps, IProgress<double>? progress, CancellationToken cancellation)
    {
        Learner Fresh() => new(new(_network, () => new Backpropagation()), Objective, Plain(Momentum), Kernels, Seed);
        var learner = Fresh();
        _fill(learner.Pass);
        var largest = FeedbackKernel.Of(learner.Plan, learner.Pass, Objective, training: true, cancellation).Largest;
        var rate = learner.Pass.Rows / (2 * largest);   // the learner divides by the samples
        for (var retry = 0; !Descend(learner, rate, steps, progress, cancellation); retry++)
        {
            if (retry == Retries) throw new ConcordException("Training on these samples diverges at every rate that was tried. "
                + "Choose other data or another network.");
            rate /= 4;
            learner = Fresh();
            _fill(learner.Pass);
        }
        foreach (var (_, tensor, _) in StartingWeights.Weights(learner.Network)) _weights.Add(tensor.ToArray());
    }

    private bool Descend(Learner learner, double rate, int steps, IProgress<double>? progress, CancellationToken cancellation)
    {
        for (Steps = 0; Steps < steps; Steps++)
        {
            cancellation.ThrowIfCancellationRequested();
            learner.Step(rate);
            Error = Math.Sqrt(Kernels.SumSquares(learner.Pass.Error));
            if (!double.IsFinite(Error)) return false;
            if (Error < RoundingError * Math.Sqrt(learner.Pass.Error.Length)) break;
            if (Steps % 100 == 0) progress?.Report((double)Steps / steps);
        }
        return true;
    }

    private void Load(Network network)
    {
        foreach (var (values, (_, tensor, _)) in _weights.Zip(StartingWeights.Weights(network))) tensor.CopyFrom(values);
    }

    private static OptimizerSettings Plain(double momentum) => new(LearningRate: 1, Momentum: momentum);
}
