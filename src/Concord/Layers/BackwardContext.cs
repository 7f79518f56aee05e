using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// What a layer needs of a backward pass: where its gradients go, and the carriers that its connections are crossed through.
/// </summary>
public abstract class BackwardContext
{
    /// <summary>The engine.</summary>
    public abstract Kernels Kernels { get; }

    /// <summary>
    /// Buffers for signals within a block, between its layers and in composite ones.
    /// They are not read once the walk through the block is done.
    /// </summary>
    public abstract Workspace Workspace { get; }

    /// <summary>The number of this way down among those that run on one pass; buffers are keyed by it.</summary>
    public abstract int Lane { get; }

    /// <summary>Whether signals walk back over all time steps, whatever layers were told: for the true gradient.</summary>
    internal virtual bool WalksAllSteps => false;

    /// <summary>Whether no signal walks back through time, whatever layers were told: the rule learns online.</summary>
    internal virtual bool StaysInStep => false;

    /// <summary>What stands in place of an input in the gradient of a weight: the input, or a trace of it.</summary>
    private protected virtual Tensor TraceOf(Parameter weight, Tensor x) => x;

    /// <summary>Adds a gradient by a trace of each synapse, if there are such; of a bias where the input is null.</summary>
    private protected virtual bool TryAddTraced(Parameter weight, Tensor delta, Tensor? x, in Accumulator gradient) => false;

    /// <summary>The trace of the constant 1 at a time step of those at hand; null where none is kept.</summary>
    /// <param name="owner">A bias, or the layer that begins time.</param>
    /// <param name="step">Which.</param>
    private protected virtual double? TraceOfOne(object owner, int step) => null;

    /// <summary>How many time steps rows are of.</summary>
    private protected virtual int StepsIn(Tensor rows) => 1;

    /// <summary>Adds a signal up over time, for what stands before time begins; over slices, whose last one has the sum.</summary>
    internal virtual void SumOverTime(Layer layer, Tensor signal, Tensor inputSignal) => Kernels.SumSteps(signal, new(inputSignal));

    /// <summary>Carries a signal across a connection, through whatever the rule put there.</summary>
    public abstract void Cross(Connection connection, Tensor delta, Tensor input);

    /// <summary>
    /// What stands in the weight's place on the way down, for layers that cannot hand over the whole of a crossing: a tensor of its shape.
    /// </summary>
    public abstract Tensor MatrixOf(Connection connection);

    /// <summary>Adds the connection's weight gradient, sum_n d_n x_n', if the weight learns.</summary>
    public void AddWeightGradient(Connection connection, Tensor delta, Tensor x)
    {
        if (!TryTake(connection.Weight, out var gradient)) return;
        using var _ = Gradients();
        if (!TryAddTraced(connection.Weight, delta, x, gradient))
            connection.WeightGradient(Kernels, delta, TraceOf(connection.Weight, x), gradient);
        ApplyMask(connection.Weight, gradient);
    }

    /// <summary>Adds a bias's gradient, sum_n d_n, if the bias learns; over the pixels as well where they share it.</summary>
    public void AddBiasGradient(Parameter bias, Tensor delta)
    {
        if (!TryTake(bias, out var gradient)) return;
        using var _ = Gradients();
        var rows = delta.Shape.RowLength == bias.Shape.Length ? delta : delta.Matrix(bias.Shape.Length);
        if (!TryAddTraced(bias, rows, null, gradient)) AddBias(bias, rows, StepsIn(delta), gradient);
        ApplyMask(bias, gradient);
    }

    private void AddBias(Parameter bias, Tensor rows, int steps, Accumulator gradient)
    {
        if (TraceOfOne(bias, 0) is null)
        {
            Kernels.SumRows(rows, gradient);
            return;
        }
        for (var t = 0; t < steps; t++)
        {
            Kernels.SumRows(rows.Step(steps, t), gradient with { Alpha = gradient.Alpha * TraceOfOne(bias, t)!.Value });
            gradient = gradient with { Beta = 1 };
        }
    }

    // What stood in the target before was masked by the same mask, so masking the sum masks this gradient.
    private protected void ApplyMask(Parameter parameter, in Accumulator gradient)
    {
        if (parameter.Mask is { } mask) Kernels.Multiply(gradient.Target, mask, gradient.Target);
    }

    /// <summary>Whether that parameter learns on this way down and, if so, where its next contribution goes.</summary>
    public abstract bool TryTake(Parameter parameter, out Accumulator gradient);

    /// <summary>What the work on gradients is counted as.</summary>
    protected virtual Phase GradientPhase => Phase.WeightGradient;

    /// <summary>Until disposed, kernel calls count as work on gradients.</summary>
    public WorkScope Gradients() => new(Kernels, GradientPhase);
}
