using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// y = the mean of each window, channel by channel, padding counted as zeros; [N, H, W, C] becomes [N, H', W', C]. A linear map, so
/// backward is its transpose and pushforward the map itself.
/// </summary>
/// <param name="window">Size, stride, padding; null for the whole image, which leaves one pixel (global average pooling).</param>
public sealed class AveragePool(Window? window = null) : Layer
{
    private Window _window;
    /// <summary>Size, stride, padding, once the layer stands in a network.</summary>
    internal Window Window => _window;

    /// <inheritdoc/>
    public override string Kind => "pool";

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => null;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        _window = window ?? (input.Rank == 3 ? new(input[0], input[1]) : new(1, 1));
        var output = ImageShape.Behind($"average pool {Name}", _window, input, input.Rank == 3 ? input[2] : 0);
        if (_window.Padding >= Math.Min(_window.Height, _window.Width))
            throw new ConcordException($"The average pool {Name} has a padding of {_window.Padding} around a window of "
                + $"{_window.Height}x{_window.Width}, so that some windows would hold nothing but padding; "
                + "the padding must be less than the size.");
        return output;
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape) => tape.Kernels.AveragePool(_window, x, y);

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) tape.Kernels.AveragePoolSignal(_window, signal, inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Kernels.AveragePool(_window, tangent!, result);

    /// <inheritdoc/>
    public override string? Written => window is not { } own ? "global-pool" : own.Dilation == 1 ? $"average-pool {own.Written}" : null;

    /// <inheritdoc/>
    public override string ToString() => window is null ? "global average pool" : $"average pool {window}";
}
