using SkiaSharp;

namespace Concord.Tests.Images;

/// <summary>Writes small pictures.</summary>
internal static class Pictures
{
    /// <summary>A PNG or JPEG file, by its name's end, of pixels row after row, the channels of each together.</summary>
    public static void Write(string path, int height, int width, int channels, Func<int, int, int, int> value)
    {
        using var bitmap = channels == 1 ? new SKBitmap(width, height, SKColorType.Gray8, SKAlphaType.Opaque)
            : new SKBitmap(width, height, SKColorType.Rgba8888, channels is 2 or 4 ? SKAlphaType.Unpremul : SKAlphaType.Opaque);
        for (var row = 0; row < height; row++)
            for (var column = 0; column < width; column++)
            {
                byte At(int channel) => (byte)value(row, column, channel);
                bitmap.SetPixel(column, row, channels switch
                {
                    1 => new(At(0), At(0), At(0)), 2 => new(At(0), At(0), At(0), At(1)), 3 => new(At(0), At(1), At(2)),
                    _ => new(At(0), At(1), At(2), At(3)),
                });
            }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = File.Create(path);
        bitmap.Encode(stream, path.EndsWith(".png", StringComparison.Ordinal) ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg, 95);
    }

    /// <summary>Adds to a JPEG what a camera notes about how it was held: 1 to 8, as EXIF has it.</summary>
    public static void Hold(string path, byte orientation)
    {
        var jpeg = File.ReadAllBytes(path);
        // A segment of the kind APP1: its length, the mark, and a TIFF of one entry, the number 0x0112 of type short.
        byte[] note = [0xFF, 0xE1, 0, 34, .. "Exif"u8, 0, 0, .. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0,
            orientation, 0, 0, 0, 0, 0, 0];
        File.WriteAllBytes(path, [.. jpeg[..2], .. note, .. jpeg[2..]]);
    }

    /// <summary>
    /// Two classes that a small network learns at once: pictures that are bright above, and pictures that are bright below.
    /// </summary>
    public static void WriteClasses(string folder, int each = 12, int height = 8, int width = 8)
    {
        foreach (var name in (string[])["above", "below"])
            for (var i = 0; i < each; i++)
                Write(Path.Combine(folder, name, FormattableString.Invariant($"{i:00}{(i % 3 == 0 ? ".jpg" : ".png")}")), height, width, 1,
                    (row, column, _) => (row < height / 2 == (name == "above") ? 200 : 20) + (row * 7 + column * 3 + i * 5) % 30);
    }
}
