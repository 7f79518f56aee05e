using Concord.Interchange;
using SkiaSharp;

namespace Concord.Images;

/// <summary>
/// Reads PNG and JPEG files as 8-bit pixels, upright where a camera noted how it was held. Transparent ones lie on white.
/// </summary>
internal static class ImageReader
{
    private const int MostBytes = 1 << 28, MostPixels = 1 << 26;
    private const string Smaller = "an image is smaller";

    /// <summary>Height, width, and whether there is colour, of a file that may still turn out to be damaged.</summary>
    /// <exception cref="ConcordException">It cannot be read, or is no such image.</exception>
    public static ImageKind KindOf(string path)
    {
        var bytes = Bytes(path);
        using var codec = Open(path, bytes);
        var size = OrientationOf(codec).Size;
        return new(size.Height, size.Width, IsColour(codec, bytes));
    }

    /// <summary>The pixels, channel after channel and row after row, resized where the image has another size.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">What it has.</param>
    /// <param name="channels">1 for grey, 3 for red, green, blue.</param>
    /// <param name="size">Height and width.</param>
    /// <param name="pixels">Receives channels x height x width numbers.</param>
    /// <returns>Height and width of the file's image.</returns>
    /// <exception cref="ConcordException">It cannot be read, or is damaged.</exception>
    public static ImageSize Read(string path, byte[] bytes, int channels, ImageSize size, Span<byte> pixels)
    {
        using var codec = Open(path, bytes);
        var orientation = OrientationOf(codec);
        var own = orientation.Size;
        // Red, green, blue, alpha as they stand in the file: no profile of colours is applied.
        var data = new byte[own.Pixels * Parts];
        var result = Decode(codec, new(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul), data);
        if (result != SKCodecResult.Success)
            throw Damaged(path, result == SKCodecResult.IncompleteInput ? "it ends before its last pixel" : "it is damaged");
        var plane = new byte[own.Pixels];
        for (var channel = 0; channel < channels; channel++)
        {
            for (var i = 0; i < plane.Length; i++)
            {
                var pixel = data.AsSpan(orientation.PixelAt(i / own.Width, i % own.Width) * Parts, Parts);
                int alpha = pixel[Parts - 1], value = channels > 1 ? pixel[channel] : Grey(pixel);
                plane[i] = (byte)((value * alpha + byte.MaxValue * (byte.MaxValue - alpha) + byte.MaxValue / 2) / byte.MaxValue);
            }
            Resizing.Mean(plane, own, pixels.Slice(channel * size.Pixels, size.Pixels), size);
        }
        return own;
    }

    private const int Parts = 4, KindOfPng = 25;

    private static unsafe SKCodecResult Decode(SKCodec codec, SKImageInfo info, byte[] data)
    {
        fixed (byte* first = data) return codec.GetPixels(info, (nint)first);
    }

    // Luma of ITU-R BT.601, in whole numbers; the value itself where all three are the same.
    private static int Grey(ReadOnlySpan<byte> pixel) => (299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2] + 500) / 1000;

    // Of PNG the file says it, whatever it is decoded to: 0 and 4 are grey.
    private static bool IsColour(SKCodec codec, byte[] bytes) =>
        codec.EncodedFormat == SKEncodedImageFormat.Png ? bytes[KindOfPng] is not (0 or 4) : codec.Info.ColorType != SKColorType.Gray8;

    private static Orientation OrientationOf(SKCodec codec) => new(codec.EncodedOrigin, new(codec.Info.Height, codec.Info.Width));

    private static SKCodec Open(string path, byte[] bytes)
    {
        using var data = SKData.CreateCopy(bytes);
        var codec = SKCodec.Create(data) ?? throw Damaged(path, "it is damaged");
        if (codec.EncodedFormat is SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg
            && codec.Info is { Width: > 0, Height: > 0 } info && (long)info.Width * info.Height <= MostPixels) return codec;
        var (height, width) = (codec.Info.Height, codec.Info.Width);
        codec.Dispose();
        throw Damaged(path, FormattableString.Invariant($"it has {height}x{width} pixels, and 1 to {MostPixels} are read"));
    }

    /// <summary>What a file has that begins as such an image does.</summary>
    /// <exception cref="ConcordException">It cannot be read, or does not.</exception>
    public static byte[] Bytes(string path) => Checked(SmallFile.Bytes(path, MostBytes, Smaller), path);

    /// <summary>The same of a stream.</summary>
    public static byte[] Bytes(Stream stream, string name)
    {
        var bytes = new MemoryStream();
        var piece = new byte[1 << 16];
        for (int count; (count = stream.Read(piece)) > 0; bytes.Write(piece, 0, count))
            if (bytes.Length + count > MostBytes) throw Damaged(name, $"it has more than {MostBytes} bytes; {Smaller}");
        return Checked(bytes.ToArray(), name);
    }

    private static byte[] Checked(byte[] bytes, string path)
    {
        var isPng = bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        return (isPng && bytes.Length > KindOfPng) || bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? bytes
            : throw Damaged(path, bytes.Length == 0 ? "it is empty" : "it is neither PNG nor JPEG");
    }

    private static ConcordException Damaged(string path, string why, Exception? error = null) =>
        new($"The image '{path}' cannot be decoded: {why}.", error);
}

/// <summary>What an image is before it is decoded.</summary>
internal readonly record struct ImageKind(int Height, int Width, bool IsColour);
