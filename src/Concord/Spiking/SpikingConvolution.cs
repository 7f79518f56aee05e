using Concord.Numerics;
using Concord.Spiking.Walks;

namespace Concord.Spiking;

/// <summary>
/// Spikes through the filters of a convolution onto spiking neurons: no padding, one pixel from window to window. Each place of the result
/// is a dense layer of its own (<see cref="SpikingDense"/>) upon the spikes in its window, and all share their weights; so spikes and
/// gradients are exact, and windows without spikes cost next to nothing. Neurons are numbered with channels last,
/// (y width + x) channels + c.
/// </summary>
public sealed class SpikingConvolution : ISpikingMap
{
    private readonly Kernels _kernels;
    private readonly SpikingDense _dense;
    private readonly ImageWindows _windows;
    private Tensor? _windowSignals;
    private bool _isEvaluated;

    /// <summary>Room for the walks.</summary>
    /// <param name="kernels">The engine: its precision and its threads.</param>
    /// <param name="image">Height, width and channels of the input.</param>
    /// <param name="filters">Channels of the result.</param>
    /// <param name="size">Height and width of a window.</param>
    /// <param name="neuron">What the neurons are.</param>
    /// <param name="duration">When the simulation ends, seconds.</param>
    /// <exception cref="ConcordException">No window fits, or a parameter is out of its range.</exception>
    public SpikingConvolution(Kernels kernels, Shape image, int filters, int size, SpikingNeuron neuron, double duration)
    {
        if (image.Rank != 3 || size < 1 || size > image[0] || size > image[1])
            throw new ConcordException($"Windows of {size} x {size} do not fit into an image of {image} (height x width x channels).");
        (_kernels, Input, Output) = (kernels, image, new(image[0] - size + 1, image[1] - size + 1, filters));
        Copies = Math.Min(size, Output[0]) * Math.Min(size, Output[1]);
        _windows = new(kernels, image, size, duration);
        _dense = new(kernels, size * size * image[2], filters, neuron, duration, Output[0] * Output[1]);
    }

    /// <summary>Height, width and channels of the input.</summary>
    public Shape Input { get; }

    /// <summary>Height, width and channels of the result.</summary>
    public Shape Output { get; }

    /// <summary>A window of the middle sees as many pixels as windows see a pixel of the middle.</summary>
    internal int Copies { get; }

    int ISpikingMap.Copies => Copies;

    /// <inheritdoc cref="SpikingDense.Late"/>
    public long Late => _windows.Late;

    /// <inheritdoc cref="SpikingDense.CutOff"/>
    public long CutOff => _dense.CutOff;

    /// <inheritdoc cref="SpikingDense.Clipped"/>
    public long Clipped => _dense.Clipped;

    /// <inheritdoc cref="SpikingDense.SynapticOperations"/>
    public long SynapticOperations => _dense.SynapticOperations;

    /// <summary>The walk upward.</summary>
    /// <param name="weight">[size size channels, filters], the window's rows, columns and channels in this order.</param>
    /// <param name="input">Spikes of the image; they must stay as they are until the walk down.</param>
    /// <param name="output">Receives those of the result.</param>
    /// <exception cref="ArgumentException">Neurons, shapes or precisions do not fit.</exception>
    public void Forward(Tensor weight, SpikeTrains input, SpikeTrains output)
    {
        if (input.Neurons != Input.Length || input.ElementType != _kernels.ElementType)
            throw new ArgumentException($"The convolution takes {_kernels.ElementType} spikes of {Input.Length} neurons, but trains of "
                + $"{input.Neurons} in {input.ElementType} were given.");
        _isEvaluated = true;
        _windows.Gather(input);
        _dense.Forward(weight, _windows.Trains, output);
    }

    /// <summary>The walk down; each as in <see cref="SpikingDense.Backward"/>.</summary>
    /// <param name="signal">dLoss/dt for each event of the result, 1/s.</param>
    /// <param name="arriving">Receives dLoss/dt for each event of the image; null if it is not wanted.</param>
    /// <param name="carrier">What stands in the weight's place on the way to the inputs' times, of the weight's shape.</param>
    /// <param name="gradient">Receives dLoss/dw, summed over samples and places; null if it is not wanted.</param>
    /// <exception cref="InvalidOperationException">There was no walk upward.</exception>
    /// <exception cref="ArgumentException">Shapes or precisions do not fit, or the carrier is missing.</exception>
    public void Backward(Tensor signal, Tensor? arriving, Tensor? carrier, Accumulator? gradient)
    {
        if (!_isEvaluated) throw new InvalidOperationException("The walk down needs a walk upward before it.");
        if (arriving is not null) _windowSignals = _windows.Trains.ValuesOf(_windowSignals);
        _dense.Backward(signal, arriving is null ? null : _windowSignals, carrier, gradient);
        if (arriving is not null) _windows.Scatter(_windowSignals!, arriving);
    }
}
