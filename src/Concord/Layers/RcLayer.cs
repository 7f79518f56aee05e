using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Integrate-and-fire neurons made of resistors and a capacitor, behind the conductances of their inputs, in steps of a length D. Inputs
/// are voltages x [T N, in], with 1 for the supply's and 0 for ground; conductances w [in, n], at least 0, join each to each capacitor C.
/// With Millman's theorem and the equation of the circuit solved for a step (<see cref="Spiking.RcNeuron"/>),
/// <code>
/// G_j = g_L + sum_i w_ij,   beta_j = e^(-D G_j / C),   u_t = beta_j u_(t-1) + k_j sum_i w_ij x_ti,   k_j = (1 - beta_j) / G_j
/// a spike z_t = 1 where u_t >= threshold, and then what is left of u_t is 0
/// </code>
/// so a conductance decides target and time constant together. y [T N, n] is the spikes, or the potentials of neurons that do not fire.
/// Backward is the derivative through time, with a surrogate in the place of dz/du (<see cref="Kernels.LeakySignal"/>); with g_t = dL/du_t
/// <code>
/// dL/dw_ij = sum_t g_tj k_j x_ti + dL/dG_j,   dL/dG_j = dL/dk_j (D/C beta_j - k_j) / G_j - D/C beta_j dL/dbeta_j
/// </code>
/// Truncated to K steps, each signal walks back over K steps. Step and leak are given over the capacitance of 1. After the neuron of arXiv
/// 2106.14596 (2021), whose abstract gives no circuit.
/// </summary>
/// <param name="units">n.</param>
/// <param name="neuron">Threshold, surrogate, and whether they fire; the reset is hard.</param>
/// <param name="step">D / C.</param>
/// <param name="ground">g_L, the conductance to ground.</param>
/// <param name="truncation">How far a signal walks back.</param>
public sealed class RcLayer(int units, ClockedNeuron neuron, double step, double ground, Truncation truncation = default) : Layer
{
    private const double Total = 3;   // what the conductances of a neuron sum to at the start, on average
    private const string Potentials = "potential before", Fired = "spikes before";   // what slices note of the step before each
    private DenseConnection? _connection;

    private DenseConnection Connection =>
        _connection ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <summary>Whether it fires; else its potential is what comes out.</summary>
    internal bool Fires => neuron.Fires;

    /// <inheritdoc/>
    public override string Kind => "rc";

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => [Connection.Weight];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> EnteringConnections => [Connection];

    /// <inheritdoc/>
    public override bool IsWeighted => true;

    /// <inheritdoc/>
    public override bool HasState => true;

    /// <inheritdoc/>
    public override bool ReadsOutput => true;

    /// <summary>A spike has no derivative.</summary>
    public override bool HasTangent => false;

    /// <inheritdoc/>
    internal override bool IsExact => !truncation.Cuts(Input.Steps);

    /// <inheritdoc/>
    internal override bool FiresAtSteps => neuron.Fires;

    /// <inheritdoc/>
    internal override double? EnergyPerSpike => neuron.Fires ? new Spiking.RcNeuron(1, ground, neuron.Threshold).EnergyPerSpike(1) : null;

    /// <inheritdoc/>
    internal override double SpikesOn(Tensor y, Tape tape) => tape.Kernels.Sum(y);

    /// <inheritdoc/>
    internal override bool TakesUnitRange => true;

    /// <summary>Potentials lie between the voltages that come in, and ground.</summary>
    internal override bool? GivesUnitRange => true;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        if (units < 1) throw new ConcordException($"The layer {Name} was given {units} neurons; a layer has at least one.");
        if (!(step > 0 && ground >= 0 && double.IsFinite(step + ground)) || (neuron.Fires && neuron.Threshold is not (> 0 and < 1)))
            throw new ConcordException(FormattableString.Invariant($"The layer {Name} was given a step of {step}, a conductance to ground ")
                + FormattableString.Invariant($"of {ground} and a threshold of {neuron.Threshold}; the step is above 0, the conductance ")
                + "is at least 0, and a threshold is above 0 and below the supply's 1, which no potential goes beyond.");
        var inputs = input.Length;
        TensorSize.Check($"The conductances of {Name}", inputs, units);
        _connection = new(new(new(inputs, units), new(InitializerKind.Uniform, 0, High: 2 * Total / inputs), inputs, units)
            { Name = $"{Name}.weight", IsNonNegative = true });
        return new(units);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var (kernels, w, n, steps) = (tape.Kernels, Connection.Weight.Value, units, tape.StepsOf(this));
        Tensor conductance = Kept("conductance", tape), left = Kept("left", tape), gain = Kept("gain", tape), ones = Kept("ones", tape),
            other = tape.Passing.Get(kernels, this, "other", new(n), Role.Activation), sum = tape.Keep(this, "sum", y.Shape),
            potential = Potential(y, tape);
        kernels.Fill(conductance, ground);
        kernels.SumRows(w, new(conductance, 1, 1));
        // e^-a is the share s(-a) / s(a) of two logistic functions
        kernels.Combine(step, conductance, 0, other);
        kernels.Activate(new(ActivationKind.Logistic), other, ones);
        kernels.Combine(-step, conductance, 0, other);
        kernels.Activate(new(ActivationKind.Logistic), other, gain);
        Quotient(kernels, gain, ones, left);
        kernels.Fill(ones, 1);
        kernels.Combine(1, ones, 0, other);
        kernels.Combine(-1, left, 1, other);
        Quotient(kernels, other, conductance, gain);

