using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// y = W x + b. Shapes: x [N, in], W [in, out] in memory and [out, in] in files, b [out], y [N, out]; an input with more axes is read flat.
/// Backward: dW = sum_n x_n d_n', db = sum_n d_n, signal at x = W' d or what the carrier puts for W.
/// Pushforward: W x' + V x + c, V and c the directions of W and b.
/// </summary>
/// <param name="outputs">out.</param>
/// <param name="initializer">Where W starts; PyTorch's default where null.</param>
/// <param name="bias">Where b starts; where null, as <see cref="Initializer.ForBias"/> says.</param>
/// <param name="masking">Which weights and biases learn; null for all.</param>
/// <param name="hasBias">Whether there is a b.</param>
public sealed class Linear(int outputs, Initializer? initializer = null, Initializer? bias = null, MaskedLearning? masking = null,
    bool hasBias = true) : Layer
{
    private int _inputs;
    private DenseConnection? _connection;
    private Parameter? _bias;

    private Initializer Start => initializer ?? new(InitializerKind.PyTorch);

    /// <summary>The weight and its map.</summary>
    public Connection Connection => _connection ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _bias is null ? [Connection.Weight] : [Connection.Weight, _bias];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> EnteringConnections => [Connection];

    /// <inheritdoc/>
    public override bool IsWeighted => true;

    /// <inheritdoc/>
    public override string Kind => "linear";

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        if (outputs < 1) throw new ConcordException($"The dense layer {Name} was given {outputs} outputs; a layer has at least one.");
        _inputs = input.Length;
        if (_inputs < 1)
            throw new ConcordException($"The dense layer {Name} was given an input of shape {input}; it needs at least one element.");
        if (masking is { Keep: not (> 0 and <= 1) }) throw new ConcordException(FormattableString.Invariant(
            $"The dense layer {Name} was told to let a share of {masking.Keep} learn; it takes a number in (0, 1]."));
        TensorSize.Check($"The weight of the dense layer {Name}", _inputs, outputs);
        var start = Start;
        var shape = new Shape(_inputs, outputs);
        _connection = new(new(shape, start, _inputs, outputs) { Name = $"{Name}.weight", Masking = masking });
        if (hasBias)
            _bias = new(new(outputs), bias ?? start.ForBias, _inputs, outputs) { Name = $"{Name}.bias", Masking = masking, IsBias = true };
        return new(outputs);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        Connection.Apply(tape.Kernels, Connection.Weight.Value, x, y);
        if (_bias is not null) tape.Kernels.AddRow(_bias.Value, y);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        Correlate(x, signal, context);
        if (inputSignal is null) return;
        context.Cross(Connection, signal, inputSignal);
        if (masking is not { AsReleased: true }) return;
        var mask = context.Workspace.Get(context.Kernels, this, "mask", inputSignal.Shape, Role.Error, context.Lane);
        masking.Fill(context.Kernels, Connection.Weight.MaskStream.Split("input").At(context.Lane), mask);
        context.Kernels.Multiply(inputSignal, mask, inputSignal);
    }

    /// <inheritdoc/>
    internal override bool Correlates => true;

    /// <inheritdoc/>
    internal override void Correlate(Tensor x, Tensor signal, BackwardContext context)
    {
        context.AddWeightGradient(Connection, signal, x);
        if (_bias is not null) context.AddBiasGradient(_bias, signal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Pushforward(this, Connection, _bias, x, tangent, result);

    /// <inheritdoc/>
    public override string? Written => Start.Written is { } start && hasBias
        && bias is null or { Kind: InitializerKind.Constant } ? FormattableString.Invariant($"dense units={outputs}{start}")
            + (bias is { } value ? FormattableString.Invariant($" bias={value.Value:R}") : "")
            + (masking is { } mask ? FormattableString.Invariant($" mask={mask.Keep:R}") : "")
            + (masking is { AsReleased: true } ? " maskAsReleased=true" : "")
        : null;

    /// <inheritdoc/>
    public override string ToString() => $"linear {_inputs} -> {outputs}{(hasBias ? "" : ", no bias")}" + (masking is null ? ""
        : FormattableString.Invariant($" (a share of {masking.Keep} learns{(masking.AsReleased ? ", as released" : "")})"));
}
