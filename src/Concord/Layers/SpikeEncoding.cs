using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Encoders;

namespace Concord.Layers;

/// <summary>
/// Numbers from 0 to 1 become spikes: x [N, ...] the numbers, y how often each input neuron fires. An image stays one, with
/// <see cref="SpikeEncoder.NeuronsPerFeature"/> times as many channels. Draws are keyed by the run's seed, the step and the row.
/// A number outside 0 to 1 counts as the nearer end, if it lies outside by 1 at most; farther out it is refused, since then the samples
/// were not scaled.
/// </summary>
/// <param name="encoder">How they are encoded.</param>
public sealed class SpikeEncoding(SpikeEncoder encoder) : Layer
{
    private const double Slack = 1;

    private Func<Tape, SharedEncoding>? _make;

    /// <summary>How numbers are encoded.</summary>
    public SpikeEncoder Encoder => encoder;

    /// <inheritdoc/>
    public override string Kind => "encoding";

    /// <inheritdoc/>
    public override bool EmitsSpikes => true;

    /// <inheritdoc/>
    public override bool HasTangent => false;

    /// <inheritdoc/>
    internal override bool TakesUnitRange => true;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        _make = tape => new(encoder, input.Length, tape.Kernels);
        return input.Rank == 3 ? new(input[0], input[1], input[2] * encoder.NeuronsPerFeature)
            : new(input.Length * encoder.NeuronsPerFeature);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        if (tape.Kernels.AssumedSpikes is { } assumed)
        {
            tape.Kernels.Count("Encode", y.Shape, new(0, Words.Of(x.Role, x.Length),
                Words.Of(y.Role, y.Length + (long)Math.Ceiling(assumed * y.Length))));
            return;
        }
        var encoding = tape.State(this, _make!);
        encoding.Encode(x, tape.Dropout.Split(Name), Slack);
        tape.Give(this, y, encoding.Spikes);
        tape.Kernels.Count("Encode", y.Shape, new(0, Words.Of(x.Role, x.Length), Words.Of(y.Role, y.Length + encoding.Spikes.Count)));
    }

    /// <summary>dLoss/dx from dLoss/dt, where the encoder's times have a derivative after the numbers.</summary>
    /// <exception cref="ConcordException">They have none.</exception>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is null) return;
        if (tape.Kernels.AssumedSpikes is null) encoder.Backward(tape.SpikesOf(y), signal, inputSignal);
        tape.Kernels.Count("EncodeSignal", x.Shape, new(0, Words.Of(signal.Role, signal.Length),
            Words.Of(inputSignal.Role, inputSignal.Length)));
    }

    /// <summary>There is none.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        throw new InvalidOperationException($"The layer {Name} gives spikes, and numbers of spikes have no derivative.");

    /// <inheritdoc/>
    public override string ToString() => $"{encoder} encoding";
}
