using System.Numerics;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Concord.Diagnostics;

/// <summary>Whether errors near a solution die out under a rule.</summary>
public enum Stability
{
    /// <summary>Every error dies out: all eigenvalues have a positive real part.</summary>
    Stable,

    /// <summary>Some error grows: an eigenvalue has a negative real part.</summary>
    Unstable,

    /// <summary>Some error neither grows nor dies out, to first order: an eigenvalue's real part is zero to rounding.</summary>
    Neutral,
}

/// <summary>
/// The feedback-alignment kernel of a network and a rule on a few samples (Chu, Bacho 2024, MLST 5, 025023, whose argument it puts into
/// numbers). With e [mN] the errors of m outputs and N samples, J = dz/dw [mN, P] the derivative of the outputs by all weights, and G
/// [mN, P] what the rule puts in its place, so that weights flow along -G'e, feedback standing still:
/// <para>dz/dt = -K e, K = J G' [mN, mN]; de/dt = -C K e, C = de/dz (1 for the squared error); dL/dt = -e'K e.</para>
/// <para>A point where e = 0 is a fixed point of every such rule. It attracts if all eigenvalues of C K have positive real parts, and
/// repels if one has a negative one; if the symmetric part of K is positive definite, the loss falls whatever the error. For
/// backpropagation K = J J' is positive semidefinite. Elsewhere than at a solution K says how errors move at this moment, and of no
/// fixed point whether it is stable. Of a softmax only errors count whose sum over the outputs is zero: it knows no others.</para>
/// <para>Rows and columns are sample by sample, each with its m outputs. J is made of walks by the true derivative and G of the rule's own,
/// each from an error of 1 at one output of one sample.</para>
/// </summary>
public sealed class FeedbackKernel
{
    /// <summary>The most errors, outputs times samples, that a kernel is made of.</summary>
    public const int MostErrors = 500;

    private FeedbackKernel(Plan plan, Pass pass, Objective objective, double meanLoss, UpdateAlignment alignment)
    {
        (Rule, Samples, Outputs, Objective) = (plan.Rule.Name, pass.Rows, pass.Network.Output.Length, objective);
        (MeanLoss, Error, Alignment) = (meanLoss, Math.Sqrt(pass.Kernels.SumSquares(pass.Error)), alignment);
    }

    /// <summary>The rule's name.</summary>
    public string Rule { get; }

    /// <summary>N.</summary>
    public int Samples { get; }

    /// <summary>m.</summary>
    public int Outputs { get; }

    /// <summary>The loss.</summary>
    public Objective Objective { get; }

    /// <summary>The mean loss of the samples here.</summary>
    public double MeanLoss { get; }

    /// <summary>|e| here: what is measured is about a fixed point only where it is zero to rounding.</summary>
    public double Error { get; }

    /// <summary>The alignment of the update that the error as it is would make.</summary>
    public UpdateAlignment Alignment { get; }

    /// <summary>K, row by row, mN x mN.</summary>
    public IReadOnlyList<double> Values { get; private set; } = [];

    /// <summary>The eigenvalues of C K, by their real parts from the least on; those of K for the squared error.</summary>
    public IReadOnlyList<Complex> Eigenvalues { get; private set; } = [];

    /// <summary>
    /// The least real part of an eigenvalue: the slowest error's rate of decay, or, below zero, the fastest one's of growth.
    /// </summary>
    public double LeastReal => Eigenvalues[0].Real;

    /// <summary>The least eigenvalue of K's symmetric part: at least 0 where no error can make the loss rise.</summary>
    public double LeastSymmetric { get; private set; }

    /// <summary>The largest absolute value of an eigenvalue: steps of plain gradient descent have to stay below 2 over it.</summary>
    public double Largest { get; private set; }

    /// <summary>Whether what the rule learns from an error changes from step to step at the same weights, as with directions or feedback
    /// that are drawn anew: the kernel is that of one draw.</summary>
    public bool IsRedrawn { get; private set; }