        StateBefore.Begin(this, Potentials, potential, tape);
        if (neuron.Fires) StateBefore.Begin(this, Fired, y, tape);
        Connection.Apply(kernels, w, x, sum);
        kernels.Copy(sum, potential);
        kernels.RescaleColumns(ones, gain, potential);
        kernels.LeakySteps(neuron, left, potential, potential, neuron.Fires ? y : null, steps, 0, steps,
            StateBefore.First(this, Potentials, potential, tape), neuron.Fires ? StateBefore.First(this, Fired, y, tape) : null);
        StateBefore.End(this, Potentials, potential, tape);
        if (neuron.Fires) StateBefore.End(this, Fired, y, tape);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        var kernels = context.Kernels;
        Tensor left = Kept("left", tape), gain = Kept("gain", tape), ones = Kept("ones", tape), g = Walk(y, signal, tape, context);
        var learns = context.TryTake(Connection.Weight, out var gradient);
        var ofConductance = Room("of conductance", left.Shape, context);
        if (learns)
            using (context.Gradients()) OfConductance(y, g, ofConductance, tape, context);
        kernels.RescaleColumns(ones, gain, g);   // what arrives at the sums
        if (learns)
            using (context.Gradients())
            {
                Connection.WeightGradient(kernels, g, x, gradient);
                kernels.Combine(gradient.Alpha, ofConductance, 0, ofConductance);
                kernels.AddRow(ofConductance, gradient.Target);   // each conductance is in the sum once
            }
        if (inputSignal is not null) context.Cross(Connection, g, inputSignal);
    }

    // dL/du_t: down all steps, or all signals one step back together, as many times as they may.
    private Tensor Walk(Tensor y, Tensor signal, Tape tape, BackwardContext context)
    {
        var (kernels, steps) = (context.Kernels, tape.StepsOf(this));
        Tensor left = Kept("left", tape), potential = Potential(y, tape), g = Room("walk", y.Shape, context);
        var (spikes, back) = (neuron.Fires ? y : null, truncation.Within(steps, context));
        kernels.LeakySignal(neuron, left, potential, spikes, signal, back == steps - 1 ? g : null, g, steps, 0, steps);
        if (back == steps - 1 || back == 0) return g;
        var other = Room("other walk", y.Shape, context);
        for (var step = 0; step < back; step++)
        {
            kernels.LeakySignal(neuron, left, potential, spikes, signal, g, other, steps, 0, steps);
            (g, other) = (other, g);
        }
        return g;
    }

    // dL/dG of each neuron.
    private void OfConductance(Tensor y, Tensor g, Tensor result, Tape tape, BackwardContext context)
    {
        var kernels = context.Kernels;
        Tensor left = Kept("left", tape), product = Room("product", y.Shape, context), slope = Room("slope", left.Shape, context);
        kernels.Multiply(g, tape.Keep(this, "sum", y.Shape), product);
        kernels.SumRows(product, new(result));
        kernels.Combine(-1, Kept("gain", tape), 0, slope);
        kernels.Combine(step, left, 1, slope);
        kernels.RescaleColumns(Kept("conductance", tape), slope, result.Matrix(units));
        if (Input.Steps == 1) return;
        var later = tape.Slice.IsPart ? g : g.Later(Input.Steps);
        ClockedNeurons.SumLeft(neuron, later, Before(Potentials, Potential(y, tape), tape), Before(Fired, y, tape),
            Room("left", later.Shape, context), Room("lost", later.Shape, context), slope, kernels);
        kernels.Multiply(slope, left, slope);
        kernels.Combine(-step, slope, 1, result);
    }

    private Tensor Before(string name, Tensor state, Tape tape) =>
        tape.Slice.IsPart ? StateBefore.Of(this, name, state, tape) : state.Earlier(Input.Steps);

    private void Quotient(Kernels kernels, Tensor of, Tensor by, Tensor y)
    {
        kernels.Fill(y, 1);
        kernels.RescaleColumns(by, of, y.Matrix(units));
    }

    private Tensor Kept(string name, Tape tape) => tape.Keep(this, name, new(units));

    private Tensor Potential(Tensor y, Tape tape) => neuron.Fires ? tape.Keep(this, "potential", y.Shape) : y;

    private Tensor Room(string name, Shape shape, BackwardContext context) =>
        context.Workspace.Get(context.Kernels, this, name, shape, Role.Error, context.Lane);

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        throw new InvalidOperationException($"The layer {Name} carries no tangents.");

    /// <inheritdoc/>
    public override string? Written => neuron.Fires && neuron != new ClockedNeuron(neuron.Threshold, SpikeReset.Hard,
        Surrogate: neuron.Surrogate, Slope: neuron.Slope) ? null
        : FormattableString.Invariant($"rc units={units} step={step:R} ground={ground:R}{truncation.Written} ")
            + (neuron.Fires ? $"fires=true {neuron.Written}" : "fires=false");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"rc {units}")
        + (neuron.Fires ? FormattableString.Invariant($", threshold {neuron.Threshold}") : ", does not fire") + truncation;
}
