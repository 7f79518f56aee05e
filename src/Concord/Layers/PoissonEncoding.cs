using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Begins time: at each of T steps a number x gives 1 with probability x, else 0 (what snnTorch and SpikingJelly call rate or Poisson
/// encoding). The draw is a function of seed, layer name, training step, time step and place in the batch; in evaluation it is the same
/// each time, so that a saved network is scored as its run was.
/// </summary>
/// <param name="steps">T.</param>
public sealed class PoissonEncoding(int steps) : Layer
{
    private static readonly RandomStream s_evaluation = RandomStream.FromSeed(0);

    /// <inheritdoc/>
    public override string Kind => "poisson";

    /// <inheritdoc/>
    public override bool ChangesSteps => true;

    /// <inheritdoc/>
    public override bool BeginsTime => true;

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <summary>A draw has none.</summary>
    public override bool HasTangent => false;

    /// <inheritdoc/>
    internal override bool TakesUnitRange => true;

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => true;

    /// <inheritdoc/>
    protected override Shape Build(Shape input) => input.WithSteps(RepeatInTime.CheckSteps(steps, Name));

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var stream = (tape.Training ? tape.Dropout : s_evaluation).Split(Name);
        var (held, count) = (RepeatInTime.Held(this, x, tape), tape.Slice.StepsOf(Output));
        for (var t = 0; t < count; t++) tape.Kernels.FillSpikes(stream.At(tape.Slice.First + t), held, y.Step(count, t));
    }

    /// <summary>The expected derivative, which is 1 at each step: the sum of the signal.</summary>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) context.SumOverTime(this, signal, inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        throw new InvalidOperationException($"The layer {Name} carries no tangents.");

    /// <inheritdoc/>
    public override string? Written => FormattableString.Invariant($"poisson steps={steps}");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"poisson {steps}");
}
