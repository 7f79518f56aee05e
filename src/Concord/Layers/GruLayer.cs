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
        var steps = tape.StepsOf(this);
        BeginSlice(y, tape);
        Entering.Apply(tape.Kernels, Entering.Weight.Value, x, a);
        tape.Kernels.AddRow(_bias!.Value, a);
        tape.Kernels.Fill(c, 0);
        tape.Kernels.AddRow(_recurrentBias!.Value, c);
        for (var t = 0; t < steps; t++)
        {
            var last = t > 0 ? y.Step(steps, t - 1) : Begun(y, tape);
            if (last is not null) Advance(tape.Kernels, Recurrent.Weight.Value, last, c.Step(steps, t));
            tape.Kernels.GruStep(a.Step(steps, t), c.Step(steps, t), last, y.Step(steps, t));
        }
        EndSlice(y, tape);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        var walk = new Walk(Gates(y, tape, "gates"), Gates(y, tape, "recurrent"), y, signal, Room("signal of gates", 3),
            Room("signal of recurrent", 3), Room("walk", 1), Room("straight", 1), tape.StepsOf(this));
        var back = Truncation.Within(walk.Steps, context);
        context.Kernels.Copy(signal, walk.D);
        if (back == walk.Steps - 1) WalkAll(walk, context);
        else WalkSome(back, walk, context);
        context.Kernels.GruSignal(walk.At(walk.A, 0), walk.At(walk.C, 0), Begun(y, tape), walk.At(walk.D, 0), walk.At(walk.DA, 0),
            walk.At(walk.DC, 0), null);
        context.AddWeightGradient(Entering, walk.DA, x);
        AddRecurrentGradient(walk.DC, y, tape, context);
        context.AddBiasGradient(_bias!, walk.DA);
        context.AddBiasGradient(_recurrentBias!, walk.DC);
        if (inputSignal is not null) context.Cross(Entering, walk.DA, inputSignal);

        Tensor Room(string name, int gates) => context.Workspace.Get(context.Kernels, this, name, new(y.Shape.Rows, gates * Units),
            Role.Error, context.Lane);
    }

    private void WalkAll(in Walk walk, BackwardContext context)
    {
        for (var t = walk.Steps - 1; t > 0; t--)
        {
            context.Kernels.GruSignal(walk.At(walk.A, t), walk.At(walk.C, t), walk.At(walk.Y, t - 1), walk.At(walk.D, t),
                walk.At(walk.DA, t), walk.At(walk.DC, t), walk.At(walk.Straight, t));
            var arriving = walk.At(walk.D, t - 1);
            context.Cross(Recurrent, walk.At(walk.DC, t), arriving);
            context.Kernels.Combine(1, walk.At(walk.Straight, t), 1, arriving);
            context.Kernels.Combine(1, walk.At(walk.Signal, t - 1), 1, arriving);
        }
    }

    // Signals of all steps go one step back together, and do so as many times as they may.
    private void WalkSome(int back, in Walk walk, BackwardContext context)
    {
        for (var step = 0; step <= back; step++)
        {
            context.Kernels.GruSignal(walk.Later(walk.A), walk.Later(walk.C), walk.Earlier(walk.Y), walk.Later(walk.D),
                walk.Later(walk.DA), walk.Later(walk.DC), walk.Later(walk.Straight));
            if (step == back) break;
            var arriving = walk.Earlier(walk.D);
            context.Cross(Recurrent, walk.Later(walk.DC), arriving);
            context.Kernels.Combine(1, walk.Later(walk.Straight), 1, arriving);
            context.Kernels.Combine(1, walk.Earlier(walk.Signal), 1, arriving);
        }
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        throw new InvalidOperationException($"The layer {Name} carries no tangents.");

    /// <inheritdoc/>
    public override string? Written => Keys is { } keys ? $"gru {keys}" : null;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"gru {Entering.Input} -> {Units}{Truncation}");

    private readonly record struct Walk(Tensor A, Tensor C, Tensor Y, Tensor Signal, Tensor DA, Tensor DC, Tensor D, Tensor Straight,
        int Steps)
    {
        public Tensor At(Tensor all, int step) => all.Step(Steps, step);

        public Tensor Earlier(Tensor all) => all.Earlier(Steps);

        public Tensor Later(Tensor all) => all.Later(Steps);
    }
}
