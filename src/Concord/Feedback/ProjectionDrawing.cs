using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// A projection before it is drawn: what it will take, so that room for all can be looked for first, and how it is drawn.
/// </summary>
/// <param name="Site">Where it ends.</param>
/// <param name="Axes">The axes of each of its tensors.</param>
/// <param name="Instead">What takes less, for people.</param>
/// <param name="Draw">Draws it, and registers its numbers.</param>
internal sealed record ProjectionDrawing(
    ProjectionSite Site, IReadOnlyList<int[]> Axes, string Instead, Func<FeedbackState, Projection> Draw)
{
    /// <summary>Draws all, if they fit into memory together.</summary>
    /// <exception cref="ConcordException">They do not.</exception>
    public static IReadOnlyList<Projection> DrawAll(IReadOnlyList<ProjectionDrawing> drawings, FeedbackState state)
    {
        TensorMemory.Check(state.Kernels, [.. drawings.SelectMany(drawing => drawing.Axes.Select(axes =>
            new TensorMemory.Extent($"The direct feedback of {drawing.Site.Name}", axes) { Instead = drawing.Instead }))]);
        return [.. drawings.Select(drawing => drawing.Draw(state))];
    }
}
