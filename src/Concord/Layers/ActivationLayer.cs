using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// y = f(x), elementwise. Backward: signal * f'(x); pushforward: f'(x) * x-dot. Names, as in model strings: <c>relu</c>,
/// <c>leaky-relu</c>, <c>tanh</c>, <c>logistic</c>, <c>elu</c>, <c>gelu</c>, <c>softplus</c>, <c>hard-sign</c>, <c>identity</c>.
/// </summary>
/// <param name="f">The function.</param>
public sealed class ActivationLayer(Activation f) : Layer
{
    /// <summary>
    /// Activations by the name a user writes; <c>leaky-relu</c> has slope 0.01 and <c>elu</c> scale 1 unless another is given.
    /// </summary>
    public static IReadOnlyDictionary<string, Activation> ByName { get; } = new Dictionary<string, Activation>
    {
        ["relu"] = new(ActivationKind.Relu),
        ["leaky-relu"] = new(ActivationKind.LeakyRelu, 0.01),
        ["tanh"] = new(ActivationKind.Tanh),
        ["logistic"] = new(ActivationKind.Logistic),
        ["elu"] = new(ActivationKind.Elu, 1),
        ["gelu"] = new(ActivationKind.Gelu),
        ["softplus"] = new(ActivationKind.Softplus),
        ["hard-sign"] = new(ActivationKind.HardSign),
        ["identity"] = new(ActivationKind.Identity),
    };

    /// <summary>The function.</summary>
    public Activation Function => f;

    /// <inheritdoc/>
    public override bool RunsInPlace => f.SlopeFromOutput;

    /// <inheritdoc/>
    public override string Kind => "activation";

    /// <inheritdoc/>
    internal override bool IsActivation => true;

    /// <inheritdoc/>
    public override bool ReadsInput => !f.SlopeFromOutput;

    /// <inheritdoc/>
    public override bool ReadsOutput => f.SlopeFromOutput;

    /// <inheritdoc/>
    public override bool GatesInPlace => true;

    /// <summary>Not of a hard sign, whose slope is a convention: a small change of its input changes nothing.</summary>
    public override bool HasTangent => f.Kind != ActivationKind.HardSign;

    /// <inheritdoc/>
    protected override Shape Build(Shape input) => input;

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape) => tape.Kernels.Activate(f, x, y);

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) tape.Kernels.MultiplyByDerivative(f, x, y, signal, inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Kernels.MultiplyByDerivative(f, x, y, tangent!, result);

    /// <inheritdoc/>
    public override string ToString() => ByName.FirstOrDefault(entry => entry.Value.Kind == f.Kind) is { Key: { } name } usual
        ? usual.Value == f ? name : FormattableString.Invariant($"{name} {f.Parameter}")
        : f.ToString();
}
