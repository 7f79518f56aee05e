using Concord.Numerics;
using Concord.Options;

namespace Concord.Data;

/// <summary>
/// Random views of training images: another part of the image, mirrored, with a hole, drawn again for every sample of every step.
/// Evaluation sees the image as it is, or its centre where views are smaller than the image.
/// </summary>
/// <remarks>
/// In this order: a random crop (zeros around the image are black before normalisation, as is usual; He et al., 2015), or a centre crop; a
/// horizontal flip; cutout (DeVries and Taylor, 2017: a square around a pixel drawn from the whole view, cut off at its edges, that is zero
/// after normalisation). All draws are words of a stream keyed by step and place in the batch: a resumed run sees the same views, on any
/// number of threads.
/// </remarks>
public sealed record Augmentation
{
    private const int DrawsPerSample = 8;   // whole blocks of the stream; five are used

    private static readonly OptionType<int> s_pixels = OptionType.Whole(1, 1 << 16).Called("a whole number of pixels from 1");

    private static readonly OptionType<(int First, int? Second)> s_sides = new($"{s_pixels.Words}, or HEIGHTxWIDTH", text =>
    {
        var sides = text.Split('x', 2);
        var areRead = s_pixels.TryParse(sides[0], out var first) & s_pixels.TryParse(sides[^1], out var second);
        return (areRead, (first, sides.Length == 1 ? null : second));
    }, sides => sides.Second is { } second ? FormattableString.Invariant($"{sides.First}x{second}") : s_pixels.Write(sides.First),
        sides => s_pixels.Allows(sides.First) && s_pixels.Allows(sides.Second ?? sides.First));

    private static readonly Option<(int First, int? Second)?>
        s_crop = new("crop", s_sides.Or("none"), ((int, int?)?)null,
            "Another part of the image: with one number, of the image's size after "
            + "so many pixels of zero are put around it; with two, of a smaller size, and evaluation takes the centre."),
        s_centreCrop = new("centre-crop", s_sides.Or("none"), ((int, int?)?)null, "The centre of the image, in training as well.");

    private static readonly Option<double> s_flip = new("flip", OptionType.NumberAbove(0, 1)
        .Called("a probability above 0 and at most 1, with a point for decimals"), 0,
        "Probability that an image is mirrored, left to right.")
        { Alone = "0.5" };

    private static readonly Option<int> s_cutout = new("cutout", s_pixels, 0,
        "Side of a square around a random pixel that is blotted out.");

    /// <summary>The options.</summary>
    public static IReadOnlyList<Option> Declared { get; } = [s_crop, s_centreCrop, s_flip, s_cutout];

    /// <summary>Images as they are.</summary>
    public static Augmentation None { get; } = new();

    /// <summary>Zeros put around the image before a crop of its own size is drawn; 0 for none.</summary>
    public int Padding { get; init; }

    /// <summary>Height and width of a random crop without padding; null for none.</summary>
    public (int Height, int Width)? Crop { get; init; }

    /// <summary>Height and width of a centre crop, in training too unless <see cref="Crop"/> is drawn; null for none.</summary>
    public (int Height, int Width)? CentreCrop { get; init; }

    /// <summary>The probability of a horizontal flip.</summary>
    public double Flip { get; init; }

    /// <summary>The side of the square that is blotted out; 0 for none.</summary>
    public int Cutout { get; init; }

    /// <summary>Whether images stay as they are.</summary>
    public bool IsNone => this == None;

    /// <summary>Whether every view is drawn the same: nothing but a centre crop.</summary>
    public bool IsFixed => this with { CentreCrop = null } == None;

