using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// y = w * x + b (cross-correlation, as the field calls convolution). Shapes: x [N, H, W, C], w [kh, kw, C / G, O] in memory and
/// [O, C / G, kh, kw] in files, b [O], y [N, H', W', O] with H' = floor((H + 2 P - D (kh - 1) - 1) / S) + 1.
/// Backward: dw = sum over samples and places of d x', db = the sum of d, signal at x = the transposed convolution of d by w or by what the
/// carrier puts for w. Pushforward: w * x' + v * x + c, v and c the directions of w and b. LeCun, Boser and others 1989.
/// </summary>
/// <param name="filters">O.</param>
/// <param name="window">Kernel size, stride, padding, dilation.</param>
/// <param name="groups">G: each group of channels has filters of its own.</param>
/// <param name="initializer">Where w starts; PyTorch's default where null.</param>
/// <param name="bias">Whether there is a b; a norm after it cancels it.</param>
/// <param name="biasInitializer">Where b starts; PyTorch's default for PyTorch weights, else zero, where null.</param>
public sealed class Convolution(int filters, Window window, int groups = 1, Initializer? initializer = null, bool bias = true,
    Initializer? biasInitializer = null) : Layer
{
    private ConvolutionConnection? _connection;
    private Parameter? _bias;

    /// <summary>The kernels and their map.</summary>
    public ConvolutionConnection Connection =>
        _connection ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _bias is null ? [Connection.Weight] : [Connection.Weight, _bias];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> EnteringConnections => [Connection];

    /// <inheritdoc/>
    public override bool IsWeighted => true;

    /// <inheritdoc/>
    public override string Kind => "convolution";

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        if (filters < 1) throw new ConcordException($"The convolution {Name} was given {filters} filters; it needs at least one.");
        var output = ImageShape.Behind($"convolution {Name}", window, input, filters);
        if (groups < 1 || input[2] % groups != 0 || filters % groups != 0)
            throw new ConcordException($"The convolution {Name} was given {groups} groups for {input[2]} channels and {filters} filters; "
                + "both must be multiples of the groups.");
        TensorSize.Check($"The kernels of the convolution {Name}", window.Height, window.Width, input[2] / groups, filters);
        int channels = input[2] / groups, fanIn = window.Area * channels, fanOut = window.Area * filters;
        var start = initializer ?? new(InitializerKind.PyTorch);
        _connection = new(new(new(window.Height, window.Width, channels, filters), start, fanIn, fanOut) { Name = $"{Name}.weight" },
            window, groups, input, output);
        if (bias) _bias = new(new(filters), biasInitializer ?? start.ForBias, fanIn, fanOut) { Name = $"{Name}.bias", IsBias = true };
        return output;
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape) =>
        tape.Kernels.Convolve(window, groups, x, Connection.Weight.Value, _bias?.Value, y);

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        Correlate(x, signal, context);
        if (inputSignal is not null) context.Cross(Connection, signal, inputSignal);
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
    public override string? Written => (initializer ?? new(InitializerKind.PyTorch)).Written is { } start && biasInitializer is null
        ? FormattableString.Invariant($"convolution filters={filters} {window.Written} dilation={window.Dilation} groups={groups}")
            + $"{start}{(bias ? "" : " bias=false")}"
        : null;

    /// <inheritdoc/>
    public override string ToString() =>
        $"convolution {window}, {filters} filters{(groups == 1 ? "" : $", {groups} groups")}{(bias ? "" : ", no bias")}";
}
