using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// A projection to a port of images [H, W, C] that is made of operations on images. Its results stand channels last, as the port does.
/// </summary>
/// <param name="sources">K.</param>
/// <param name="image">One sample's shape at the port, [H, W, C].</param>
public abstract class ImageProjection(int sources, Shape image) : Projection
{
    /// <summary>K.</summary>
    protected int Sources => sources;

    /// <summary>One sample's shape at the port, [H, W, C].</summary>
    protected Shape Image => image;

    /// <summary>H W.</summary>
    protected int Pixels => image[0] * image[1];

    /// <inheritdoc/>
    public override void MarkUsed(Span<bool> sources) => sources.Fill(true);

    /// <summary>
    /// Spreads one pixel over the image: the transposed map of the mean over all places, which divides by their number; so the pixel is
    /// multiplied by it first.
    /// </summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="pixel">[N, 1, 1, channels]; multiplied by H W.</param>
    /// <param name="tiled">[N, H, W, channels].</param>
    protected void Tile(Kernels kernels, Tensor pixel, Tensor tiled)
    {
        kernels.Combine(Pixels, pixel, 0, pixel);
        kernels.AveragePoolSignal(new(image[0], image[1]), pixel, tiled);
    }

    /// <summary>What it makes of one output's error alone, output by output, turned.</summary>
    /// <inheritdoc/>
    public override Tensor ToMatrix(Kernels kernels)
    {
        Tensor each = kernels.Allocate(new(sources, sources)), projected = kernels.Allocate(image.Batch(sources)),
            written = kernels.Allocate(new(image.Length, sources));
        kernels.OneHot([.. Enumerable.Range(0, sources)], each);
        Apply(kernels, new(), each, projected);
        kernels.TransposeEach(projected.Reshape(new(1, projected.Length)), image.Length, written.Reshape(new(1, written.Length)));
        return written;
    }
}
