using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// An activation f and the max pool after it, carried out the other way round: f(max x) = max f(x) where f rises, and both have the
/// same derivative, f' at the maximum. So f and f' are taken of the pooled images alone, and the large ones are read once and not kept.
/// No layer of a model: a <see cref="Sequence"/> makes it of the two, which keep their names, and a port may stand between them.
/// </summary>
internal sealed class ActivatedPool(ActivationLayer activation, MaxPool pool) : Layer
{
    /// <summary>The layers, with each activation that a max pool follows made one with it.</summary>
    public static IReadOnlyList<Layer> Merge(IReadOnlyList<Layer> layers)
    {
        List<Layer> merged = [];
        foreach (var layer in layers)
            if (layer is MaxPool pool && merged is [.., ActivationLayer { Function: { SlopeFromOutput: true, Rises: true } } activation])
                merged[^1] = new ActivatedPool(activation, pool);
            else merged.Add(layer);
        return merged;
    }

    /// <summary>Takes name and shapes of the two, which were attached before.</summary>
    public void Attach() => Attach(pool.Name, activation.Input);

    /// <inheritdoc/>
    public override string Kind => pool.Kind;

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    public override bool ReadsOutput => true;

    /// <inheritdoc/>
    public override bool HasTangent => activation.HasTangent;

    /// <inheritdoc/>
    internal override bool IsActivation => true;

    /// <inheritdoc/>
    protected override Shape Build(Shape input) => pool.Output;

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        pool.Forward(x, y, tape);
        activation.Forward(y, y, tape);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is not null) pool.Backward(activation.Function, y, signal, inputSignal, tape);
    }

    /// <inheritdoc/>
    internal override void BackwardWhenRead(Tensor x, Tensor y, Tensor signal, Tensor inputSignal, Tape tape, BackwardContext context) =>
        pool.BackwardWhenRead(activation.Function, y, signal, inputSignal, tape);

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape)
    {
        pool.Pushforward(x, y, tangent!, result, tape);
        activation.Pushforward(y, y, result, result, tape);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{activation}, {pool}";
}
