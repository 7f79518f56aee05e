using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>Draws the projections of a direct rule, by its options.</summary>
internal static class DirectProjections
{
    public static IEnumerable<(Port Port, Projection Projection)> Draw(DirectOptions options, RuleState state)
    {
        var (preset, kernels, sources) = (options.Preset, state.Kernels, state.Network.Output.Length);
        List<Port> ports = [.. state.HiddenPorts];
        var images = options.Projection is ProjectionKind.Kernel or ProjectionKind.Dilated ? ports.Where(IsImage).ToList() : [];
        var nonZeros = options.NonZeros == 0 ? sources : options.NonZeros;
        var largest = ports.Select(port => port.Shape.Length).DefaultIfEmpty().Max();
        FeedbackExtent Extent(Port port) => new(sources, port.Shape.Length, largest, nonZeros, IsImage(port) ? port.Shape[2] : port.Shape.Length);

        if (images.Count > 0)
        {
            if (options.NonZeros > 0 || (options.Shared ?? preset.Shared))
                throw new ConcordException($"A {Name(options.Projection)} projection is drawn for each port, whole: it can be neither sparse nor a slice of a shared matrix. Give 'feedback.nonZerosPerNeuron=0' or 'feedback.shared=false', or use feedback.projection=channel-wise, which can be both.");
            foreach (var port in images)
            {
                yield return (port, OfImage(options, state, port, Extent(port)));
                ports.Remove(port);
            }
        }
        if (ports.Count == 0) yield break;

        // What is drawn for a port: an element for each of its units, or, if they are the same at every pixel, of its channels.
        bool IsTiled(Port port) => options.Projection == ProjectionKind.ChannelWise && IsImage(port);
        int Units(Port port) => IsTiled(port) ? port.Shape[2] : port.Shape.Length;
        Projection Tiled(Port port, Projection projection) => IsTiled(port) ? new ChannelWiseProjection(projection, sources, port.Shape) : projection;

        if (options.Rank > 0)
        {
            if (options.Shared ?? preset.Shared) throw new ConcordException($"A low-rank projection cannot be a slice of a shared matrix; give 'feedback.shared=false', or drop 'feedback.rank'.");
            foreach (var port in ports)
            {
                var (units, deviation, stream) = (Units(port), preset.DeviationOfProducts(Extent(port)) * options.Scale, state.Stream(port.Name));
                var product = options.NonZeros > 0
                    ? LowRankProjection.Sparse(kernels, sources, units, options.Rank, options.NonZeros, options.Classes, deviation, stream)
                    : LowRankProjection.Dense(kernels, sources, units, options.Rank, deviation, stream);
                foreach (var factor in product.Factors) state.Keep($"{port.Name}.{factor.Name}", factor.Values, factor.Besides);
                yield return (port, Tiled(port, product));
            }
        }
        else if (options.NonZeros > 0)
        {
            if (options.Shared == true) throw new ConcordException("A sparse projection cannot be a slice of a shared matrix; drop 'feedback.shared' or 'feedback.nonZerosPerNeuron'.");
            foreach (var port in ports)
            {
                var sparse = new SparseProjection(kernels, sources, Units(port), nonZeros, options.Classes, SparseBound(preset, Extent(port)) * options.Scale, state.Stream(port.Name));
                state.Keep(port.Name, sparse.Values, besides: sparse.Index.Length);
                yield return (port, Tiled(port, sparse));
            }
        }
        else if (options.Shared ?? preset.Shared)
        {
            // Units come first, so that the leading columns of the paper's K x d matrix are leading rows, in one piece.
            var widest = ports.MaxBy(Units)!;
            CheckRoom([widest], Units);
            var shared = kernels.Allocate(new(Units(widest), sources));
            preset.Fill(kernels, state.Stream("shared"), Extent(widest), options.Scale, shared);
            state.Keep($"{widest.Name}.shared", shared);   // two rules of a map may share a matrix each
            foreach (var port in ports)
            {
                var gain = preset.Spread(Extent(port)) / preset.Spread(Extent(widest));
                yield return (port, Tiled(port, new DenseProjection(shared.Rows(Units(port)), true, gain, preset.Describe(Extent(port), options.Scale))));
            }
        }
        else
        {
            CheckRoom(ports, Units);
            foreach (var port in ports)
            {
                var matrix = kernels.Allocate(new(sources, Units(port)));
                preset.Fill(kernels, state.Stream(port.Name), Extent(port), options.Scale, matrix);
                state.Keep(port.Name, matrix);
                yield return (port, Tiled(port, new DenseProjection(matrix, false, 1, preset.Describe(Extent(port), options.Scale))));
            }
        }

        void CheckRoom(IReadOnlyList<Port> drawn, Func<Port, int> units) => FeedbackRoom.Check(kernels, [.. drawn.Select(port => new FeedbackRoom.Extent(port.Name, sources, units(port)))],
            drawn.Any(port => IsImage(port) && !IsTiled(port))
                ? "Use feedback.projection=channel-wise, kernel or dilated, or a sparse one (feedback.nonZerosPerNeuron=1)."
                : "Use a sparse one: feedback.nonZerosPerNeuron=1.");
    }

    private static ImageProjection OfImage(DirectOptions options, RuleState state, Port port, FeedbackExtent extent)
    {
        var (kernels, size, image) = (state.Kernels, options.KernelSize, port.Shape);
        if (size % 2 == 0) throw new ConcordException($"The option feedback.kernel was given '{size}'; it takes an odd number of taps, so that the image keeps its size.");
        var tiled = options.Projection == ProjectionKind.Kernel;
        var kernel = kernels.Allocate(tiled ? new(size, size, extent.Sources, image[2]) : DilatedProjection.KernelOf(extent.Sources, image, options.Dilation));
        // As many elements make up a signal, or as few units hear one, so much smaller or larger are they.
        var scale = options.Scale * Math.Sqrt(tiled ? 1 / KernelProjection.MeanTaps(size, image) : (double)image[0] * image[1] / (kernel.Shape[0] * kernel.Shape[1]));
        options.Preset.Fill(kernels, state.Stream(port.Name), extent, scale, kernel);
        state.Keep(port.Name, kernel);
        var distribution = options.Preset.Describe(extent, scale);
        return tiled ? new KernelProjection(kernel, image, distribution) : new DilatedProjection(kernel, image, options.Dilation, distribution);
    }

    private static bool IsImage(Port port) => port.Shape.Rank == 3;

    private static string Name(ProjectionKind kind) => kind == ProjectionKind.Kernel ? "kernel" : "dilated";

    // Crafton's sparse bound belongs to the preset; the others keep the dense one's variance, so a normal spread becomes its uniform bound.
    private static double SparseBound(FeedbackPreset preset, FeedbackExtent extent) => preset.Spread(extent) * (preset.Normal ? Math.Sqrt(3) : 1);
}
