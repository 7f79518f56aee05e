using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// s(h, w, c) = (e D)_c at every pixel (h, w), with D [K, C], of any kind: K C numbers in place of K H W C. An element of D with the
/// variance of the exact projection's gives every unit a signal of the same variance; but a filter's gradient sums over pixels, and here
/// all of them pull the same way.
/// </summary>
/// <param name="channels">D: from K outputs to C channels.</param>
/// <param name="sources">K.</param>
/// <param name="image">One sample's shape at the port, [H, W, C].</param>
public sealed class ChannelWiseProjection(Projection channels, int sources, Shape image) : ImageProjection(sources, image)
{
    /// <summary>A projection that is drawn for the channels of a tiled site.</summary>
    internal static ProjectionDrawing Of(ProjectionDrawing channels) =>
        channels with { Draw = state => new ChannelWiseProjection(channels.Draw(state), channels.Site.Sources, channels.Site.Shape) };

    /// <inheritdoc/>
    public override string Description => string.Create(CultureInfo.InvariantCulture,
        $"channel-wise at {Image[0]}x{Image[1]} pixels, {channels.Description}");

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Workspace workspace, Tensor source, Tensor result)
    {
        var pixel = workspace.Get(kernels, this, "pixel", new(source.Shape.Rows, 1, 1, Image[2]), Role.Error);
        channels.Apply(kernels, workspace, source, pixel);
        Tile(kernels, pixel, result);
    }

    /// <inheritdoc/>
    public override void MarkUsed(Span<bool> sources) => channels.MarkUsed(sources);
}
