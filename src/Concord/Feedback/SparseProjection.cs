using Concord.Layers;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Feedback;

/// <summary>How the non-zeros of a sparse projection are spread over the classes.</summary>
public enum ClassAssignment
{
    /// <summary>Every class reaches the same number of neurons, give or take one: no error is lost.</summary>
    Balanced,

    /// <summary>Each neuron's classes are drawn uniformly, as Crafton 2019 does; some classes may reach no neuron at all.</summary>
    Uniform,
}

/// <summary>
/// s_j = sum over the k non-zeros of neuron j of b_ji e_c(j,i): stored as index and value, applied as a gather, N n k
/// multiply-accumulates instead of N n K (Crafton, Parihar, Gebhardt, Raychowdhury 2019; one non-zero is their headline setting).
/// </summary>
public sealed class SparseProjection : Projection
{
    private readonly int _sources;
    private readonly Lazy<int[]> _index;   // millions of draws, of which a cost needs none
    private readonly bool _receivesAll;
    private int[]? _blank;
    private readonly Tensor _values;
    private readonly string _distribution;

    /// <summary>Draws which classes each neuron receives, and the values.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="sources">K.</param>
    /// <param name="units">n.</param>
    /// <param name="nonZeros">k, from 1 to K.</param>
    /// <param name="assignment">How classes are spread.</param>
    /// <param name="bound">Values are U(-bound, bound).</param>
    /// <param name="stream">Decides the draw.</param>
    /// <exception cref="ConcordException">k is out of range.</exception>
    public SparseProjection(Kernels kernels, int sources, int units, int nonZeros, ClassAssignment assignment, double bound,
        RandomStream stream)
    {
        if (nonZeros < 1 || nonZeros > sources)
            throw new ConcordException($"A sparse projection from {sources} outputs was given {nonZeros} non-zeros per neuron; choose 1 "
                + $"to {sources}.");
        _sources = sources;
        _index = new(() => Assign(sources, units, nonZeros, assignment, stream.Split("classes")));
        _receivesAll = assignment == ClassAssignment.Balanced && (long)units * nonZeros >= sources;   // a whole deck is dealt
        _values = kernels.Allocate(new(units, nonZeros), Role.Feedback);
        kernels.FillUniform(stream.Split("values"), -bound, bound, _values);
        _distribution = FormattableString.Invariant(
            $"{nonZeros} of {sources} per neuron, {assignment.ToString().ToLowerInvariant()}, std {bound / Math.Sqrt(3):g3}");
    }

    private SparseProjection(SparseProjection other, Tensor values) => (_sources, _index, _receivesAll, _values, _distribution) =
        (other._sources, other._index, other._receivesAll, values, other._distribution);

    /// <summary>k non-zeros for each of a site's units.</summary>
    internal static ProjectionDrawing At(ProjectionSite site, ClassAssignment classes) => new(site, [[site.Drawn, site.NonZeros]],
        $"Use a smaller feedback.nonZerosPerNeuron: {site.Sources} at most.", state =>
        {
            // Crafton's sparse bound belongs to the preset; the others keep the dense one's variance, so a normal spread becomes its
            // uniform bound.
            var bound = site.Spread * (site.Distribution.Normal ? Math.Sqrt(3) : 1) * site.Scale;
            var sparse = new SparseProjection(state.Kernels, site.Sources, site.Drawn, site.NonZeros, classes, bound,
                state.Stream(site.Name));
            state.Keep(site.Name, sparse.Values, extraWords: sparse.Values.Length);
            return sparse;
        });

    /// <summary>For each neuron, the classes it receives: n times k column numbers.</summary>
    public ReadOnlySpan<int> Index => _index.Value;

    /// <summary>The values, n x k.</summary>
    public Tensor Values => _values;

    /// <inheritdoc/>
    public override string Description => $"sparse {_sources}x{_values.Shape.Rows}, {_distribution}";

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Workspace workspace, Tensor source, Tensor result) =>
        kernels.Gather(source, kernels is PlanningKernels ? _blank ??= new int[_values.Length] : _index.Value, _values, result);

    /// <summary>The same classes, received with the squares of the values.</summary>
    internal SparseProjection Squared(Kernels kernels)
    {
        var squares = kernels.Allocate(_values.Shape, Role.Feedback);
        kernels.Multiply(_values, _values, squares);
        return new(this, squares);
    }

    /// <inheritdoc/>
    public override void MarkUsed(Span<bool> sources)
    {
        if (_receivesAll) sources.Fill(true);
        else
            foreach (var source in Index) sources[source] = true;
    }

    /// <inheritdoc/>
    public override Tensor ToMatrix(Kernels kernels)
    {
        var (units, nonZeros) = (_values.Shape.Rows, _values.Shape.RowLength);
        var written = kernels.Allocate(new(units, _sources));
        var index = Index;
        for (var entry = 0; entry < index.Length; entry++) written[entry / nonZeros * _sources + index[entry]] = _values[entry];
        return written;
    }

    private static int[] Assign(int sources, int units, int nonZeros, ClassAssignment assignment, RandomStream stream)
    {
        var index = new int[units * nonZeros];
        var deck = Enumerable.Range(0, sources).ToArray();
        var next = sources;   // the deck is used up: shuffle before the first draw
        for (var unit = 0; unit < units; unit++)
        {
            var mine = index.AsSpan(unit * nonZeros, nonZeros);
            if (assignment == ClassAssignment.Uniform) next = sources;
            for (var i = 0; i < nonZeros; i++)
            {
                if (next == sources)
                {
                    stream.At(unit * 2L + (i > 0 ? 1 : 0)).Shuffle(deck.AsSpan());
                    next = 0;
                }
                // A neuron that the last deck began and this one ends must not receive a class twice: swap in one it has not received.
                for (var other = next + 1; mine[..i].Contains(deck[next]); other++) (deck[next], deck[other]) = (deck[other], deck[next]);
                mine[i] = deck[next++];
            }
            mine.Sort();
        }
        return index;
    }
}
