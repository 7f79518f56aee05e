using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Circuits of resistors and a capacitor whose first spike answers, in closed form (<see cref="Spiking.RcNeuron"/>). Inputs are voltages
/// x [N, in] that stay as they are, 0 for ground and 1 for the supply's; they reach capacitor j of capacitance 1 through conductances
/// w [in, n], the supply through b [n], all at least 0.
/// <code>
/// G_j = g_L + sum_i w_ij + b_j,   S_nj = sum_i w_ij x_ni + b_j,   V = S / G      where a capacitor is pulled to (Millman)
/// t = ln(V / (V - theta)) / G                                                   when it fires first
/// y [N, n] = -t / T                                                             so a softmax of y is the loss e^(-t/T) / sum e^(-t/T)
/// </code>
/// A neuron with V of at most theta + 0.001 never fires: it counts as one of that V, and learns nothing from the sample. Backward, with
/// the signal s at y, m = 1 where a neuron fires and else 0, is exact:
/// <code>
/// q_nj = dL/dS_nj = -s_nj (1/V_nj - 1/(V_nj - theta)) m_nj / (T G_j^2)
/// dL/dG_j = -sum_n (s_nj y_nj m_nj / G_j + q_nj V_nj),   dL/dw_ij = sum_n q_nj x_ni + dL/dG_j,   dL/db_j = sum_n q_nj + dL/dG_j
/// </code>
/// After the neuron of arXiv 2106.14596 (2021), whose abstract gives no circuit; the loss is that of first spikes.
/// </summary>
/// <param name="units">n.</param>
/// <param name="threshold">theta, as a share of the supply's voltage.</param>
/// <param name="ground">g_L, the conductance to ground.</param>
/// <param name="time">T, what a difference of times is measured in.</param>
public sealed class RcReadout(int units, double threshold, double ground, double time) : Layer
{
    private const double Margin = 1e-3;
    private const double Total = 3.5, Least = 0.6;       // what conductances sum to at the start, and the least of them over their mean
    private const double Beyond = 1.2, Most = 0.95;      // how far beyond the threshold the supply alone pulls, and its share at most
    private DenseConnection? _connection;
    private Parameter? _supply;

    private DenseConnection Connection =>
        _connection ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <inheritdoc/>
    public override string Kind => "first-spike";

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => [Connection.Weight, _supply!];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> EnteringConnections => [Connection];

    /// <inheritdoc/>
    public override bool IsWeighted => true;

    /// <inheritdoc/>
    public override bool ReadsOutput => true;

    /// <inheritdoc/>
    public override bool HasTangent => false;

    /// <inheritdoc/>
    internal override double? EnergyPerSpike => new Spiking.RcNeuron(1, ground, threshold).EnergyPerSpike(1);

    /// <inheritdoc/>
    internal override double SpikesOn(Tensor y, Tape tape)
    {
        var fires = tape.Passing.Get(tape.Kernels, this, "fires", y.Shape, Role.Activation);
        tape.Kernels.Sign(Kept("slope", y.Shape, tape), fires);
        return Math.Abs(tape.Kernels.Sum(fires));   // -1 for each
    }

