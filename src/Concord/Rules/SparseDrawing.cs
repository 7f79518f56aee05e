using Concord.Feedback;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>k non-zeros for each of a port's units.</summary>
internal sealed class SparseDrawing(DirectOptions options, RuleState state) : DirectDrawing(options, state)
{
    /// <inheritdoc/>
    public override string Instead => $"Use a smaller feedback.nonZerosPerNeuron: {Sources} at most.";

    /// <inheritdoc/>
    public override IReadOnlyList<int[]> AxesOf(Port port) => [[Units(port), Options.NonZeros]];

    /// <inheritdoc/>
    public override Projection Draw(Port port)
    {
        // Crafton's sparse bound belongs to the preset; the others keep the dense one's variance, so a normal spread becomes its uniform bound.
        var bound = Options.Preset.Spread(ExtentOf(port)) * (Options.Preset.Normal ? Math.Sqrt(3) : 1) * Options.Scale;
        var sparse = new SparseProjection(State.Kernels, Sources, Units(port), Options.NonZeros, Options.Classes, bound, State.Stream(port.Name));
        State.Keep(port.Name, sparse.Values, besides: sparse.Index.Length);
        return sparse;
    }
}
