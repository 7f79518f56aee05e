using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Begins time: an image's rows become steps, the uppermost first (row-wise sequential images; Le, Jaitly, Hinton 2015 read single pixels).
/// [H, W, C] becomes H steps of W C numbers, [T, n] becomes T steps of n.
/// </summary>
public sealed class RowsToSteps : Layer
{
    private int _steps;

    /// <inheritdoc/>
    public override string Kind => "rows";

    /// <inheritdoc/>
    public override bool ChangesSteps => true;

    /// <inheritdoc/>
    public override bool BeginsTime => true;

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => null;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        if (input.Rank < 2) throw new ConcordException($"The layer {Name} makes steps of rows, and its input {input} has none. Say how it "
            + "is cut, as in 28x28 (steps x numbers of a step) or 1x28x28 (channels x height x width).");
        _steps = input[0];
        return new Shape(input.Length / Math.Max(1, _steps)).WithSteps(_steps);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape) => tape.Kernels.SwapRuns(x, x.Shape.Rows, _steps, y, tape.Slice.First);

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) context.Kernels.SwapRuns(signal, _steps, x.Shape.Rows, inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Kernels.SwapRuns(tangent!, x.Shape.Rows, _steps, result);

    /// <inheritdoc/>
    public override string? Written => "rows";

    /// <inheritdoc/>
    public override string ToString() => "rows as steps";
}