    /// <summary>
    /// Reads <c>crop=4,flip,cutout=8</c>: <c>crop=4</c> pads by four pixels and crops back, <c>crop=24x24</c> crops without padding
    /// (evaluation takes the centre), <c>centre-crop=24</c> takes the centre everywhere, <c>flip</c> mirrors half of the images and
    /// <c>flip=0.3</c> that share. <c>none</c> is none.
    /// </summary>
    /// <exception cref="ConcordException">It cannot be read, or its parts contradict each other.</exception>
    public static Augmentation Parse(string text)
    {
        if (text.Equals("none", StringComparison.OrdinalIgnoreCase)) return None;
        var given = OptionWords.Read(text.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries), Declared,
            $"The augmentation '{text}'");
        var values = OptionValues.Read(Declared, given, $" of the augmentation '{text}'");
        var (crop, centre) = (values.Of(s_crop), values.Of(s_centreCrop));
        var augmentation = new Augmentation
        {
            Padding = crop is { Second: null } ? crop.Value.First : 0,
            Crop = crop is { Second: { } width } ? (crop.Value.First, width) : null,
            CentreCrop = centre is { } sides ? (sides.First, sides.Second ?? sides.First) : null,
            Flip = values.Of(s_flip), Cutout = values.Of(s_cutout),
        };
        if (augmentation is { Padding: > 0, CentreCrop: not null })
            throw Wrong(text, "pads and takes the centre at once. Write crop=HEIGHTxWIDTH for random crops of a smaller size");
        if (augmentation is { Crop: { } training, CentreCrop: { } evaluation } && training != evaluation) throw Wrong(text,
            $"crops to {training.Height}x{training.Width} in training and to {evaluation.Height}x{evaluation.Width} in evaluation. "
                + "Give one size");
        return augmentation;
    }

    /// <summary>The shape of a view.</summary>
    /// <param name="image">[C, H, W].</param>
    /// <exception cref="ConcordException">The samples are no images, or too small for it.</exception>
    public Shape ViewOf(Shape image)
    {
        if (IsNone) return image;
        if (image.Rank != 3)
            throw new ConcordException($"The augmentation '{this}' takes images of [channels, height, width], but a sample is {image}. "
                + "Leave it out (--augment none).");
        var (height, width) = Crop ?? CentreCrop ?? (image[1], image[2]);
        if (height > image[1] || width > image[2]) throw TooSmall(image, $"a crop to {height}x{width}");
        if (Padding >= Math.Min(image[1], image[2]))
            throw TooSmall(image, $"padding by {Padding}, after which a crop might hold no pixel of it");
        if (Cutout > Math.Min(height, width)) throw TooSmall(image, $"a hole of {Cutout}x{Cutout} in a view of {height}x{width}");
        return new(image[0], height, width);
    }

    /// <summary>The windows of the samples of a training step. Allocates nothing.</summary>
    /// <param name="stream">The stream of the step.</param>
    /// <param name="image">[C, H, W].</param>
    /// <param name="windows">One per sample.</param>
    public void Draw(RandomStream stream, Shape image, Span<SampleWindow> windows)
    {
        var view = ViewOf(image);
        int height = view[1], width = view[2];
        var centre = Centre(image);
        for (var n = 0; n < windows.Length; n++)
        {
            var at = DrawsPerSample * (ulong)n;
            var (top, left) = (centre.Top, centre.Left);
            if (Padding > 0 || Crop is not null)
            {
                top = stream.Below(at, image[1] + 2 * Padding - height + 1) - Padding;
                left = stream.Below(at + 1, image[2] + 2 * Padding - width + 1) - Padding;
            }
            SampleHole hole = default;
            if (Cutout > 0)
            {
                int y = stream.Below(at + 3, height) - Cutout / 2, x = stream.Below(at + 4, width) - Cutout / 2;
                hole = new(Math.Max(0, y), Math.Max(0, x), Math.Min(height, y + Cutout), Math.Min(width, x + Cutout));
            }
            windows[n] = new(top, left, Flip > 0 && stream.Uniform(at + 2) < Flip, hole);
        }
    }

    /// <summary>
    /// The window of a sample in evaluation: the centre of the image; where a pixel is left over, it stays at the bottom and the right.
    /// </summary>
    /// <param name="image">[C, H, W].</param>
    public SampleWindow Centre(Shape image)
    {
        var view = ViewOf(image);
        return new((image[1] - view[1]) / 2, (image[2] - view[2]) / 2, false, default);
    }

    /// <summary>What <see cref="Parse"/> takes back, every default written out.</summary>
    public override string ToString()
    {
        List<string> parts = [];
        if (Padding > 0) parts.Add(FormattableString.Invariant($"crop={Padding}"));
        if (Crop is { } crop) parts.Add(FormattableString.Invariant($"crop={crop.Height}x{crop.Width}"));
        if (CentreCrop is { } centre) parts.Add(FormattableString.Invariant($"centre-crop={centre.Height}x{centre.Width}"));
        if (Flip > 0) parts.Add(FormattableString.Invariant($"flip={Flip:R}"));
        if (Cutout > 0) parts.Add(FormattableString.Invariant($"cutout={Cutout}"));
        return parts.Count == 0 ? "none" : string.Join(',', parts);
    }

    private ConcordException TooSmall(Shape image, string what) =>
        new($"The augmentation '{this}' asks for {what}, but the images are {image[1]}x{image[2]}. Choose a smaller number.");

    private static ConcordException Wrong(string text, string how) =>
        new($"The augmentation '{text}' {how}. It takes words such as crop=4,flip,cutout=8, or none.");
}
