using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// A gated recurrent unit (Cho and others 2014) with PyTorch's equations and order of gates (torch.nn.GRU):
/// <para>r_t = s(W_r x_t + b_r + U_r h_(t-1) + c_r), z_t = s(W_z x_t + b_z + U_z h_(t-1) + c_z),</para>
/// <para>n_t = tanh(W_n x_t + b_n + r_t (U_n h_(t-1) + c_n)), h_t = (1 - z_t) n_t + z_t h_(t-1), h_0 = 0, s the logistic function.</para>
/// Shapes: x [T N, in], h and y [T N, n], W [in, 3 n], U [n, 3 n], b and c [3 n]. Backward is the derivative through time
/// (<see cref="Kernels.GruSignal"/>); truncated to K steps, each signal walks back over K steps and no further.
/// </summary>
/// <param name="units">n.</param>
/// <param name="initializer">Where weights and biases start; as <see cref="RecurrentLayer"/> says where null.</param>
/// <param name="truncation">How far a signal walks back.</param>
public sealed class GruLayer(int units, Initializer? initializer = null, Truncation truncation = default)
    : RecurrentLayer(units, 3, initializer, truncation)
{
    private Parameter? _bias, _recurrentBias;

    /// <inheritdoc/>
    public override string Kind => "gru";

    /// <summary>Not yet: rules that carry tangents take no steps.</summary>
    public override bool HasTangent => false;

    /// <inheritdoc/>
    protected override IReadOnlyList<Parameter> Biases => [_bias!, _recurrentBias!];

    /// <inheritdoc/>
    protected override void BuildBiases() => (_bias, _recurrentBias) = (Bias("bias"), Bias("recurrent-bias"));

    private Tensor Gates(Tensor y, Tape tape, string name) => tape.Keep(this, name, new(y.Shape.Rows, 3 * Units));

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        Tensor a = Gates(y, tape, "gates"), c = Gates(y, tape, "recurrent");
        Entering.Apply(tape.Kernels, Entering.Weight.Value, x, a);
        tape.Kernels.AddRow(_bias!.Value, a);
        tape.Kernels.Fill(c, 0);
        tape.Kernels.AddRow(_recurrentBias!.Value, c);
        for (var t = 0; t < Input.Steps; t++)
        {
            if (t > 0) Advance(tape.Kernels, Recurrent.Weight.Value, At(y, t - 1), At(c, t));
            tape.Kernels.GruStep(At(a, t), At(c, t), t == 0 ? null : At(y, t - 1), At(y, t));
        }
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        var walk = new Walk(Gates(y, tape, "gates"), Gates(y, tape, "recurrent"), y, signal, Room("signal of gates", 3),
            Room("signal of recurrent", 3), Room("walk", 1), Room("straight", 1));
        var steps = Truncation.Within(Input.Steps, context);
        context.Kernels.Copy(signal, walk.D);
        if (steps == Input.Steps - 1) WalkAll(walk, context);
        else WalkSome(steps, walk, context);
        context.AddWeightGradient(Entering, walk.DA, x);
        if (Input.Steps > 1) context.AddWeightGradient(Recurrent, Later(walk.DC), Earlier(y));
        context.AddBiasGradient(_bias!, walk.DA);
        context.AddBiasGradient(_recurrentBias!, walk.DC);
        if (inputSignal is not null) context.Cross(Entering, walk.DA, inputSignal);

        Tensor Room(string name, int gates) => context.Workspace.Get(context.Kernels, this, name, new(y.Shape.Rows, gates * Units),
            Role.Error, context.Lane);
    }

    private void WalkAll(in Walk walk, BackwardContext context)
    {
        for (var t = Input.Steps - 1; t > 0; t--)
        {
            context.Kernels.GruSignal(At(walk.A, t), At(walk.C, t), At(walk.Y, t - 1), At(walk.D, t), At(walk.DA, t), At(walk.DC, t),
                At(walk.Straight, t));
            context.Cross(Recurrent, At(walk.DC, t), At(walk.D, t - 1));
            context.Kernels.Combine(1, At(walk.Straight, t), 1, At(walk.D, t - 1));
            context.Kernels.Combine(1, At(walk.Signal, t - 1), 1, At(walk.D, t - 1));
        }
        SignalFirst(walk, context);
    }

    // Signals of all steps go one step back together, and do so as many times as they may.
    private void WalkSome(int steps, in Walk walk, BackwardContext context)
    {
        for (var step = 0; step <= steps; step++)
        {
            context.Kernels.GruSignal(Later(walk.A), Later(walk.C), Earlier(walk.Y), Later(walk.D), Later(walk.DA), Later(walk.DC),
                Later(walk.Straight));
            if (step == steps) break;
            context.Cross(Recurrent, Later(walk.DC), Earlier(walk.D));
            context.Kernels.Combine(1, Later(walk.Straight), 1, Earlier(walk.D));
            context.Kernels.Combine(1, Earlier(walk.Signal), 1, Earlier(walk.D));
        }
        SignalFirst(walk, context);
    }

    // The first step has no state before it.
    private void SignalFirst(in Walk walk, BackwardContext context) =>
        context.Kernels.GruSignal(At(walk.A, 0), At(walk.C, 0), null, At(walk.D, 0), At(walk.DA, 0), At(walk.DC, 0), null);

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        throw new InvalidOperationException($"The layer {Name} carries no tangents.");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"gru {Entering.Input} -> {Units}{Truncation}");

    private readonly record struct Walk(Tensor A, Tensor C, Tensor Y, Tensor Signal, Tensor DA, Tensor DC, Tensor D, Tensor Straight);
}
