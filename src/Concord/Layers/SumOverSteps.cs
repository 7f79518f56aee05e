using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Ends time: y = sum_t x_t, or the mean over the T steps, of a sample that ends earlier over its own. Backward: the signal at each of
/// them, divided by T where it is the mean.
/// </summary>
/// <param name="mean">Whether it is the mean.</param>
public sealed class SumOverSteps(bool mean) : Layer
{
    private double _factor;

    /// <summary>Whether it is the mean.</summary>
    internal bool IsMean => mean;

    /// <inheritdoc/>
    public override string Kind => mean ? "mean" : "sum";

    /// <inheritdoc/>
    public override bool ChangesSteps => true;

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => IsMean ? null : false;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        _factor = mean ? 1.0 / input.Steps : 1;
        return input.WithSteps(1);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        if (Factors(tape) is not { } factors)
        {
            tape.Kernels.SumSteps(x, new(y, _factor));
            return;
        }
        var own = tape.Passing.Get(tape.Kernels, this, "own", x.Shape, Role.Activation);
        tape.Kernels.ScaleRows(factors, x, own);
        tape.Kernels.SumSteps(own, new(y));
    }

    private Tensor? Factors(Tape tape) => mean ? tape.Mask?.Share : tape.Mask?.Valid;

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is null) return;
        context.Kernels.RepeatSteps(signal, inputSignal);
        if (Factors(tape) is { } factors) context.Kernels.ScaleRows(factors, inputSignal, inputSignal);
        else if (mean) context.Kernels.Combine(_factor, inputSignal, 0, inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Kernels.SumSteps(tangent!, new(result, _factor));

    /// <inheritdoc/>
    public override string? Written => mean ? "mean" : "sum";

    /// <inheritdoc/>
    public override string ToString() => mean ? "mean over steps" : "sum over steps";
}
