using Concord.Feedback;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>A matrix [K, n] for each port.</summary>
internal class DenseDrawing(DirectOptions options, RuleState state) : DirectDrawing(options, state)
{
    /// <inheritdoc/>
    public override string Instead => State.HiddenPorts.Any(port => DirectOptions.IsImage(port) && !Options.Tiles(port))
        ? "Use feedback.projection=channel-wise, kernel or dilated, or a sparse one (feedback.nonZerosPerNeuron=1)."
        : "Use a sparse one: feedback.nonZerosPerNeuron=1.";

    /// <inheritdoc/>
    public override IReadOnlyList<int[]> AxesOf(Port port) => [[Sources, Units(port)]];

    /// <inheritdoc/>
    public override Projection Draw(Port port)
    {
        var matrix = Filled(AxesOf(port)[0], port.Name, port, Options.Scale);
        State.Keep(port.Name, matrix);
        return new DenseProjection(matrix, unitsFirst: false, 1, Describe(port, Options.Scale));
    }
}
