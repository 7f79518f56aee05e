using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;
using static MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Concord.Rules;

/// <summary>
/// Pre-alignment initialisation of direct feedback (the code of Launay, Poli, Krzakala 2019): on one batch, from the output layer
/// down, the weight above each port that receives the output error directly is set so that the true gradient at the port is the signal
/// that the rule delivers there,
/// <para>W_(l+1)' := S_l pinv(d_(l+1)), then divided by its Frobenius norm; S_l [n_l, N] the delivered signals, d_(l+1) [n_(l+1), N]
/// the true gradients at the weight's output.</para>
/// <para>Each weight is set with the pass and the gradients of the network as it is by then, in evaluation mode. Singular values of d
/// below max(N, n_(l+1)) 2^-23 times the largest are rounding of single precision and count as zero. Biases stay as they were
/// drawn, and so do the weights above ports that receive the signal of the block above. The paper's code logs a failure and continues;
/// here it is an error.</para>
/// </summary>
internal static class PreAlignment
{
    /// <summary>Refuses what cannot be aligned.</summary>
    /// <exception cref="ConcordException">No port receives the output error directly,
    /// or what reads one is not a single dense weight.</exception>
    public static void Check(Plan plan)
    {
        var ports = Ports(plan);
        if (ports.Count == 0)
            throw new ConcordException("Pre-alignment sets forward weights by the signals that a direct rule delivers, "
                + $"and under {plan.Rule.Name} no block receives the output error directly. Use it with dfa or another direct rule, "
                + "or leave preAlign (--pre-align) out.");
        foreach (var port in ports) ConnectionAbove(port);
    }

    /// <summary>Sets the weights.</summary>
    /// <param name="plan">The rule's plan.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="pass">A pass through the plan's network that stores its activities, with a batch in it.</param>
    /// <param name="cancellation">Breaks off; some weights may be set by then.</param>
    /// <exception cref="ConcordException">As <see cref="Check"/>; or a signal is zero or not finite on that batch,
    /// so that there is nothing to align with.</exception>
    public static void Apply(Plan plan, Objective objective, Pass pass, CancellationToken cancellation = default)
    {
        using var _ = new WorkScope(pass.Kernels, Phase.ExtraForward);
        Check(plan);
        var delivered = plan.BackwardPass(pass, null);
        foreach (var port in Ports(plan))
        {
            cancellation.ThrowIfCancellationRequested();
            pass.Forward(step: 0, training: false);
            objective.Error(pass);
            plan.CreditAssignment.Observe(delivered);
            var connection = ConnectionAbove(port);
            var (signal, delta) = (Matrix(plan.CreditAssignment.SignalAt(port, null, delivered)), DeltaAt(pass, port, connection));
            if (!(IsDirection(signal) && IsDirection(delta)))
                throw new ConcordException($"Pre-alignment failed at {port.Name}: on the batch that it looks at, "
                    + $"the {(IsDirection(signal) ? "true gradient at the weight above" : "rule's signal")} is zero or not finite, "
                    + "so there is nothing to align with. Choose another initialiser or seed, a rule whose feedback does not start at "
                    + "zero, or leave preAlign (--pre-align) out.");
            Set(connection.Weight.Value, CancellableCall.Run(() => PseudoInverse.Solve(delta, signal), cancellation));
        }
    }

    private static List<Port> Ports(Plan plan) =>
        [.. plan.Network.Ports.Where(port => plan.RouteAt(port) == Route.From(plan.Network.OutputPort)).Reverse()];

    private static DenseConnection ConnectionAbove(Port port) => port.Above!.Layers[0] is Linear { Connection: DenseConnection connection }
        ? connection
        : throw new ConcordException($"Pre-alignment sets dense weights, and the block {port.Above.Name}, "
            + $"which reads the block {port.Name}, does not begin with a single dense layer. Leave preAlign (--pre-align) out, "
            + "or choose a network of dense layers.");

    // The true gradient at the output of a weight: what backpropagation is about to carry across it.
    private static DenseMatrix DeltaAt(Pass pass, Port port, Connection connection)
    {
        DenseMatrix? found = null;
        new TrueGradient(pass, port.Above!.Index, lane: 1,
            (crossed, delta) => found = crossed == connection ? Matrix(delta) : found).Walk();
        return found!;
    }

    private static bool IsDirection(DenseMatrix matrix) => matrix.FrobeniusNorm() is > 0 and < double.PositiveInfinity;

    private static DenseMatrix Matrix(Tensor rows) =>
        (DenseMatrix)Build.DenseOfRowMajor(rows.Shape.Rows, rows.Shape.RowLength, rows.ToArray());

    // X is W as [out, in]; in memory a weight stands as [in, out].
    private static void Set(Tensor weight, DenseMatrix x)
    {
        var norm = x.FrobeniusNorm();
        weight.CopyFrom([.. x.ToColumnMajorArray().Select(value => value / norm)]);
    }
}
