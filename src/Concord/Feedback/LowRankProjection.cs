using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// s = (e U) V with U [K, r] and V [r, n]: a projection D = U V of rank at most r, never written out. Dense factors take N r (K + n)
/// multiply-accumulates instead of N K n. With k classes for each of the r middle units, and one middle unit for each neuron, both factors
/// are gathers, N (r k + n): a neuron receives k classes, and neurons that receive the same ones do so in the same proportions
/// (Crafton, Parihar, Gebhardt, Raychowdhury 2019, the code's modes "rank" and "sparse and rank").
/// </summary>
public sealed class LowRankProjection : Projection
{
    private readonly Projection _down, _up;
    private readonly int _rank;

    private LowRankProjection(Projection down, Projection up, int rank, IReadOnlyList<Factor> factors, string description) =>
        (_down, _up, _rank, Factors, Description) = (down, up, rank, factors, description);

    /// <summary>A factor's elements, and the words it takes besides them: indices.</summary>
    /// <param name="Name"><c>down</c> (U) or <c>up</c> (V).</param>
    /// <param name="Values">The elements: of U [K, r], of V [r, n], or those of a sparse one.</param>
    /// <param name="IndexWords">Words of indices.</param>
    public readonly record struct Factor(string Name, Tensor Values, long IndexWords);

    /// <summary>What is kept: U, then V.</summary>
    public IReadOnlyList<Factor> Factors { get; }

    /// <inheritdoc/>
    public override string Description { get; }

    /// <summary>Two factors for a site: of k classes for each middle unit, or dense where k is 0.</summary>
    internal static ProjectionDrawing At(ProjectionSite site, int rank, int nonZeros, ClassAssignment classes) => new(site,
        nonZeros > 0 ? [[rank, nonZeros], [site.Drawn, 1]] : [[site.Sources, rank], [rank, site.Drawn]],
        $"Use a smaller feedback.rank: {site.Sources} at most.", state =>
        {
            var (deviation, stream) = (site.Distribution.DeviationOfProducts(site) * site.Scale, state.Stream(site.Name));
            var product = nonZeros > 0
                ? Sparse(state.Kernels, site.Sources, site.Drawn, rank, nonZeros, classes, deviation, stream)
                : Dense(state.Kernels, site.Sources, site.Drawn, rank, deviation, stream);
            foreach (var factor in product.Factors) state.Keep($"{site.Name}.{factor.Name}", factor.Values, factor.IndexWords);
            return product;
        });

    /// <summary>
    /// Draws dense factors from U(-1, 1) and scales V so that the elements of U V have a given standard deviation, about their mean.
    /// </summary>
    internal static LowRankProjection Dense(Kernels kernels, int sources, int units, int rank, double deviation, RandomStream stream)
    {
        Check(sources, rank);
        Tensor u = kernels.Allocate(new(sources, rank), Role.Feedback), v = kernels.Allocate(new(rank, units), Role.Feedback);
        kernels.FillUniform(stream.Split("down"), -1, 1, u);
        kernels.FillUniform(stream.Split("up"), -1, 1, v);
        // |U V|^2 = tr(U'U V V').
        Tensor gram = kernels.Allocate(new(rank, rank)), other = kernels.Allocate(gram.Shape);
        kernels.Product(u, true, u, false, gram);
        kernels.Product(v, false, v, true, other);
        kernels.Multiply(gram, other, gram);
        return Scaled(kernels, sources, units, kernels.Sum(gram), deviation,
            new(new DenseProjection(u), new DenseProjection(v), rank, [new("down", u, 0), new("up", v, 0)],
            FormattableString.Invariant($"rank {rank} {sources}x{units}, std {deviation:g3}")));
    }

    /// <summary>
    /// Draws r sets of k classes, which reach every class in balance, and gives each neuron one of them, in balance as
    /// <see cref="SparseProjection"/> does or not. The deviation is that of all elements of D about their mean, the zeros included.
    /// </summary>
    internal static LowRankProjection Sparse(Kernels kernels, int sources, int units, int rank, int nonZeros, ClassAssignment assignment,
        double deviation, RandomStream stream)
    {
        Check(sources, rank);
        if ((long)rank * nonZeros < sources)
            throw new ConcordException($"A projection of rank {rank} with {nonZeros} non-zeros per neuron reaches {(long)rank * nonZeros} "
                + $"of {sources} outputs at most; rank times non-zeros must be {sources} at least.");
        var down = new SparseProjection(kernels, sources, rank, nonZeros, ClassAssignment.Balanced, 1, stream.Split("down"));
        var up = new SparseProjection(kernels, rank, units, 1, assignment, 1, stream.Split("up"));
        // A neuron receives one set, so the squares of U V are the products of squares.
        var squares = SumOf(kernels, sources, units, rank, down.Squared(kernels), up.Squared(kernels));
        return Scaled(kernels, sources, units, squares, deviation,
            new(down, up, rank, [new("down", down.Values, down.Values.Length), new("up", up.Values, up.Values.Length)],
            string.Create(CultureInfo.InvariantCulture, $"rank {rank} sparse {sources}x{units}, {nonZeros} of {sources} per neuron, "
                + $"{assignment.ToString().ToLowerInvariant()}, std {deviation:g3}")));
    }

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Workspace workspace, Tensor source, Tensor result)
    {
        var middle = workspace.Get(kernels, this, "middle", new(source.Shape.Rows, _rank), Role.Error);
        _down.Apply(kernels, workspace, source, middle);
        _up.Apply(kernels, workspace, middle, result);
    }

    /// <inheritdoc/>
    public override void MarkUsed(Span<bool> sources) => _down.MarkUsed(sources);

    /// <inheritdoc/>
    public override Tensor ToMatrix(Kernels kernels)
    {
        Tensor down = _down.ToMatrix(kernels), up = _up.ToMatrix(kernels);   // U' and V'
        var written = kernels.Allocate(new(up.Shape.Rows, down.Shape.RowLength));
        kernels.Product(up, false, down, false, written);
        return written;
    }

    private static void Check(int sources, int rank)
    {
        if (rank < 1 || rank > sources) throw new ConcordException(
            $"A projection from {sources} outputs was given the rank {rank}; choose 1 to {sources}.");
    }

    // D itself, which may be far larger than its factors, is not written out.
    private static LowRankProjection Scaled(Kernels kernels, int sources, int units, double squares, double deviation,
        LowRankProjection projection)
    {
        var elements = (double)sources * units;
        var (mean, v) = (SumOf(kernels, sources, units, projection._rank, projection._down, projection._up) / elements,
            projection.Factors[1].Values);
        var drawn = Math.Sqrt(Math.Max(0, squares / elements - mean * mean));
        if (drawn > 0) kernels.Combine(deviation / drawn, v, 0, v);   // not on an engine without memory, which draws nothing
        return projection;
    }

    // All elements of D: what the projection makes of ones.
    private static double SumOf(Kernels kernels, int sources, int units, int rank, Projection down, Projection up)
    {
        Tensor ones = kernels.Allocate(new(1, sources)), middle = kernels.Allocate(new(1, rank)), result = kernels.Allocate(new(1, units));
        kernels.Fill(ones, 1);
        down.Apply(kernels, new(), ones, middle);
        up.Apply(kernels, new(), middle, result);
        return kernels.Sum(result);
    }
}
