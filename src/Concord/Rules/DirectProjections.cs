using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>Draws the projections of a direct rule, by its options: each kind to the ports that it can reach.</summary>
internal sealed class DirectProjections
{
    private readonly DirectOptions _options;
    private readonly RuleState _state;
    private readonly List<Port> _ports;
    private readonly int _sources, _largest;
    private readonly bool _onImages;
    private (Port Widest, Tensor Matrix)? _shared;

    private DirectProjections(DirectOptions options, RuleState state)
    {
        (_options, _state, _ports, _sources) = (options, state, [.. state.HiddenPorts], state.Network.Output.Length);
        _onImages = options.Projection is ProjectionKind.Kernel or ProjectionKind.Dilated;
        _largest = _ports.Select(port => port.Shape.Length).DefaultIfEmpty().Max();
    }

    /// <summary>Draws a projection to each of the rule's hidden ports.</summary>
    /// <param name="options">The options.</param>
    /// <param name="state">The ports, and the streams that decide the draws.</param>
    /// <exception cref="ConcordException">Options exclude each other, or ask for more than fits in memory.</exception>
    public static IEnumerable<(Port Port, Projection Projection)> Draw(DirectOptions options, RuleState state)
    {
        var drawing = new DirectProjections(options, state);
        drawing.Refuse();
        FeedbackRoom.Check(state.Kernels, [.. drawing._ports.SelectMany(drawing.Room)], drawing.Instead);
        return drawing._ports.Select(port => (port, drawing.Draw(port)));
    }

    private void Refuse()
    {
        if (_onImages && _ports.Any(IsImage) && (_options.NonZeros > 0 || _options.Rank > 0 || _options.Shares))
            throw new ConcordException($"A {_options.ProjectionName} projection is drawn for each port, whole: it can be neither sparse nor of low rank nor a slice of a shared matrix. Give 'feedback.nonZerosPerNeuron=0', 'feedback.rank=0' or 'feedback.shared=false', or use feedback.projection=channel-wise, which can be all of these.");
        if (_options.Rank > 0 && _options.Shares) throw new ConcordException("A low-rank projection cannot be a slice of a shared matrix; give 'feedback.shared=false', or drop 'feedback.rank'.");
        if (_options.NonZeros > 0 && _options.Shared == true) throw new ConcordException("A sparse projection cannot be a slice of a shared matrix; drop 'feedback.shared' or 'feedback.nonZerosPerNeuron'.");
    }

    private Projection Draw(Port port)
    {
        if (IsImage(port) && _onImages) return OnImage(port);
        Projection projection = _options.Rank > 0 ? LowRank(port) : _options.NonZeros > 0 ? Sparse(port) : _options.Shares ? Slice(port) : Dense(port);
        return IsTiled(port) ? new ChannelWiseProjection(projection, _sources, port.Shape) : projection;
    }

    private LowRankProjection LowRank(Port port)
    {
        var (deviation, stream) = (_options.Preset.DeviationOfProducts(ExtentOf(port)) * _options.Scale, _state.Stream(port.Name));
        var product = _options.NonZeros > 0
            ? LowRankProjection.Sparse(_state.Kernels, _sources, Units(port), _options.Rank, _options.NonZeros, _options.Classes, deviation, stream)
            : LowRankProjection.Dense(_state.Kernels, _sources, Units(port), _options.Rank, deviation, stream);
        foreach (var factor in product.Factors) _state.Keep($"{port.Name}.{factor.Name}", factor.Values, factor.Besides);
        return product;
    }

    private SparseProjection Sparse(Port port)
    {
        // Crafton's sparse bound belongs to the preset; the others keep the dense one's variance, so a normal spread becomes its uniform bound.
        var bound = _options.Preset.Spread(ExtentOf(port)) * (_options.Preset.Normal ? Math.Sqrt(3) : 1) * _options.Scale;
        var sparse = new SparseProjection(_state.Kernels, _sources, Units(port), _options.NonZeros, _options.Classes, bound, _state.Stream(port.Name));
        _state.Keep(port.Name, sparse.Values, besides: sparse.Index.Length);
        return sparse;
    }

    private DenseProjection Slice(Port port)
    {
        var (widest, matrix) = _shared ??= Shared();
        var gain = _options.Preset.Spread(ExtentOf(port)) / _options.Preset.Spread(ExtentOf(widest));
        return new(matrix.Rows(Units(port)), unitsFirst: true, gain, _options.Preset.Describe(ExtentOf(port), _options.Scale));
    }

