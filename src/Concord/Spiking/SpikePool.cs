using Concord.Numerics;

namespace Concord.Spiking;

/// <summary>
/// Pools the spikes of an image: the trains of size x size neurons of a channel become one, in the order of time, so that spike counts are
/// summed. There are no weights, and each derivative goes back to the spike that it belongs to. Neurons are numbered with channels last,
/// (y width + x) channels + c; rows and columns that fill no window are left out, with their spikes (Bacho and Chu, BATS).
/// </summary>
public sealed class SpikePool
{
    private readonly int[] _target;   // of each input neuron; -1 for none
    private readonly int _outputs;
    private int[] _sources = [], _sizes = [];
    private SpikeTrains? _input, _output;

    /// <summary>A pool.</summary>
    /// <param name="image">Height, width and channels.</param>
    /// <param name="size">Neurons along each side of a window.</param>
    /// <exception cref="ConcordException">No window fits.</exception>
    public SpikePool(Shape image, int size)
    {
        if (image.Rank != 3 || size < 1 || size > image[0] || size > image[1])
            throw new ConcordException($"A pool of {size} x {size} does not fit into an image of {image} (height x width x channels).");
        Output = new(image[0] / size, image[1] / size, image[2]);
        _outputs = Output.Length;
        _target = new int[image.Length];
        for (var i = 0; i < _target.Length; i++)
        {
            var (y, x, channel) = (i / image[2] / image[1] / size, i / image[2] % image[1] / size, i % image[2]);
            _target[i] = y < Output[0] && x < Output[1] ? (y * Output[1] + x) * image[2] + channel : -1;
        }
    }

    /// <summary>Height, width and channels of the result.</summary>
    public Shape Output { get; }

    /// <summary>Pools a batch.</summary>
    /// <param name="input">Spikes of the image; they must stay as they are until the walk down.</param>
    /// <param name="output">Receives those of the result.</param>
    /// <exception cref="ArgumentException">Neurons or precisions do not fit.</exception>
    public void Forward(SpikeTrains input, SpikeTrains output)
    {
        if (input.Neurons != _target.Length || output.Neurons != _outputs || input.ElementType != output.ElementType)
            throw new ArgumentException($"The pool takes spikes of {_target.Length} neurons and gives those of {_outputs}, but trains of "
                + $"{input.Neurons} and {output.Neurons} neurons were given, or their precisions differ.");
        (_input, _output) = (input, output);
        if (_sizes.Length < input.Samples) _sizes = new int[input.Samples];
        if (_sources.Length < input.Count) _sources = new int[input.Count * 5L / 4];
        var neurons = input.NeuronsOfEvents;
        var kept = 0;
        for (var sample = 0; sample < input.Samples; sample++)
        {
            var start = kept;
            for (var e = input.Offsets[sample]; e < input.Offsets[sample + 1]; e++)
                if (_target[neurons[e]] >= 0) _sources[kept++] = e;
            _sizes[sample] = kept - start;
        }
        output.Lay(_sizes.AsSpan(0, input.Samples));
        for (var i = 0; i < kept; i++) output.LaidNeurons[i] = _target[neurons[_sources[i]]];
        Copy(input.Times, output.Times, gather: true);
    }

    /// <summary>The walk down.</summary>
    /// <param name="signal">dLoss/dt for each event of the result, 1/s.</param>
    /// <param name="arriving">Receives dLoss/dt for each event of the image, 1/s: 0 for those left out.</param>
    /// <exception cref="InvalidOperationException">There was no walk upward.</exception>
    public void Backward(Tensor signal, Tensor arriving)
    {
        if (_input is null) throw new InvalidOperationException("The walk down needs a walk upward before it.");
        if (arriving.ElementType == ElementType.Single) arriving.Singles[.._input.Count].Clear();
        else arriving.Doubles[.._input.Count].Clear();
        Copy(signal, arriving, gather: false);
    }

    private void Copy(Tensor from, Tensor to, bool gather)
    {
        if (from.ElementType == ElementType.Single) Copy<float>(from.Singles, to.Singles, gather);
        else Copy<double>(from.Doubles, to.Doubles, gather);
    }

    private void Copy<T>(ReadOnlySpan<T> from, Span<T> to, bool gather)
    {
        var sources = _sources.AsSpan(0, _output!.Count);
        for (var i = 0; i < sources.Length; i++)
            if (gather) to[i] = from[sources[i]];
            else to[sources[i]] = from[i];
    }
}
