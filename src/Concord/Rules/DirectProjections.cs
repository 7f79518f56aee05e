using System.Globalization;
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
        if (ports.Count == 0) yield break;
        var nonZeros = options.NonZeros == 0 ? sources : options.NonZeros;
        var largest = ports.Max(port => port.Shape.Length);
        FeedbackExtent Extent(Port port) => new(sources, port.Shape.Length, largest, nonZeros);

        if (options.Rank > 0)
        {
            if (options.Shared ?? preset.Shared) throw new ConcordException($"A low-rank projection cannot be a slice of a shared matrix; give 'feedback.shared=false', or drop 'feedback.rank'.");
            foreach (var port in ports)
            {
                var (units, deviation, stream) = (port.Shape.Length, preset.DeviationOfProducts(Extent(port)) * options.Scale, state.Stream(port.Name));
                var product = options.NonZeros > 0
                    ? LowRankProjection.Sparse(kernels, sources, units, options.Rank, options.NonZeros, options.Classes, deviation, stream)
                    : LowRankProjection.Dense(kernels, sources, units, options.Rank, deviation, stream);
                foreach (var factor in product.Factors) state.Keep($"{port.Name}.{factor.Name}", factor.Values, factor.Besides);
                yield return (port, product);
            }
        }
        else if (options.NonZeros > 0)
        {
            if (options.Shared == true) throw new ConcordException("A sparse projection cannot be a slice of a shared matrix; drop 'feedback.shared' or 'feedback.nonZerosPerNeuron'.");
            foreach (var port in ports)
            {
                var sparse = new SparseProjection(kernels, sources, port.Shape.Length, nonZeros, options.Classes, SparseBound(preset, Extent(port)) * options.Scale, state.Stream(port.Name));
                state.Keep(port.Name, sparse.Values, besides: sparse.Index.Length);
                yield return (port, sparse);
            }
        }
        else if (options.Shared ?? preset.Shared)
        {
            Check(sources, ports.MaxBy(port => port.Shape.Length)!);
            // Units come first, so that the leading columns of the paper's K x d matrix are leading rows, in one piece.
            var widest = ports.First(port => port.Shape.Length == largest);
            var shared = kernels.Allocate(new(largest, sources));
            preset.Fill(kernels, state.Stream("shared"), Extent(widest), options.Scale, shared);
            state.Keep($"{widest.Name}.shared", shared);   // two rules of a map may share a matrix each
            foreach (var port in ports)
            {
                var gain = preset.Spread(Extent(port)) / preset.Spread(Extent(widest));
                yield return (port, new DenseProjection(shared.Rows(port.Shape.Length), true, gain, preset.Describe(Extent(port), options.Scale)));
            }
        }
        else
        {
            foreach (var port in ports)
            {
                Check(sources, port);
                var matrix = kernels.Allocate(new(sources, port.Shape.Length));
                preset.Fill(kernels, state.Stream(port.Name), Extent(port), options.Scale, matrix);
                state.Keep(port.Name, matrix);
                yield return (port, new DenseProjection(matrix, false, 1, preset.Describe(Extent(port), options.Scale)));
            }
        }
    }

    private static void Check(int sources, Port port)
    {
        var numbers = (long)sources * port.Shape.Length;
        if (numbers > int.MaxValue)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"A dense projection from {sources} outputs to {port.Name} ({port.Shape}, {port.Shape.Length:N0} units) would have {numbers:N0} numbers ({numbers * sizeof(float) / 1e9:0.0} GB), more than a tensor holds. Use sparse-dfa, which keeps two words a non-zero, or leave such blocks out: '{port.Name}=shallow,*=dfa'."));
    }

    // Crafton's sparse bound belongs to the preset; the others keep the dense one's variance, so a normal spread becomes its uniform bound.
    private static double SparseBound(FeedbackPreset preset, FeedbackExtent extent) => preset.Spread(extent) * (preset.Normal ? Math.Sqrt(3) : 1);
}
