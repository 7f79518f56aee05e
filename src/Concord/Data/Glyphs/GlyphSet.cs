using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Data.Glyphs;

/// <summary>Generates glyph samples: sample i depends on the seed, the part and i alone, so any thread can paint any of them.</summary>
internal static class GlyphSet
{
    /// <summary>The most samples that one array holds.</summary>
    public static int Most => Array.MaxLength / GlyphPainter.Pixels;

    /// <param name="seed">Decides every pixel.</param>
    /// <param name="part"><c>train</c> or <c>test</c>.</param>
    /// <param name="count">How many samples; classes take turns.</param>
    public static (Samples Samples, FileHash Hash) Generate(long seed, string part, int count)
    {
        var glyphs = GlyphStrokes.All;
        var stream = RandomStream.FromSeed(seed).Split("glyphs").Split(part);
        var images = new byte[count * GlyphPainter.Pixels];
        var labels = new int[count];
        Parallel.For(0, count, i =>
        {
            labels[i] = i % glyphs.Count;
            GlyphPainter.Paint(glyphs[labels[i]], stream.At(i), images.AsSpan(i * GlyphPainter.Pixels, GlyphPainter.Pixels));
        });
        var samples = new Samples(new(1, GlyphPainter.Side, GlyphPainter.Side), images, labels, glyphs.Count);
        return (samples, FileHash.Of(part, [], images));
    }
}
