using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// y = the largest input of each window, channel by channel; [N, H, W, C] becomes [N, H', W', C]. Backward: a window's signal goes to
/// the first input, row by row, that equals the maximum, whose place is kept. Pushforward: that input's tangent.
/// </summary>
/// <param name="window">Size, stride, padding; what lies outside the image is no candidate.</param>
public sealed class MaxPool(Window window) : Layer
{
    /// <inheritdoc/>
    public override string Kind => "pool";

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => null;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        var output = ImageShape.Behind($"max pool {Name}", window, input, input.Rank == 3 ? input[2] : 0);
        if (window.Padding >= Math.Min(window.Height, window.Width))
            throw new ConcordException($"The max pool {Name} has a padding of {window.Padding} around a window of "
                + $"{window.Height}x{window.Width}, so that some windows would hold nothing but padding; "
                + "the padding must be less than the size.");
        return output;
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape) => tape.Kernels.MaxPool(window, x, y, Places(y.Shape, tape));

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) tape.Kernels.MaxPoolSignal(window, Places(y.Shape, tape), signal, inputSignal);
    }

    /// <inheritdoc/>
    internal override void BackwardWhenRead(Tensor x, Tensor y, Tensor signal, Tensor inputSignal, Tape tape, BackwardContext context) =>
        tape.Kernels.MaxPoolSignalWhenRead(window, Places(y.Shape, tape), signal, inputSignal);

    /// <summary>The same walk down for a function of the pooled images.</summary>
    internal void Backward(Activation f, Tensor y, Tensor signal, Tensor inputSignal, Tape tape) =>
        tape.Kernels.MaxPoolSignal(window, Places(y.Shape, tape), signal, inputSignal, f, y);

    /// <inheritdoc cref="Layer.BackwardWhenRead"/>
    internal void BackwardWhenRead(Activation f, Tensor y, Tensor signal, Tensor inputSignal, Tape tape) =>
        tape.Kernels.MaxPoolSignalWhenRead(window, Places(y.Shape, tape), signal, inputSignal, f, y);

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Kernels.MaxPoolTangent(window, Places(y.Shape, tape), tangent!, result);

    private Tensor Places(Shape output, Tape tape) => tape.Keep(this, "places", output);

    /// <inheritdoc/>
    public override string? Written => window.Dilation == 1 ? $"max-pool {window.Written}" : null;

    /// <inheritdoc/>
    public override string ToString() => $"max pool {window}";
}