    /// <inheritdoc/>
    internal override bool TakesUnitRange => true;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        if (units < 1) throw new ConcordException($"The layer {Name} was given {units} neurons; a layer has at least one.");
        if (!(threshold is > 0 and < 1 && ground >= 0 && time > 0 && double.IsFinite(ground + time)))
            throw new ConcordException(FormattableString.Invariant($"The layer {Name} was given a threshold of {threshold}, a conductance ")
                + FormattableString.Invariant($"to ground of {ground} and a time of {time}; a threshold is above 0 and below the supply's ")
                + "1, the conductance is at least 0, and the time is above 0.");
        var inputs = input.Length;
        TensorSize.Check($"The conductances of {Name}", inputs, units);
        // What never fires learns nothing, so the supply alone pulls most neurons beyond the threshold at the start.
        var ofSupply = Math.Min(Most * Total, Math.Max(Total / (inputs + 1), Beyond * threshold * (Total + ground)));
        _connection = new(new(new(inputs, units), Around((Total - ofSupply) / inputs), inputs, units)
            { Name = $"{Name}.weight", IsNonNegative = true });
        _supply = new(new(units), Around(ofSupply), inputs, units) { Name = $"{Name}.supply", IsNonNegative = true, IsBias = true };
        return new(units);
    }

    private static Initializer Around(double mean) => new(InitializerKind.Uniform, Least * mean, High: (2 - Least) * mean);

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var kernels = tape.Kernels;
        Tensor conductance = Kept("conductance", tape), ones = Kept("ones", tape), target = Kept("target", y.Shape, tape);
        kernels.Fill(ones, 1);
        kernels.Fill(conductance, ground);
        kernels.SumRows(Connection.Weight.Value, new(conductance, 1, 1));
        kernels.Combine(1, _supply!.Value, 1, conductance);
        Connection.Apply(kernels, Connection.Weight.Value, x, target);
        kernels.AddRow(_supply.Value, target);
        kernels.RescaleColumns(conductance, ones, target);
        kernels.ChargingTimes(threshold, threshold + Margin, target, y, Kept("slope", y.Shape, tape));
        var perTime = tape.Passing.Get(kernels, this, "per time", new(units), Role.Activation);
        kernels.Fill(perTime, -1 / time);
        kernels.RescaleColumns(conductance, perTime, y);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        var kernels = context.Kernels;
        Tensor conductance = Kept("conductance", tape), ones = Kept("ones", tape), slope = Kept("slope", y.Shape, tape),
            atSums = Room("sums", y.Shape, context), factor = Room("factor", conductance.Shape, context);
        kernels.Multiply(signal, slope, atSums);
        kernels.Fill(factor, -1 / time);
        kernels.RescaleColumns(conductance, factor, atSums);
        kernels.RescaleColumns(conductance, ones, atSums);
        AddGradients(x, y, signal, atSums, tape, context);
        if (inputSignal is not null) context.Cross(Connection, atSums, inputSignal);
    }

    private void AddGradients(Tensor x, Tensor y, Tensor signal, Tensor atSums, Tape tape, BackwardContext context)
    {
        using var _ = context.Gradients();
        var (hasWeight, hasSupply) = (context.TryTake(Connection.Weight, out var weight), context.TryTake(_supply!, out var supply));
        if (!hasWeight && !hasSupply) return;
        var kernels = context.Kernels;
        Tensor ofConductance = Room("of conductance", new(units), context), product = Room("product", y.Shape, context);
        kernels.Sign(Kept("slope", y.Shape, tape), product);   // -1 where a neuron fires, and else 0
        kernels.Multiply(product, y, product);
        kernels.Multiply(product, signal, product);
        kernels.RescaleColumns(Kept("conductance", tape), Kept("ones", tape), product);
        kernels.SumRows(product, new(ofConductance));
        kernels.Multiply(atSums, Kept("target", y.Shape, tape), product);
        kernels.SumRows(product, new(ofConductance, -1, 1));
        if (hasWeight)
        {
            Connection.WeightGradient(kernels, atSums, x, weight);
            var row = Room("row", new(units), context);
            kernels.Combine(weight.Alpha, ofConductance, 0, row);
            kernels.AddRow(row, weight.Target);   // each conductance is in the sum once
        }
        if (!hasSupply) return;
        kernels.SumRows(atSums, supply);
        kernels.Combine(supply.Alpha, ofConductance, 1, supply.Target);
    }

    private Tensor Kept(string name, Tape tape) => Kept(name, new(units), tape);

    private Tensor Kept(string name, Shape shape, Tape tape) => tape.Keep(this, name, shape);

    private Tensor Room(string name, Shape shape, BackwardContext context) =>
        context.Workspace.Get(context.Kernels, this, name, shape, Role.Error, context.Lane);

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        throw new InvalidOperationException($"The layer {Name} carries no tangents.");

    /// <inheritdoc/>
    public override string? Written =>
        FormattableString.Invariant($"first-spike units={units} ground={ground:R} threshold={threshold:R} time={time:R}");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"first-spike {units}, threshold {threshold}");
}