    /// <summary>What the eigenvalues say.</summary>
    public Stability Verdict { get; private set; }

    /// <summary>The verdict in a word.</summary>
    public string VerdictName => Verdict switch { Stability.Stable => "stable", Stability.Unstable => "unstable", _ => "neutral" };

    /// <summary>
    /// Makes the kernel on the batch that stands in a pass. Changes nothing that training reads, unless it is evaluated as in training:
    /// that moves the running moments of batch norms.
    /// </summary>
    /// <param name="plan">The rule's plan.</param>
    /// <param name="pass">A pass through the plan's network that stores its activities, its input and targets filled.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="training">Whether it is evaluated as in training, by a batch's own statistics.</param>
    /// <param name="cancellation">Breaks off between walks.</param>
    /// <exception cref="ConcordException">There are more than <see cref="MostErrors"/> errors or not enough memory, the rule's signals are
    /// not linear in the error, a softmax has a single output, or the outputs are spikes.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static FeedbackKernel Of(Plan plan, Pass pass, Objective objective, bool training = false,
        CancellationToken cancellation = default)
    {
        var kernels = pass.Kernels;
        if (pass.Network.OutputPort.IsSpiking)
            throw new ConcordException("A kernel is a derivative of outputs that are numbers, but this network answers by spikes. Give it "
                + "a network without spikes.");
        using var _ = new WorkScope(kernels, Phase.Probe);
        CheckExtents(plan, pass, objective);
        var pair = new GradientPair(plan, pass);
        var loss = pair.Evaluate(objective, pass.Step, training);
        var made = new FeedbackKernel(plan, pass, objective, loss, UpdateAlignment.Of(plan, pair));
        var curvature = new double[pass.Rows][,];
        for (var sample = 0; sample < pass.Rows; sample++) curvature[sample] = CurvatureOf(objective, pass.Logits, sample);
        CheckLinear(plan, pass, pair);
        made.Values = Product(pass, pair, cancellation);
        made.Decompose(curvature, kernels.ElementType);
        made.IsRedrawn = Changes(pass, pair, objective, training);
        return made;
    }

    /// <summary>Refuses more errors than a kernel is made of.</summary>
    /// <exception cref="ConcordException">There are more than <see cref="MostErrors"/>.</exception>
    public static void CheckSize(int samples, int outputs)
    {
        var errors = (long)samples * outputs;
        if (errors > MostErrors)
            throw new ConcordException(FormattableString.Invariant($"A kernel of {samples} samples and {outputs} outputs is made of ")
                + FormattableString.Invariant($"{errors} errors; at most {MostErrors} can be looked at. ")
                + (outputs > MostErrors ? "Choose a network with fewer outputs."
                    : FormattableString.Invariant($"Give at most {MostErrors / outputs} samples.")));
    }

    /// <summary>Refuses what <see cref="Of"/> would, without making the kernel.</summary>
    /// <param name="plan">The rule's plan.</param>
    /// <param name="pass">A pass through its network that stores its activities, its input and targets filled.</param>
    /// <param name="objective">The loss.</param>
    /// <exception cref="ConcordException">There is no kernel.</exception>
    internal static void Check(Plan plan, Pass pass, Objective objective)
    {
        using var _ = new WorkScope(pass.Kernels, Phase.Probe);
        CheckExtents(plan, pass, objective);
        var pair = new GradientPair(plan, pass);
        pair.Evaluate(objective, pass.Step, training: false);
        CheckLinear(plan, pass, pair);
    }

    private static void CheckExtents(Plan plan, Pass pass, Objective objective)
    {
        int outputs = pass.Network.Output.Length, errors = pass.Rows * outputs;
        if (pass.Network.Blocks.SelectMany(block => block.Layers).SelectMany(layer => layer.WithBranches)
            .FirstOrDefault(layer => layer is ClockedNeurons { Neuron.Fires: true } or RcLayer { Fires: true }) is { } spiking)
            throw new ConcordException($"A kernel is a derivative of outputs, and {spiking.Name} ({spiking}) fires: what stands for the "
                + "derivative of a spike (surrogate) does not say how outputs change. Give it a network without spikes, such as rnn:100.");
        if (pass.Network.Output.Steps > 1)
            throw new ConcordException($"A kernel is of one answer for each sample, and the network gives {pass.Network.Output}. Let time "
                + "end before the loss (ends=last or mean).");
        CheckSize(pass.Rows, outputs);
        if (objective.Loss == LossKind.SoftmaxCrossEntropy && outputs < 2)
            throw new ConcordException("A softmax over one output has no error. Use the squared error (mse) or a second output.");
        TensorMemory.Check(pass.Kernels, [.. plan.Network.Parameters.Where(parameter => !parameter.Frozen).SelectMany(parameter =>
            Enumerable.Repeat(new TensorMemory.Extent($"The derivative of {errors} outputs by {parameter.Name}", errors,
                parameter.Shape.Length), 2))], "Choose fewer samples or a smaller network.", "the derivatives of all weights");
    }

    // Two errors and a combination of both: what is learned from the third must be that combination too.
    private static void CheckLinear(Plan plan, Pass pass, GradientPair pair)
    {
        const double A = 2, B = -3;
        var kernels = pass.Kernels;
        Tensor first = kernels.Allocate(pass.Error.Shape, Role.Error), second = kernels.Allocate(pass.Error.Shape, Role.Error);
        kernels.FillNormal(RandomStream.FromSeed(0).Split("first"), 0, 1, first);
        kernels.FillNormal(RandomStream.FromSeed(0).Split("second"), 0, 1, second);
        var sum = new Gradients(kernels, pair.Rule.Parameters);
        kernels.Copy(first, pass.Error);
        pair.WalkRule();
        sum.Combine(A, pair.Rule, 0);
        kernels.Copy(second, pass.Error);
        pair.WalkRule();
        sum.Combine(B, pair.Rule, 1);
        kernels.Combine(A, first, 0, pass.Error);
        kernels.Combine(B, second, 1, pass.Error);
        pair.WalkRule();
        var scale = Math.Sqrt(pair.Rule.Compare(pair.Rule, pair.Rule.Parameters).SquaredA);
        sum.Combine(-1, pair.Rule, 1);
        var difference = Math.Sqrt(sum.Compare(sum, sum.Parameters).SquaredA);
        if (difference > scale * (kernels.ElementType == ElementType.Double ? 1e-8 : 1e-3))
            throw new ConcordException($"The rule {plan.Rule.Name} has no kernel: what it learns is not linear in the error, so no matrix "
                + "says how errors move. Choose a rule whose signals are the error times feedback, as fa, usf or dfa.");
    }

    private static double[] Product(Pass pass, GradientPair pair, CancellationToken cancellation)
    {
        var (kernels, count) = (pass.Kernels, pass.Error.Length);
        List<(Parameter Parameter, Tensor J, Tensor G)> rows = [.. pair.True.Parameters.Select(parameter =>
            (parameter, Room(parameter.Shape.Length), Room(parameter.Shape.Length)))];
        for (var i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            kernels.Fill(pass.Error, 0);
            pass.Error[i] = 1;
            pair.WalkTrue();
            pair.WalkRule();
            foreach (var (parameter, j, g) in rows)
            {
                Put(pair.True.Of(parameter), j, i);
                Put(pair.Rule.Of(parameter), g, i);
            }
        }
        var product = kernels.Allocate(new(count, count), Role.Gradient);
        foreach (var (_, j, g) in rows) kernels.Product(j, false, g, true, product, 1, 1);
        return product.ToArray();

        Tensor Room(int length) => kernels.Allocate(new(count, length), Role.Gradient);
        static void Put(Tensor gradient, Tensor rows, int row)
        {
            var bytes = gradient.AsBytes();
            bytes.CopyTo(rows.AsBytes()[(row * bytes.Length)..]);
        }
    }

    // de/dz of one sample, m x m.
    private static double[,] CurvatureOf(Objective objective, Tensor logits, int sample)
    {
        var outputs = logits.Shape.RowLength;
        double[] z = [.. Enumerable.Range(sample * outputs, outputs).Select(i => logits[i])], p = new double[outputs];
        var c = new double[outputs, outputs];
        if (objective.Loss == LossKind.SoftmaxCrossEntropy)
        {
            var most = z.Max();
            for (var k = 0; k < outputs; k++) p[k] = Math.Exp(z[k] - most);
            var sum = p.Sum();
            for (var k = 0; k < outputs; k++) p[k] /= sum;
        }
        for (var k = 0; k < outputs; k++)
            for (var l = 0; l < outputs; l++)
                c[k, l] = objective.Loss switch
                {
                    LossKind.SoftmaxCrossEntropy => (k == l ? p[k] : 0) - p[k] * p[l],
                    LossKind.SigmoidCrossEntropy => k == l ? 1 / (2 + Math.Exp(z[k]) + Math.Exp(-z[k])) : 0,
                    _ => k == l ? 1 : 0,
                };
        return c;
    }

    private void Decompose(double[][,] curvature, ElementType type)
    {
        var count = Samples * Outputs;
        // MathNet has columns first
        Matrix<double> k = new DenseMatrix(count, count, [.. Values]).Transpose(), c = DenseMatrix.Create(count, count, 0);
        for (var sample = 0; sample < Samples; sample++)
            c.SetSubMatrix(sample * Outputs, sample * Outputs, DenseMatrix.OfArray(curvature[sample]));
        if (Objective.Loss == LossKind.SoftmaxCrossEntropy)
        {
            var basis = WithoutMean();
            (k, c) = (basis.TransposeThisAndMultiply(k * basis), basis.TransposeThisAndMultiply(c * basis));
        }
        var moved = Objective.Loss == LossKind.SquaredError ? k : c * k;
        Eigenvalues = [.. moved.Evd(Symmetricity.Asymmetric).EigenValues.OrderBy(value => value.Real).ThenBy(value => value.Imaginary)];
        LeastSymmetric = ((k + k.Transpose()) / 2).Evd(Symmetricity.Symmetric).EigenValues.Min(value => value.Real);
        Largest = Eigenvalues.Max(value => value.Magnitude);
        var rounding = Largest * (type == ElementType.Double ? 1e-12 : 1e-5);
        Verdict = LeastReal > rounding ? Stability.Stable : LeastReal < -rounding ? Stability.Unstable : Stability.Neutral;
    }

    // An orthonormal basis of errors that sum to zero over each sample's outputs (Helmert), mN x (m - 1) N.
    private DenseMatrix WithoutMean()
    {
        var basis = DenseMatrix.Create(Samples * Outputs, Samples * (Outputs - 1), 0);
        for (var sample = 0; sample < Samples; sample++)
            for (var j = 1; j < Outputs; j++)
            {
                var (row, column, norm) = (sample * Outputs, sample * (Outputs - 1) + j - 1, Math.Sqrt(j * (j + 1.0)));
                for (var k = 0; k < j; k++) basis[row + k, column] = 1 / norm;
                basis[row + j, column] = -j / norm;
            }
        return basis;
    }

    // Whether the same error teaches something else in the next step.
    private static bool Changes(Pass pass, GradientPair pair, Objective objective, bool training)
    {
        var (kernels, step, now) = (pass.Kernels, pass.Step, new Gradients(pass.Kernels, pair.Rule.Parameters));
        Learn();
        now.Combine(1, pair.Rule, 0);
        pair.Evaluate(objective, step + 1, training);
        Learn();
        now.Combine(-1, pair.Rule, 1);
        var compared = now.Compare(pair.Rule, now.Parameters);
        pair.Evaluate(objective, step, training);
        return compared.SquaredA > 1e-6 * compared.SquaredB;

        void Learn()
        {
            kernels.Fill(pass.Error, 1);
            pair.WalkRule();
        }
    }
}
