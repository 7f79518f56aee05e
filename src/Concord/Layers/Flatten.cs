using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// An image [H, W, C] as a row of C H W numbers, channels first: the order in which files and other programs give it to a dense
/// layer, so that its weights mean the same there. Backward and pushforward are the same reordering, down and up.
/// </summary>
public sealed class Flatten : Layer
{
    private Shape _input;

    /// <inheritdoc/>
    public override string Kind => "flatten";

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => null;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        if (input.Rank != 3) throw new ConcordException($"The flatten {Name} was given an input of shape {input}; "
            + "it takes images, [height, width, channels]. A dense layer needs no flatten before it.");
        _input = input;
        return new(input.Length);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape) => tape.Kernels.TransposeEach(x, _input[2], y);

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) tape.Kernels.TransposeEach(signal, _input[0] * _input[1], inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Kernels.TransposeEach(tangent!, _input[2], result);

    /// <inheritdoc/>
    public override string? Written => "flatten";

    /// <inheritdoc/>
    public override string ToString() => "flatten";
}
