using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Layers;

/// <summary>
/// Spikes arrive later, each neuron's by a delay of its own that is learned (<see cref="SpikeDelay"/>): t' = t + tau p, p 0 or more, and
/// dLoss/dp = tau sum of dLoss/dt' over the neuron's spikes. x and y [N, ...] are numbers of spikes and the same. p has the unit of the
/// synapses' time constant, so that a step of an optimizer is no larger for it than for a weight; an optimizer holds it at 0 or above.
/// </summary>
/// <param name="tau">The time constant, seconds.</param>
/// <param name="initializer">Where p starts.</param>
public sealed class SpikeDelayLayer(double tau, Initializer initializer) : SpikingLayer
{
    private Func<Tape, Delayed>? _make;
    private Parameter? _delay;

    /// <summary>The time constant, seconds.</summary>
    internal double Tau => tau;

    /// <summary>p, one for each neuron.</summary>
    public Parameter Delay => _delay ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => [Delay];

    /// <inheritdoc/>
    public override string Kind => "delay";

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        _make = tape => new(new(input.Length), new(input.Length, tape.Kernels.ElementType));
        _delay = new(new(input.Length), initializer, 1, 1) { Name = $"{Name}.time", IsNonNegative = true };
        return input;
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var spikes = tape.Kernels.AssumedSpikes is { } assumed ? Assumed(x, assumed) : Send(x, y, tape);
        tape.Kernels.Count("SpikeDelay", y.Shape, new(0, Words.Of(Delay.Value.Role, Delay.Shape.Length) + Words.Of(x.Role, spikes),
            Words.Of(y.Role, spikes + y.Length)));
    }

    private long Send(Tensor x, Tensor y, Tape tape)
    {
        var (input, delayed) = (tape.SpikesOf(x), tape.State(this, _make!));
        var seconds = tape.Keep(this, "seconds", Delay.Shape);
        tape.Kernels.Combine(tau, Delay.Value, 0, seconds);
        delayed.Delay.Forward(seconds, input, delayed.Spikes);
        tape.Give(this, y, delayed.Spikes);
        return input.Count;
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        var learns = context.TryTake(Delay, out var gradient);
        if (!learns && inputSignal is null) return;
        var assumed = tape.Kernels.AssumedSpikes;
        var spikes = assumed is { } each ? Assumed(x, each) : tape.SpikesOf(x).Count;
        if (assumed is null)
            tape.State(this, _make!).Delay.Backward(signal, inputSignal,
                learns ? gradient with { Alpha = gradient.Alpha * tau } : null);
        if (inputSignal is not null)
            tape.Kernels.Count("SpikeDelaySignal", x.Shape, new(0, Words.Of(Role.Error, spikes), Words.Of(Role.Error, spikes)));
        if (!learns) return;
        using var _ = context.Gradients();
        tape.Kernels.Count("SpikeDelayGradient", Delay.Shape, new(0, Words.Of(Role.Error, spikes), Words.Of(Role.Gradient,
            Delay.Shape.Length), spikes));
    }

    /// <inheritdoc/>
    public override string ToString() => "delays";

    private sealed record Delayed(SpikeDelay Delay, SpikeTrains Spikes);
}
