using Concord.Numerics;
using Concord.Options;

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

    /// <summary>The parameter of those activations that have one, as an option.</summary>
    internal static IReadOnlyDictionary<string, Option<double>> OptionByName { get; } = new Dictionary<string, string>
    {
        ["leaky-relu"] = "slope", ["elu"] = "scale",
    }.ToDictionary(entry => entry.Key, entry => new Option<double>(
        entry.Value, OptionType.Number(0), ByName[entry.Key].Parameter, "Factor on its negative part."));

    /// <summary>The values of an option that is an activation: a name, and of those that have a parameter NAME=PARAMETER too.</summary>
    internal static OptionType<Activation> Named { get; } = new(
        string.Join(", ", ByName.Keys.Select(name => OptionByName.TryGetValue(name, out var parameter)
            ? $"{name} or {name}={parameter.Key.ToUpperInvariant()}" : name)),
        Parse, function => ByName.First(entry => entry.Value.Kind == function.Kind).Key, choices: [.. ByName.Keys]);

    /// <summary>The function.</summary>
    public Activation Function => f;

    /// <inheritdoc/>
    public override bool RunsInPlace => f.SlopeFromOutput;

    /// <inheritdoc/>
    public override string Kind => "activation";

    /// <inheritdoc/>
    internal override bool IsActivation => true;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => f.Kind switch
    {
        ActivationKind.Logistic => true,
        ActivationKind.Relu or ActivationKind.LeakyRelu or ActivationKind.Identity => null,
        _ => false,
    };

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

    /// <summary>Its name where that says all of it; else null.</summary>
    internal string? NameAlone => Written is { } name && !name.Contains(' ', StringComparison.Ordinal) ? name : null;

    /// <inheritdoc/>
    public override string? Written => ByName.FirstOrDefault(entry => entry.Value.Kind == f.Kind) is not { Key: { } name } usual ? null
        : usual.Value == f ? name
        : OptionByName.TryGetValue(name, out var parameter) ? FormattableString.Invariant($"{name} {parameter.Key}={f.Parameter:R}") : null;

    /// <inheritdoc/>
    public override string ToString() => ByName.FirstOrDefault(entry => entry.Value.Kind == f.Kind) is { Key: { } name } usual
        ? usual.Value == f ? name : FormattableString.Invariant($"{name} {f.Parameter}")
        : f.ToString();

    private static (bool IsRead, Activation Value) Parse(string text)
    {
        var (name, number) = OptionWords.Split(text);
        if (!ByName.TryGetValue(name, out var function)) return (false, default);
        if (number is null) return (true, function);
        if (!OptionByName.TryGetValue(name, out var parameter)) return (false, default);
        var values = OptionValues.Read([parameter], new Dictionary<string, string> { [parameter.Key] = number }, $" of {name}");
        return (true, function with { Parameter = values.Of(parameter) });
    }
}
