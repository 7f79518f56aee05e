using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// The K errors of a sample, tiled over the image as K channels, then convolved with a random kernel B [k, k, K, C], padded so that the
/// image keeps its size: s(h, w, c) = sum over the taps (a, b) that meet the image of (e B_ab)_c, as BioTorch and local alignment support
/// (Yang, Lee, Park 2024) do. k k K C numbers, k k times the work of the exact projection. Away from the borders the signal is the same at
/// every pixel: in effect a <see cref="ChannelWiseProjection"/> through the sum of the taps.
/// </summary>
/// <param name="kernel">B, [k, k, K, C], k odd.</param>
/// <param name="image">One sample's shape at the port, [H, W, C].</param>
/// <param name="distribution">What B was drawn from, for people.</param>
public sealed class KernelProjection(Tensor kernel, Shape image, string distribution = "given") : ImageProjection(kernel.Shape[2], image)
{
    /// <summary>A kernel for a site: as many elements make up a signal, so much smaller are they.</summary>
    internal static ProjectionDrawing At(ProjectionSite site, int size)
    {
        int[] axes = [size, size, site.Sources, site.Channels];
        return new(site, [axes], "Use a smaller feedback.kernel, or feedback.projection=channel-wise.", state =>
        {
            var scale = site.Scale * Math.Sqrt(1 / MeanTaps(size, site.Shape));
            var kernel = site.Fill(state, axes, site.Name, scale);
            state.Keep(site.Name, kernel);
            return new KernelProjection(kernel, site.Shape, site.Describe(scale));
        });
    }

    private int Size => kernel.Shape[0];

    private Window Window => Window.Square(Size, padding: (Size - 1) / 2);

    /// <inheritdoc/>
    public override string Description => string.Create(CultureInfo.InvariantCulture,
        $"kernel {Size}x{Size}x{Sources}x{Image[2]} on tiled errors, {kernel.Length:N0} words, {distribution}");

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Workspace workspace, Tensor source, Tensor result)
    {
        var rows = source.Shape.Rows;
        Tensor pixel = workspace.Get(kernels, this, "pixel", new(rows, 1, 1, Sources), Role.Error),
            tiled = workspace.Get(kernels, this, "tiled", new(rows, Image[0], Image[1], Sources), Role.Error);
        kernels.Copy(source, pixel);
        Tile(kernels, pixel, tiled);
        kernels.Convolve(Window, 1, tiled, kernel, null, result);
    }

    /// <summary>
    /// The taps that meet the image, on average over its pixels: the elements of B that each unit's signal is a sum of. Divided by its
    /// root, they give a signal of the exact projection's variance.
    /// </summary>
    /// <param name="size">k.</param>
    /// <param name="image">[H, W, C].</param>
    internal static double MeanTaps(int size, Shape image)
    {
        return Along(image[0]) * Along(image[1]);

        double Along(int length) => Enumerable.Range(0, length).Average(at =>
            Enumerable.Range(at - (size - 1) / 2, size).Count(tap => tap >= 0 && tap < length));
    }
}
