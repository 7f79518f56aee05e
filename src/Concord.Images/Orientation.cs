using SkiaSharp;

namespace Concord.Images;

/// <summary>How a camera was held, by the note that it left in the file (EXIF): where the pixels of the upright image are stored.</summary>
/// <param name="origin">Where the first row and column of what is stored lie in the upright image.</param>
/// <param name="stored">Height and width of what is stored.</param>
internal readonly struct Orientation(SKEncodedOrigin origin, ImageSize stored)
{
    /// <summary>The upright image's height and width: those of what is stored, or the other way round.</summary>
    public ImageSize Size => origin >= SKEncodedOrigin.LeftTop ? new(stored.Width, stored.Height) : stored;

    /// <summary>The number, row after row, of the stored pixel that is at a place of the upright image.</summary>
    public int PixelAt(int row, int column)
    {
        var (lastRow, lastColumn) = (stored.Height - 1, stored.Width - 1);
        var (y, x) = origin switch
        {
            SKEncodedOrigin.TopRight => (row, lastColumn - column),
            SKEncodedOrigin.BottomRight => (lastRow - row, lastColumn - column),
            SKEncodedOrigin.BottomLeft => (lastRow - row, column),
            SKEncodedOrigin.LeftTop => (column, row),
            SKEncodedOrigin.RightTop => (lastRow - column, row),
            SKEncodedOrigin.RightBottom => (lastRow - column, lastColumn - row),
            SKEncodedOrigin.LeftBottom => (column, lastColumn - row),
            _ => (row, column),
        };
        return y * stored.Width + x;
    }
}
