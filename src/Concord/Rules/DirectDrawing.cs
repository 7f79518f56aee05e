using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>One way to draw direct projections: which numbers one takes, and how they come to be.</summary>
internal abstract class DirectDrawing
{
    private readonly int _largest;

    protected DirectDrawing(DirectOptions options, RuleState state)
    {
        (Options, State, Sources) = (options, state, state.Network.Output.Length);
        _largest = state.HiddenPorts.Select(port => port.Shape.Length).DefaultIfEmpty().Max();
    }

    protected DirectOptions Options { get; }

    protected RuleState State { get; }

    /// <summary>K.</summary>
    protected int Sources { get; }

    /// <summary>What takes less, for people.</summary>
    public abstract string Instead { get; }

    /// <summary>The axes of each tensor that is drawn for a port.</summary>
    public abstract IReadOnlyList<int[]> AxesOf(Port port);

    /// <summary>Draws a port's projection and registers its numbers.</summary>
    public abstract Projection Draw(Port port);

    /// <summary>A projection has an element for each of a port's units, or, if they are the same at every pixel, of its channels.</summary>
    protected int Units(Port port) => Options.Tiles(port) ? port.Shape[2] : port.Shape.Length;

    /// <summary>What a preset scales by.</summary>
    protected FeedbackExtent ExtentOf(Port port) =>
        new(Sources, port.Shape.Length, _largest, Options.NonZeros == 0 ? Sources : Options.NonZeros, DirectOptions.IsImage(port) ? port.Shape[2] : port.Shape.Length);

    /// <summary>Numbers of a port, from the preset's distribution.</summary>
    protected Tensor Filled(int[] axes, string stream, Port port, double scale)
    {
        var numbers = State.Kernels.Allocate(new(axes), Role.Feedback);
        Options.Preset.Fill(State.Kernels, State.Stream(stream), ExtentOf(port), scale, numbers);
        return numbers;
    }

    /// <summary>The distribution, for people.</summary>
    protected string Describe(Port port, double scale) => Options.Preset.Describe(ExtentOf(port), scale);
}
