using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Begins time: y_t = x at each of T steps. Behind the first weight, so that a constant input is multiplied once. Backward: the sum of the
/// signal over the steps.
/// </summary>
/// <param name="steps">T.</param>
public sealed class RepeatInTime(int steps) : Layer
{
    /// <summary>The most steps there may be.</summary>
    internal const int MostSteps = 1 << 20;

    /// <inheritdoc/>
    public override string Kind => "repeat";

    /// <inheritdoc/>
    public override bool ChangesSteps => true;

    /// <inheritdoc/>
    public override bool BeginsTime => true;

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => null;

    /// <inheritdoc/>
    protected override Shape Build(Shape input) => input.WithSteps(CheckSteps(steps, Name));

    /// <summary>Refuses what is no number of steps.</summary>
    /// <exception cref="ConcordException">It is none.</exception>
    internal static int CheckSteps(int steps, string name) => steps is >= 1 and <= MostSteps ? steps
        : throw new ConcordException($"The layer {name} was given {steps} time steps; it takes a whole number from 1 to {MostSteps}.");

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape) => tape.Kernels.RepeatSteps(Held(this, x, tape), y);

    /// <summary>What stands before time begins, kept for later slices: the memory it stands in is that of other blocks by then.</summary>
    internal static Tensor Held(Layer layer, Tensor x, Tape tape)
    {
        if (!tape.Slice.IsPart) return x;
        var held = tape.Keep(layer, "held", x.Shape);
        if (!tape.Slice.Continues) tape.Kernels.Copy(x, held);
        return held;
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) context.SumOverTime(this, signal, inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        tape.Kernels.RepeatSteps(tangent!, result);

    /// <inheritdoc/>
    public override string? Written => FormattableString.Invariant($"repeat steps={steps}");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"repeat {steps}");
}