    // Units come first, so that the leading columns of the paper's K x d matrix are leading rows, in one piece.
    private (Port Widest, Tensor Matrix) Shared()
    {
        var widest = Widest;
        var matrix = Filled(new(Units(widest), _sources), "shared", widest, _options.Scale);
        _state.Keep($"{widest.Name}.shared", matrix);   // two rules of a map may share a matrix each
        return (widest, matrix);
    }

    private DenseProjection Dense(Port port)
    {
        var matrix = Filled(new(_sources, Units(port)), port.Name, port, _options.Scale);
        _state.Keep(port.Name, matrix);
        return new(matrix, unitsFirst: false, 1, _options.Preset.Describe(ExtentOf(port), _options.Scale));
    }

    private ImageProjection OnImage(Port port)
    {
        var (image, tiled, axes) = (port.Shape, _options.Projection == ProjectionKind.Kernel, KernelAxes(port));
        // As many elements make up a signal, or as few units hear one, so much smaller or larger are they.
        var scale = _options.Scale * Math.Sqrt(tiled ? 1 / KernelProjection.MeanTaps(_options.KernelSize, image) : (double)image[0] * image[1] / (axes[0] * axes[1]));
        var kernel = Filled(new(axes), port.Name, port, scale);
        _state.Keep(port.Name, kernel);
        var distribution = _options.Preset.Describe(ExtentOf(port), scale);
        return tiled ? new KernelProjection(kernel, image, distribution) : new DilatedProjection(kernel, image, _options.Dilation, distribution);
    }

    private Tensor Filled(Shape shape, string stream, Port port, double scale)
    {
        var matrix = _state.Kernels.Allocate(shape);
        _options.Preset.Fill(_state.Kernels, _state.Stream(stream), ExtentOf(port), scale, matrix);
        return matrix;
    }

    // What would be drawn for a port.
    private IEnumerable<FeedbackRoom.Extent> Room(Port port)
    {
        var name = $"The direct feedback of {port.Name}";
        if (IsImage(port) && _onImages) return [new(name, [.. KernelAxes(port)])];
        if (_options.Rank > 0 && _options.NonZeros > 0) return [new(name, _options.Rank, _options.NonZeros), new(name, Units(port), 1)];
        if (_options.Rank > 0) return [new(name, _sources, _options.Rank), new(name, _options.Rank, Units(port))];
        if (_options.NonZeros > 0) return [new(name, Units(port), _options.NonZeros)];
        return _options.Shares && port != Widest ? [] : [new(name, _sources, Units(port))];
    }

    private string Instead => _onImages ? "Use a smaller feedback.kernel or a larger feedback.dilation, or feedback.projection=channel-wise."
        : _options.Rank > 0 ? $"Use a smaller feedback.rank: {_sources} at most."
        : _options.NonZeros > 1 ? $"Use a smaller feedback.nonZerosPerNeuron: {_sources} at most."
        : _ports.Any(port => IsImage(port) && !IsTiled(port)) ? "Use feedback.projection=channel-wise, kernel or dilated, or a sparse one (feedback.nonZerosPerNeuron=1)."
        : "Use a sparse one: feedback.nonZerosPerNeuron=1.";

    private Port Widest => _ports.MaxBy(Units)!;

    private int[] KernelAxes(Port port) => _options.Projection == ProjectionKind.Kernel
        ? [_options.KernelSize, _options.KernelSize, _sources, port.Shape[2]]
        : DilatedProjection.KernelAxes(_sources, port.Shape, _options.Dilation);

    // A projection has an element for each of a port's units, or, if they are the same at every pixel, of its channels.
    private int Units(Port port) => IsTiled(port) ? port.Shape[2] : port.Shape.Length;

    private bool IsTiled(Port port) => _options.Projection == ProjectionKind.ChannelWise && IsImage(port);

    private FeedbackExtent ExtentOf(Port port) =>
        new(_sources, port.Shape.Length, _largest, _options.NonZeros == 0 ? _sources : _options.NonZeros, IsImage(port) ? port.Shape[2] : port.Shape.Length);

    private static bool IsImage(Port port) => port.Shape.Rank == 3;
}
