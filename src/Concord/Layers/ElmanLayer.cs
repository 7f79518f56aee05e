using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// h_t = f(W x_t + U h_(t-1) + b), h_0 = 0 (Elman 1990). Shapes: x [T N, in], h and y [T N, n], W [in, n], U [n, n], b [n].
/// Backward, with s_t the signal at h_t: d_t = (s_t + U' d_(t+1)) * f'(a_t), from the last step to the first (backpropagation through time;
/// Werbos 1990); dW = sum_t d_t x_t', dU = sum_t d_t h_(t-1)', db = sum_t d_t, signal at x_t = W' d_t. Truncated to K steps, each s_t walks
/// back over K steps and no further; where K = 0, d_t = s_t * f'(a_t).
/// </summary>
/// <param name="units">n.</param>
/// <param name="f">The function; tanh where null.</param>
/// <param name="initializer">Where W, U and b start; as <see cref="RecurrentLayer"/> says where null.</param>
/// <param name="truncation">How far a signal walks back.</param>
public sealed class ElmanLayer(int units, Activation? f = null, Initializer? initializer = null, Truncation truncation = default)
    : RecurrentLayer(units, 1, initializer, truncation)
{
    private readonly Activation _f = f ?? new(ActivationKind.Tanh);
    private Parameter? _bias;

    /// <inheritdoc/>
    public override string Kind => "recurrent";

    /// <inheritdoc/>
    public override bool HasTangent => _f.Kind != ActivationKind.HardSign;

    /// <inheritdoc/>
    protected override IReadOnlyList<Parameter> Biases => [_bias!];

    /// <inheritdoc/>
    protected override void BuildBiases() => _bias = Bias("bias");

    // Where the slope is read from the output, a_t and h_t share a place.
    private Tensor Sums(Tensor y, Tape tape) => _f.SlopeFromOutput ? y : tape.Keep(this, "sums", y.Shape);

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var (a, steps) = (Sums(y, tape), tape.StepsOf(this));
        BeginSlice(y, tape);
        Entering.Apply(tape.Kernels, Entering.Weight.Value, x, a);
        tape.Kernels.AddRow(_bias!.Value, a);
        for (var t = 0; t < steps; t++)
        {
            if ((t > 0 ? y.Step(steps, t - 1) : Begun(y, tape)) is { } last)
                Advance(tape.Kernels, Recurrent.Weight.Value, last, a.Step(steps, t));
            tape.Kernels.Activate(_f, a.Step(steps, t), y.Step(steps, t));
        }
        EndSlice(y, tape);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        var a = Sums(y, tape);
        var d = context.Workspace.Get(context.Kernels, this, "walk", y.Shape, Role.Error, context.Lane);
        var steps = tape.StepsOf(this);
        var back = Truncation.Within(steps, context);
        if (back == steps - 1) WalkAll(steps, a, y, signal, d, context);
        else WalkSome(steps, back, a, y, signal, d, context);
        context.AddWeightGradient(Entering, d, x);
        AddRecurrentGradient(d, y, tape, context);
        context.AddBiasGradient(_bias!, d);
        if (inputSignal is not null) context.Cross(Entering, d, inputSignal);
    }

    private void WalkAll(int steps, Tensor a, Tensor y, Tensor signal, Tensor d, BackwardContext context)
    {
        for (var t = steps - 1; t >= 0; t--)
        {
            Tensor arriving = signal.Step(steps, t), here = d.Step(steps, t);
            if (t < steps - 1)
            {
                context.Cross(Recurrent, d.Step(steps, t + 1), here);
                context.Kernels.Combine(1, arriving, 1, here);
                arriving = here;
            }
            context.Kernels.MultiplyByDerivative(_f, a.Step(steps, t), y.Step(steps, t), arriving, here);
        }
    }

    // Signals of all steps go one step back together, and do so as many times as they may.
    private void WalkSome(int steps, int back, Tensor a, Tensor y, Tensor signal, Tensor d, BackwardContext context)
    {
        context.Kernels.MultiplyByDerivative(_f, a, y, signal, d);
        for (var step = 0; step < back; step++)
        {
            var arriving = context.Workspace.Get(context.Kernels, this, "back", y.Earlier(steps).Shape, Role.Error, context.Lane);
            context.Cross(Recurrent, d.Later(steps), arriving);
            context.Kernels.Combine(1, signal.Earlier(steps), 1, arriving);
            context.Kernels.MultiplyByDerivative(_f, a.Earlier(steps), y.Earlier(steps), arriving, d.Earlier(steps));
        }
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape)
    {
        var (a, steps) = (Sums(y, tape), Input.Steps);
        tape.Pushforward(this, Entering, _bias, x, tangent, result);
        for (var t = 0; t < steps; t++)
        {
            var here = result.Step(steps, t);
            if (t > 0)
            {
                Advance(tape.Kernels, Recurrent.Weight.Value, result.Step(steps, t - 1), here);
                if (tape.DirectionOf(Recurrent.Weight) is { } v) Advance(tape.Kernels, v, y.Step(steps, t - 1), here);
            }
            tape.Kernels.MultiplyByDerivative(_f, a.Step(steps, t), y.Step(steps, t), here, here);
        }
    }

    /// <inheritdoc/>
    public override string? Written =>
        Keys is { } keys && new ActivationLayer(_f).NameAlone is { } f ? $"recurrent {keys} activation={f}" : null;

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"recurrent {Entering.Input} -> {Units}, {new ActivationLayer(_f)}{Truncation}");
}
