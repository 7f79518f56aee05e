using Concord.Numerics;
using Concord.Spiking.Walks;

namespace Concord.Spiking;

/// <summary>
/// Spikes through a dense weight onto spiking neurons, exactly and without time steps, and the exact way back. It keeps what the walk down
/// needs of one batch, so each pass has one of its own; weights, and what stands in their place, are given. Batches may differ in size, and
/// once warm none allocates.
/// <para>
/// Every spike of a neuron has a time t_k that depends on the weights, on the times of the inputs before it, and on the neuron's own
/// earlier spikes. From delta_k = dLoss/dt_k the walk down finds dLoss/dw for each weight and dLoss/dt for each input event, in time
/// linear in the number of events (Bacho and Chu, BATS: exact error backpropagation through spikes, for several spikes a neuron). A
/// weight is transported in one place only, on the way from a neuron's sums to the times of its inputs; any matrix of its shape, a
/// carrier, can stand there. Whether a spike is there at all is not differentiated.
/// </para>
/// </summary>
public sealed class SpikingDense : ISpikingMap
{
    private readonly Kernels _kernels;
    private readonly DenseWalk _walk;
    private readonly Shape _weightShape;
    private readonly int _rowsPerSample;
    private SpikeTrains? _input, _output;

    /// <summary>Room for the walks.</summary>
    /// <param name="kernels">The engine: its precision and its threads.</param>
    /// <param name="inputs">Input neurons.</param>
    /// <param name="outputs">Neurons of the layer.</param>
    /// <param name="neuron">What they are.</param>
    /// <param name="duration">When the simulation ends, seconds; later events have no effect and are counted.</param>
    /// <exception cref="ConcordException">A parameter is out of its range.</exception>
    public SpikingDense(Kernels kernels, int inputs, int outputs, SpikingNeuron neuron, double duration)
        : this(kernels, inputs, outputs, neuron, duration, 1) { }

    /// <summary>Room for walks in which several rows of input make one sample of output, as the places of an image do.</summary>
    internal SpikingDense(Kernels kernels, int inputs, int outputs, SpikingNeuron neuron, double duration, int rowsPerSample)
    {
        neuron.Check(duration);
        if (inputs <= 0 || outputs <= 0)
            throw new ConcordException($"A spiking layer has inputs and neurons, but {inputs} inputs and {outputs} neurons were given.");
        (_kernels, _weightShape, _rowsPerSample, Neuron, Duration) = (kernels, new(inputs, outputs), rowsPerSample, neuron, duration);
        _walk = DenseWalk.Of(kernels, inputs, outputs, neuron, duration, rowsPerSample);
    }

    /// <summary>What the neurons are.</summary>
    public SpikingNeuron Neuron { get; }

    /// <summary>When the simulation ends, seconds.</summary>
    public double Duration { get; }

    int ISpikingMap.Copies => 1;

    /// <summary>Input events of the last batch that came after the end.</summary>
    public long Late => _walk.Late;

    /// <summary>Neurons, over the samples of the last batch, that would have fired once more than they may.</summary>
    public long CutOff => _walk.CutOff;

    /// <summary>Spikes whose slope was clipped on the last walk down.</summary>
    public long Clipped => _walk.Clipped;

    /// <summary>The accumulates that the last batch's way up took: input events times neurons.</summary>
    public long SynapticOperations => (_input is null ? 0 : _input.Count - Late) * _weightShape[1];

    /// <summary>The walk upward: finds all spikes of a batch, in the order of time.</summary>
    /// <param name="weight">[inputs, outputs].</param>
    /// <param name="input">The inputs' spikes; they must stay as they are until the walk down.</param>
    /// <param name="output">Receives the neurons' spikes.</param>
    /// <exception cref="ArgumentException">Neurons, shapes or precisions do not fit.</exception>
    public void Forward(Tensor weight, SpikeTrains input, SpikeTrains output)
    {
        Fits(weight, "weight");
        Fits(input, _weightShape[0], "inputs");
        Fits(output, _weightShape[1] * _rowsPerSample, "neurons");
        (_input, _output) = (input, output);
        _walk.Forward(weight, input, output);
    }

    /// <summary>The walk down, from dLoss/dt of the neurons' spikes.</summary>
    /// <param name="signal">dLoss/dt_k for each event of the output, 1/s.</param>
    /// <param name="arriving">Receives dLoss/dt for each event of the input, 1/s; null if it is not wanted.</param>
    /// <param name="carrier">
    /// What stands in the weight's place on the way to the inputs' times, [inputs, outputs]: the weight itself for the exact gradient. Only
    /// read if that is wanted.
    /// </param>
    /// <param name="gradient">Receives dLoss/dw, [inputs, outputs], summed over the samples; null if it is not wanted.</param>
    /// <exception cref="InvalidOperationException">There was no walk upward.</exception>
    /// <exception cref="ArgumentException">Shapes or precisions do not fit, or the carrier is missing.</exception>
    public void Backward(Tensor signal, Tensor? arriving, Tensor? carrier, Accumulator? gradient)
    {
        if (_input is null || _output is null) throw new InvalidOperationException("The walk down needs a walk upward before it.");
        Fits(signal, _output, "signal");
        if (arriving is not null)
        {
            Fits(arriving, _input, "arriving signal");
            Fits(carrier ?? throw new ArgumentException("A signal for the inputs needs a carrier in the weight's place."), "carrier");
        }
        if (gradient is { } sink) Fits(sink.Target, "gradient");
        _walk.Backward(carrier, signal, arriving, gradient);
    }

    private void Fits(Tensor tensor, string what)
    {
        if (tensor.Shape != _weightShape || tensor.ElementType != _kernels.ElementType)
            throw new ArgumentException($"The {what} of the layer is {_kernels.ElementType} {_weightShape}, but {tensor} was given.");
    }

    private void Fits(Tensor values, SpikeTrains trains, string what)
    {
        if (values.Length < trains.Count || values.ElementType != _kernels.ElementType)
            throw new ArgumentException($"The {what} is {_kernels.ElementType} numbers for {trains.Count} events, but {values} was "
                + "given.");
    }

    private void Fits(SpikeTrains trains, int neurons, string what)
    {
        if (trains.Neurons != neurons || trains.ElementType != _kernels.ElementType)
            throw new ArgumentException($"The layer has {neurons} {what} in {_kernels.ElementType}, but spike trains of "
                + $"{trains.Neurons} neurons in {trains.ElementType} were given.");
    }
}
