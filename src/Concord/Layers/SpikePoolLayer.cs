using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Layers;

/// <summary>
/// The spikes of size x size neurons of a channel as those of one: y = the sum of each window of x, [N, H, W, C] numbers of spikes, where
/// windows do not overlap (<see cref="SpikePool"/>). A signal goes back to the spike that it belongs to.
/// </summary>
/// <param name="size">Neurons along each side of a window.</param>
public sealed class SpikePoolLayer(int size) : SpikingLayer
{
    private Func<Tape, Pooled>? _make;

    /// <summary>Neurons along each side of a window.</summary>
    internal int Size => size;

    /// <inheritdoc/>
    public override string Kind => "pool";

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        _make = tape => new(new(input, size), new(Output.Length, tape.Kernels.ElementType));
        return ImageShape.Behind($"pool {Name}", Window.Square(size, size), input, input.Rank == 3 ? input[2] : 0);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var (spikes, kept) = tape.Kernels.AssumedSpikes is { } assumed ? (Assumed(x, assumed), Assumed(x, assumed)) : Pool(x, y, tape);
        tape.Kernels.Count("SpikePool", y.Shape, new(0, Words.Of(x.Role, spikes), Words.Of(y.Role, kept + y.Length)));
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is null) return;
        var spikes = tape.Kernels.AssumedSpikes is { } assumed ? Assumed(x, assumed) : tape.SpikesOf(x).Count;
        if (tape.Kernels.AssumedSpikes is null) tape.State(this, _make!).Pool.Backward(signal, inputSignal);
        tape.Kernels.Count("SpikePoolSignal", x.Shape, new(0, Words.Of(Role.Error, spikes), Words.Of(Role.Error, spikes)));
    }

    private (long Spikes, long Kept) Pool(Tensor x, Tensor y, Tape tape)
    {
        var (input, pooled) = (tape.SpikesOf(x), tape.State(this, _make!));
        pooled.Pool.Forward(input, pooled.Spikes);
        tape.Give(this, y, pooled.Spikes);
        return (input.Count, pooled.Spikes.Count);
    }

    /// <inheritdoc/>
    public override string ToString() => $"spike pool {size}x{size}";

    private sealed record Pooled(SpikePool Pool, SpikeTrains Spikes);
}
