using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// s = g e D with a full matrix: N n K multiply-accumulates. D stands as [K, n], or, where several ports share the leading
/// columns of one matrix, as the leading rows of its transpose [n, K], which are contiguous.
/// </summary>
/// <param name="matrix">[K, n], or [n, K] if <paramref name="unitsFirst"/>.</param>
/// <param name="unitsFirst">Whether the port's units are the rows.</param>
/// <param name="gain">g.</param>
/// <param name="distribution">What it was drawn from, for people.</param>
public sealed class DenseProjection(Tensor matrix, bool unitsFirst = false, double gain = 1, string distribution = "given") : Projection
{
    private int Sources => unitsFirst ? matrix.Shape.RowLength : matrix.Shape.Rows;
    private int Units => unitsFirst ? matrix.Shape.Rows : matrix.Shape.RowLength;

    /// <summary>A matrix [K, n] of its own for a site.</summary>
    internal static ProjectionDrawing At(ProjectionSite site) => new(site, [[site.Sources, site.Drawn]],
        site.Shape.Rank == 3 && !site.IsTiled
            ? "Use feedback.projection=channel-wise, kernel or dilated, or a sparse one (feedback.nonZerosPerNeuron=1)."
            : "Use a sparse one: feedback.nonZerosPerNeuron=1.",
        state =>
        {
            var matrix = site.Fill(state, [site.Sources, site.Drawn], site.Name, site.Scale);
            state.Keep(site.Name, matrix);
            return new DenseProjection(matrix, unitsFirst: false, 1, site.Describe(site.Scale));
        });

    /// <summary>One matrix, drawn for the widest of several sites: every site takes leading columns of it, at a gain of its own.</summary>
    internal static IEnumerable<ProjectionDrawing> Shared(IReadOnlyList<ProjectionSite> sites)
    {
        var widest = sites.MaxBy(site => site.Drawn)!;
        Tensor? shared = null;
        return sites.Select(At).Select(own => own with
        {
            Axes = own.Site == widest ? own.Axes : [],
            Draw = state =>
            {
                // Units come first, so that the leading columns of the paper's K x d matrix are leading rows, in one piece. Two rules of a
                // map may share a matrix each.
                if (shared is null)
                {
                    shared = widest.Fill(state, [widest.Drawn, widest.Sources], "shared", widest.Scale);
                    state.Keep($"{widest.Name}.shared", shared);
                }
                return new DenseProjection(shared.Rows(own.Site.Drawn), unitsFirst: true, own.Site.Spread / widest.Spread,
                    own.Site.Describe(own.Site.Scale));
            },
        });
    }

    /// <inheritdoc/>
    public override string Description => $"dense {Sources}x{Units}, {distribution}";

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Workspace workspace, Tensor source, Tensor result) =>
        kernels.Product(source, false, matrix, unitsFirst, result, gain);

    /// <inheritdoc/>
    public override void MarkUsed(Span<bool> sources) => sources.Fill(true);

    /// <inheritdoc/>
    public override Tensor ToMatrix(Kernels kernels)
    {
        var written = kernels.Allocate(new(Units, Sources));
        for (var j = 0; j < Units; j++)
            for (var k = 0; k < Sources; k++)
                written[j * Sources + k] = gain * matrix[unitsFirst ? j * Sources + k : k * Units + j];
        return written;
    }
}
