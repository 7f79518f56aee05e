using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Layers;

/// <summary>
/// Spiking neurons behind the filters of a convolution, without padding, one pixel from window to window
/// (<see cref="SpikingConvolution"/>). Shapes: x [N, H, W, C] and y [N, H - k + 1, W - k + 1, O] numbers of spikes, w [k, k, C, O] in
/// memory and [O, C, k, k] in files.
/// </summary>
/// <param name="filters">O.</param>
/// <param name="size">k.</param>
/// <param name="neuron">What the neurons are.</param>
/// <param name="duration">When the simulation ends, seconds.</param>
/// <param name="initializer">Where w starts.</param>
public sealed class SpikingConvolutionLayer(int filters, int size, SpikingNeuron neuron, double duration, Initializer initializer)
    : SpikingNeurons(neuron, duration)
{
    private ConvolutionConnection? _connection;

    /// <inheritdoc/>
    public override Connection Connection =>
        _connection ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <inheritdoc/>
    public override string Kind => "convolution";

    // The mean over input places: one near the border lies in fewer windows, and a spike reaches each filter once for every window.
    internal override double FanOut => (double)Output.Length * size * size / (Input[0] * Input[1]);

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        Neuron.Check(Duration);
        if (filters < 1) throw new ConcordException($"The convolution {Name} was given {filters} filters; it needs at least one.");
        var window = Window.Square(size);
        var output = ImageShape.Behind($"convolution {Name}", window, input, filters);
        TensorSize.Check($"The kernels of the convolution {Name}", size, size, input[2], filters);
        int fanIn = size * size * input[2], fanOut = size * size * filters;
        _connection = new(new(new(size, size, input[2], filters), initializer, fanIn, fanOut) { Name = $"{Name}.weight" }, window, 1, input,
            output);
        return output;
    }

    private protected override ISpikingMap MapOf(Kernels kernels) =>
        new SpikingConvolution(kernels, Input, filters, size, Neuron, Duration);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"spiking convolution {size}x{size}, {filters} filters, threshold {Neuron.Threshold}");
}
