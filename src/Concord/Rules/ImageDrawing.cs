using Concord.Feedback;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>A kernel for each port of images: over tiled errors, or dilated over one pixel.</summary>
internal sealed class ImageDrawing(DirectOptions options, RuleState state) : DirectDrawing(options, state)
{
    private bool IsTiled => Options.Projection == ProjectionKind.Kernel;

    /// <inheritdoc/>
    public override string Instead => $"Use a {(IsTiled ? "smaller feedback.kernel" : "larger feedback.dilation")}, or feedback.projection=channel-wise.";

    /// <inheritdoc/>
    public override IReadOnlyList<int[]> AxesOf(Port port) =>
        [IsTiled ? [Options.KernelSize, Options.KernelSize, Sources, port.Shape[2]] : DilatedProjection.KernelAxes(Sources, port.Shape, Options.Dilation)];

    /// <inheritdoc/>
    public override Projection Draw(Port port)
    {
        var (image, axes) = (port.Shape, AxesOf(port)[0]);
        // As many elements make up a signal, or as few units hear one, so much smaller or larger are they.
        var scale = Options.Scale * Math.Sqrt(IsTiled ? 1 / KernelProjection.MeanTaps(Options.KernelSize, image) : (double)image[0] * image[1] / (axes[0] * axes[1]));
        var kernel = Filled(axes, port.Name, port, scale);
        State.Keep(port.Name, kernel);
        return IsTiled ? new KernelProjection(kernel, image, Describe(port, scale)) : new DilatedProjection(kernel, image, Options.Dilation, Describe(port, scale));
    }
}
