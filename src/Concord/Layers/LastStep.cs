using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Ends time: y = x_T, the last step, of a sample that ends before the last of its own. Backward: the signal at that step, 0 at all others.
/// </summary>
public sealed class LastStep : Layer
{
    /// <inheritdoc/>
    public override string Kind => "last";

    /// <inheritdoc/>
    public override bool ChangesSteps => true;

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => null;

    /// <inheritdoc/>
    protected override Shape Build(Shape input) => input.WithSteps(1);

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        if (tape.Mask is not { } mask)
        {
            tape.Kernels.Copy(Last(x, y), y);
            return;
        }
        var own = tape.Passing.Get(tape.Kernels, this, "own", x.Shape, Role.Activation);
        tape.Kernels.ScaleRows(mask.Last, x, own);
        tape.Kernels.SumSteps(own, new(y));
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is null) return;
        if (tape.Mask is { } mask)
        {
            context.Kernels.RepeatSteps(signal, inputSignal);
            context.Kernels.ScaleRows(mask.Last, inputSignal, inputSignal);
            return;
        }
        context.Kernels.Fill(inputSignal, 0);
        context.Kernels.Copy(signal, Last(inputSignal, signal));
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Kernels.Copy(Last(tangent!, result), result);

    private static Tensor Last(Tensor steps, Tensor step) => steps.Rows(steps.Shape.Rows - step.Shape.Rows, step.Shape.Rows);

    /// <inheritdoc/>
    public override string? Written => "last";

    /// <inheritdoc/>
    public override string ToString() => "last step";
}
