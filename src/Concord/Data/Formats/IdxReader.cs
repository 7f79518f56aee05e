using System.Buffers.Binary;
using Concord.Numerics;

namespace Concord.Data.Formats;

/// <summary>
/// IDX, the format of MNIST and its successors: big-endian 32-bit words (a magic number that says element type and number of axes, then
/// the axes), then unsigned bytes. Source: Y. LeCun, C. Cortes, C. Burges, the MNIST database's page.
/// </summary>
internal static class IdxReader
{
    private const int ImageMagic = 0x0803, LabelMagic = 0x0801, MostPixels = 1 << 24;

    /// <summary>Images of one channel.</summary>
    /// <param name="content">The file.</param>
    /// <param name="transposed">Whether each image is stored column by column, as EMNIST's are.</param>
    public static (Shape Shape, byte[] Pixels, FileHash Hash) Images(ContentStream content, bool transposed = false)
    {
        Span<byte> header = stackalloc byte[16];
        content.Fill(header, "header");
        ExpectMagic(content, header, ImageMagic, "images");
        long count = Word(header, 1), rows = Word(header, 2), columns = Word(header, 3);
        if (rows is 0 or > MostPixels || columns is 0 or > MostPixels || rows * columns > MostPixels)
            throw new ConcordException($"'{content.Name}' announces images of {rows} x {columns} pixels; "
                + $"1 to {ContentStream.N(MostPixels)} pixels were expected. It is damaged or not an IDX file; get it again.");
        if (count == 0) throw Empty(content);
        var pixels = content.Take(count * rows * columns, $"{ContentStream.N(count)} images of {rows} x {columns}");
        content.ExpectEnd();
        var hash = FileHash.Of(content.Name, header, pixels);
        if (transposed) (pixels, rows, columns) = (Turned(pixels, (int)rows, (int)columns), columns, rows);
        return (new(1, (int)rows, (int)columns), pixels, hash);
    }

    /// <summary>Labels, as they stand in the file.</summary>
    public static (byte[] Labels, FileHash Hash) Labels(ContentStream content)
    {
        Span<byte> header = stackalloc byte[8];
        content.Fill(header, "header");
        ExpectMagic(content, header, LabelMagic, "labels");
        var count = Word(header, 1);
        if (count == 0) throw Empty(content);
        var labels = content.Take(count, $"{ContentStream.N(count)} labels");
        content.ExpectEnd();
        return (labels, FileHash.Of(content.Name, header, labels));
    }

    private static uint Word(ReadOnlySpan<byte> header, int index) => BinaryPrimitives.ReadUInt32BigEndian(header[(4 * index)..]);

    private static void ExpectMagic(ContentStream content, ReadOnlySpan<byte> header, uint expected, string what)
    {
        var found = Word(header, 0);
        if (found != expected)
            throw new ConcordException($"'{content.Name}' begins with 0x{found:x8}, "
                + $"but IDX {what} begin with 0x{expected:x8} ({expected}). It is another kind of file; put the right one in its place.");
    }

    private static ConcordException Empty(ContentStream content) =>
        new($"'{content.Name}' announces no sample; at least one was expected. Get it again.");

    private static byte[] Turned(byte[] pixels, int rows, int columns)
    {
        var turned = new byte[pixels.Length];
        var size = rows * columns;
        Parallel.For(0, pixels.Length / size, n =>
        {
            var from = pixels.AsSpan(n * size, size);
            var to = turned.AsSpan(n * size, size);
            for (var row = 0; row < rows; row++)
                for (var column = 0; column < columns; column++) to[column * rows + row] = from[row * columns + column];
        });
        return turned;
    }
}
