using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// The transposed map of a dilated convolution that sees the whole image: the error reaches every D-th pixel of every D-th row, each
/// through elements of its own, B [ceil(H / D), ceil(W / D), C, K], and no other: a sparse D of K H W C / D^2 numbers and as many
/// multiply-accumulates per sample. After Han, Park, Ryu, Yoo 2020, whose sparse feedback to convolutions "comes with a form of dilated
/// convolution"; they apply it to the error image at a module's output, where here stands the error of the network's, an image of one
/// pixel.
/// </summary>
/// <param name="kernel">B.</param>
/// <param name="image">One sample's shape at the port, [H, W, C].</param>
/// <param name="dilation">D.</param>
/// <param name="distribution">What B was drawn from, for people.</param>
public sealed class DilatedProjection(Tensor kernel, Shape image, int dilation, string distribution = "given")
    : ImageProjection(kernel.Shape[3], image)
{
    // A stride as large as the image leaves one output, the pixel that the error is.
    private Window Window => new(kernel.Shape[0], kernel.Shape[1], Stride: Math.Max(Image[0], Image[1]), Dilation: dilation);

    /// <inheritdoc/>
    public override string Description => string.Create(CultureInfo.InvariantCulture,
        $"dilated {kernel.Shape[0]}x{kernel.Shape[1]} by {dilation}, {Sources}x{Image[2]} each, {kernel.Length:N0} words, {distribution}");

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Workspace workspace, Tensor source, Tensor result)
    {
        var pixel = workspace.Get(kernels, this, "pixel", new(source.Shape.Rows, 1, 1, Sources), Role.Error);
        kernels.Copy(source, pixel);
        kernels.ConvolveTransposed(Window, 1, pixel, kernel, result);
    }

    /// <summary>A kernel for a site: as few units receive an element, so much larger is it.</summary>
    internal static ProjectionDrawing At(ProjectionSite site, int dilation)
    {
        var image = site.Shape;
        int[] axes = [(image[0] - 1) / dilation + 1, (image[1] - 1) / dilation + 1, image[2], site.Sources];
        return new(site, [axes], "Use a larger feedback.dilation, or feedback.projection=channel-wise.", state =>
        {
            var scale = site.Scale * Math.Sqrt((double)image[0] * image[1] / (axes[0] * axes[1]));
            var kernel = site.Fill(state, axes, site.Name, scale);
            state.Keep(site.Name, kernel);
            return new DilatedProjection(kernel, image, dilation, site.Describe(scale));
        });
    }
}
