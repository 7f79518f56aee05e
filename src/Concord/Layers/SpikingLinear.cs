using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Layers;

/// <summary>
/// Spiking neurons behind a dense weight (<see cref="SpikingDense"/>): every input reaches every neuron. x [N, in] and y [N, out] are
/// numbers of spikes; w is [in, out] in memory and [out, in] in files. Inputs that are an image are numbered with channels last.
/// </summary>
/// <param name="outputs">out.</param>
/// <param name="neuron">What the neurons are.</param>
/// <param name="duration">When the simulation ends, seconds.</param>
/// <param name="initializer">Where w starts.</param>
public sealed class SpikingLinear(int outputs, SpikingNeuron neuron, double duration, Initializer initializer)
    : SpikingNeurons(neuron, duration)
{
    private static readonly Func<Tape, SpikeTangents> s_makeTangents = _ => new();

    private readonly object _tangents = new();
    private DenseConnection? _connection;

    /// <inheritdoc/>
    public override Connection Connection =>
        _connection ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <inheritdoc/>
    public override string Kind => "spiking";

    internal override double FanOut => outputs;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        Neuron.Check(Duration);
        if (outputs < 1) throw new ConcordException($"The spiking layer {Name} was given {outputs} neurons; a layer has at least one.");
        TensorSize.Check($"The weight of the spiking layer {Name}", input.Length, outputs);
        _connection = new(new(new(input.Length, outputs), initializer, input.Length, outputs) { Name = $"{Name}.weight" });
        return new(outputs);
    }

    /// <summary>There is only that of <see cref="SpikeTangents"/>, for rules that ask for it (<c>TangentPlan.PassesSpikes</c>).</summary>
    public override bool HasTangent => true;

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape)
    {
        if (tangent is null) throw new InvalidOperationException($"The weight of {Name} has no direction that spikes could carry.");
        var weight = Connection.Weight.Value;
        var assumed = tape.Kernels.AssumedSpikes;
        var spikes = assumed is { } each ? Assumed(x, each) : tape.SpikesOf(x).Count;
        if (assumed is null)
        {
            var tangents = tape.State(_tangents, s_makeTangents);
            tangents.Forward(weight, tape.SpikesOf(x), tape.TangentsOf(x), tangent, tape.SpikesOf(y), result);
            tape.SetTangents(y, tangents.OfSpikes!);
        }
        tape.Kernels.Count("SpikeTangents", result.Shape, new(spikes * outputs, Words.Of(weight.Role, weight.Length)
            + Words.Of(Role.Activation, spikes + tangent.Length), Words.Of(Role.Activation, result.Length)));
    }

    private protected override ISpikingMap MapOf(Kernels kernels) => new SpikingDense(kernels, Input.Length, outputs, Neuron, Duration);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"spiking {Connection.Weight.Shape[0]} -> {outputs}, threshold {Neuron.Threshold}");
}
