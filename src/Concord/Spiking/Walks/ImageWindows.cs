using Concord.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>
/// The windows of a convolution over the spikes of images: for each place of the result the spikes that it sees, in the order of time, with
/// the neuron of its window in place of that of the image; and the way back.
/// </summary>
internal sealed class ImageWindows : ISharedWork
{
    private const int Count = 0, Place = 1, Back = 2;

    private readonly Kernels _kernels;
    private readonly int _size, _channels, _width, _rows, _columns, _places;
    private readonly double _duration;
    private int[] _sizes = [], _next = [], _sources = [], _ends = [];
    private SpikeTrains _input = null!;
    private Tensor _windowSignals = null!, _arriving = null!;

    /// <summary>Windows of size x size over images of height x width x channels, whose events after the duration they leave out.</summary>
    public ImageWindows(Kernels kernels, Shape image, int size, double duration)
    {
        (_kernels, _size, _channels, _width, _duration) = (kernels, size, image[2], image[1], duration);
        (_rows, _columns) = (image[0] - size + 1, image[1] - size + 1);
        _places = _rows * _columns;
        Trains = new(size * size * _channels, kernels.ElementType);
    }

    /// <summary>The spikes of the windows: those of the first image, place by place, then those of the next.</summary>
    public SpikeTrains Trains { get; }

    /// <summary>Events of the images, not of the windows, that came after the end.</summary>
    public long Late { get; private set; }

    /// <summary>Takes a batch of images.</summary>
    public void Gather(SpikeTrains input)
    {
        _input = input;
        if (_ends.Length < input.Samples) _ends = new int[input.Samples];
        Late = input.Count;
        for (var sample = 0; sample < input.Samples; sample++)
            Late -= (_ends[sample] = input.EndOf(sample, _duration)) - input.Offsets[sample];
        var rows = checked(input.Samples * _places);
        if (_sizes.Length < rows) (_sizes, _next) = (new int[rows], new int[rows]);
        _kernels.Share(this, Count, input.Samples);
        Trains.Lay(_sizes.AsSpan(0, rows));
        if (_sources.Length < Trains.Count) _sources = new int[Trains.Count * 5L / 4];
        _kernels.Share(this, Place, input.Samples);
    }

    /// <summary>Adds up, for each event of the images, what belongs to it in the windows that saw it.</summary>
    public void Scatter(Tensor windows, Tensor images)
    {
        (_windowSignals, _arriving) = (windows, images);
        _kernels.Share(this, Back, _input.Samples);
    }

    /// <inheritdoc/>
    public void Run(int phase, int start, int end)
    {
        for (var sample = start; sample < end; sample++)
            if (phase == Back) ScatterSample(sample);
            else GatherSample(sample, phase == Place);
    }

    /// <summary>Counts the events of each window of a sample, or puts them there, in the order of the image: that of time.</summary>
    private void GatherSample(int sample, bool place)
    {
        var (input, first) = (_input, sample * _places);
        if (place)
            for (var row = first; row < first + _places; row++) _next[row] = Trains.Offsets[row];
        else _sizes.AsSpan(first, _places).Clear();
        for (var e = input.Offsets[sample]; e < _ends[sample]; e++)
        {
            var neuron = input.NeuronsOfEvents[e];
            var (y, x, channel) = (neuron / _channels / _width, neuron / _channels % _width, neuron % _channels);
            for (var ky = Math.Max(0, y - _rows + 1); ky <= Math.Min(y, _size - 1); ky++)
                for (var kx = Math.Max(0, x - _columns + 1); kx <= Math.Min(x, _size - 1); kx++)
                {
                    var row = first + (y - ky) * _columns + x - kx;
                    if (!place) _sizes[row]++;
                    else
                    {
                        var target = _next[row]++;
                        Trains.LaidNeurons[target] = (ky * _size + kx) * _channels + channel;
                        _sources[target] = e;
                    }
                }
        }
        if (!place) return;
        var (from, to) = (Trains.Offsets[first], Trains.Offsets[first + _places]);
        if (_kernels.ElementType == ElementType.Single) CopyTimes<float>(input.Times.Singles, Trains.Times.Singles, from, to);
        else CopyTimes<double>(input.Times.Doubles, Trains.Times.Doubles, from, to);
    }

    private void CopyTimes<T>(ReadOnlySpan<T> image, Span<T> windows, int from, int to)
    {
        for (var i = from; i < to; i++) windows[i] = image[_sources[i]];
    }

    /// <summary>Adds up what arrived at an event in the windows that saw it.</summary>
    private void ScatterSample(int sample)
    {
        var (start, end) = (_input.Offsets[sample], _input.Offsets[sample + 1]);
        var (from, to) = (Trains.Offsets[sample * _places], Trains.Offsets[(sample + 1) * _places]);
        if (_kernels.ElementType == ElementType.Single)
        {
            Span<float> image = _arriving.Singles, windows = _windowSignals.Singles;
            image[start..end].Clear();
            for (var i = from; i < to; i++) image[_sources[i]] += windows[i];
        }
        else
        {
            Span<double> image = _arriving.Doubles, windows = _windowSignals.Doubles;
            image[start..end].Clear();
            for (var i = from; i < to; i++) image[_sources[i]] += windows[i];
        }
    }
}
