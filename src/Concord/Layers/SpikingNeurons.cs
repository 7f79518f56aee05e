using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Layers;

/// <summary>
/// Spiking neurons behind a weight w: spikes come in, are weighted, and the neurons fire where their potential meets the threshold, at
/// times that are exact. From dLoss/dt of their spikes follow dLoss/dw, summed over the samples, and dLoss/dt of the spikes that came in,
/// in which what the rule puts in the weight's place stands for it (<see cref="SpikingDense"/>). There are no biases.
/// </summary>
public abstract class SpikingNeurons : SpikingLayer
{
    private const int PlannedSpikes = 4;   // of a neuron in a sample; a layer that fires more often takes that much more room

    private readonly Func<Tape, Walk> _makeWalk;

    /// <summary>A layer of such neurons.</summary>
    /// <param name="neuron">What they are.</param>
    /// <param name="duration">When the simulation ends, seconds.</param>
    private protected SpikingNeurons(SpikingNeuron neuron, double duration)
    {
        (Neuron, Duration) = (neuron, duration);
        _makeWalk = tape => new(new(MapOf(tape.Kernels), Math.Min(PlannedSpikes, Neuron.MostSpikes) * (long)Output.Length),
            new(Output.Length, tape.Kernels.ElementType));
    }

    /// <summary>What the neurons are.</summary>
    public SpikingNeuron Neuron { get; }

    /// <summary>When the simulation ends, seconds.</summary>
    public double Duration { get; }

    /// <summary>The weight and its map.</summary>
    public abstract Connection Connection { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => [Connection.Weight];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> EnteringConnections => [Connection];

    /// <inheritdoc/>
    public override bool IsWeighted => true;

    /// <summary>How many neurons a spike that comes in reaches, on average: accumulates for each.</summary>
    internal abstract double FanOut { get; }

    /// <summary>What the walks over the last batch counted.</summary>
    internal WalkCounts CountsOf(Tape tape) => tape.State(this, _makeWalk).Map.Counts;

    /// <summary>Room for a walk through the layer.</summary>
    private protected abstract ISpikingMap MapOf(Kernels kernels);

    /// <summary>A tensor of the weight's shape as the matrix that the walk takes.</summary>
    private Tensor Matrix(Tensor weight) => weight.Matrix(Connection.Weight.MatrixShape.RowLength);

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var weight = Connection.Weight.Value;
        if (tape.Kernels.AssumedSpikes is { } assumed)
        {
            var spikes = Assumed(x, assumed);
            CountUp(tape.Kernels, weight, y, spikes, Assumed(y, assumed), (long)(spikes * FanOut));
            return;
        }
        var walk = tape.State(this, _makeWalk);
        var input = tape.SpikesOf(x);
        walk.Map.MayCut = !tape.Training;   // a step's batch is as large as was asked for, and walked down in any case
        walk.Map.Forward(Matrix(weight), input, walk.Spikes);
        tape.Give(this, y, walk.Spikes);
        CountUp(tape.Kernels, weight, y, input.Count, walk.Spikes.Count, walk.Map.Counts.Accumulates);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        var learns = context.TryTake(Connection.Weight, out var gradient);
        if (!learns && inputSignal is null) return;
        var carrier = inputSignal is null ? null : context.MatrixOf(Connection);
        if (context.Kernels.AssumedSpikes is { } assumed)
        {
            var spikes = Assumed(x, assumed);
            CountDown(context, spikes, Assumed(y, assumed), (long)(spikes * FanOut), carrier, learns ? gradient : null);
            return;
        }
        var walk = tape.State(this, _makeWalk);
        walk.Map.Backward(signal, inputSignal, carrier is null ? null : Matrix(carrier),
            learns ? gradient with { Target = Matrix(gradient.Target) } : null);
        CountDown(context, tape.SpikesOf(x).Count, walk.Spikes.Count, walk.Map.Counts.Accumulates, carrier, learns ? gradient : null);
    }

    private static void CountUp(Kernels kernels, Tensor weight, Tensor y, long arriving, long fired, long operations)
    {
        if (kernels.Log is null) return;
        kernels.Count("SpikesUp", y.Shape, new(0, Words.Of(weight.Role, weight.Length) + Words.Of(y.Role, arriving),
            Words.Of(y.Role, fired + y.Length), operations));
    }

    // A gradient is added up for each spike and neuron; a signal is a product with what stands in the weight's place.
    private static void CountDown(BackwardContext context, long arriving, long fired, long operations, Tensor? carrier,
        Accumulator? gradient)
    {
        if (context.Kernels.Log is null) return;
        if (gradient is { Target: var target } sink)
            using (context.Gradients())
                context.Kernels.Count("SpikesToGradient", target.Shape, new(0,
                    Words.Of(Role.Activation, arriving) + Words.Of(Role.Error, fired)
                        + Words.Of(target.Role, sink.Beta == 0 ? 0 : target.Length), Words.Of(target.Role, target.Length), operations));
        if (carrier is not null)
            context.Kernels.Count("SpikesDown", carrier.Shape, new(operations,
                Words.Of(carrier.Role, carrier.Length) + Words.Of(Role.Error, fired), Words.Of(Role.Error, arriving)));
    }

    /// <summary>What is kept of a pass.</summary>
    /// <param name="Map">The walk.</param>
    /// <param name="Spikes">The neurons' spikes.</param>
    internal sealed record Walk(PiecewiseMap Map, SpikeTrains Spikes);
}
