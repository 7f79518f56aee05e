using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>One matrix, drawn for the widest port: every port takes leading columns of it, at a gain of its own.</summary>
internal sealed class SharedDrawing(DirectOptions options, RuleState state) : DenseDrawing(options, state)
{
    private Tensor? _shared;

    private Port Widest => State.HiddenPorts.MaxBy(Units)!;

    /// <inheritdoc/>
    public override IReadOnlyList<int[]> AxesOf(Port port) => port == Widest ? base.AxesOf(port) : [];

    /// <inheritdoc/>
    public override Projection Draw(Port port)
    {
        var widest = Widest;
        if (_shared is null)
        {
            // Units come first, so that the leading columns of the paper's K x d matrix are leading rows, in one piece.
            _shared = Filled([Units(widest), Sources], "shared", widest, Options.Scale);
            State.Keep($"{widest.Name}.shared", _shared);   // two rules of a map may share a matrix each
        }
        var gain = Options.Preset.Spread(ExtentOf(port)) / Options.Preset.Spread(ExtentOf(widest));
        return new DenseProjection(_shared.Rows(Units(port)), unitsFirst: true, gain, Describe(port, Options.Scale));
    }
}
