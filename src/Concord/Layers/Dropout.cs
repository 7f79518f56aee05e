using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Inverted dropout (Srivastava and others 2014): in training y = m * x with m = 0 with probability p, else 1 / (1 - p); in
/// evaluation, and where the layer is frozen, y = x. Backward and pushforward multiply by the same mask. The mask is a function of seed,
/// layer name and step, so every rule meets the same one and a second pass over a batch repeats it.
/// </summary>
/// <param name="rate">p in [0, 1).</param>
public sealed class Dropout(double rate) : Layer
{
    private bool Drops(Tape tape) => tape.Training && !IsFrozen;

    /// <inheritdoc/>
    public override string Kind => "dropout";

    /// <inheritdoc/>
    internal override bool? GivesUnitRange => null;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        if (!(rate >= 0 && rate < 1)) throw new ConcordException($"The dropout rate of {Name} is {rate}; it must lie in [0, 1).");
        return input;
    }

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    public override bool GatesInPlace => true;

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        if (Drops(tape))
        {
            var mask = tape.Keep(this, "mask", x.Shape);
            var stream = tape.Dropout.Split(Name);
            tape.Kernels.FillDropoutMask(tape.Slice.Continues ? stream.At(tape.Slice.First) : stream, rate, mask);
            tape.Kernels.Multiply(x, mask, y);
        }
        else tape.Kernels.Copy(x, y);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) Pushforward(x, y, signal, inputSignal, tape);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape)
    {
        if (Drops(tape)) tape.Kernels.Multiply(tangent!, tape.Keep(this, "mask", x.Shape), result);
        else tape.Kernels.Copy(tangent!, result);
    }

    /// <inheritdoc/>
    public override string? Written => FormattableString.Invariant($"dropout rate={rate:R}");

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"dropout {rate}");
}
