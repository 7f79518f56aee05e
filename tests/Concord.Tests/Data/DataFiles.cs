using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Concord.Tests.Data;

/// <summary>Builds small data files in memory, right ones and wrong ones.</summary>
internal static class DataFiles
{
    public static byte[] Idx(uint magic, ReadOnlySpan<uint> axes, ReadOnlySpan<byte> elements)
    {
        var file = new byte[4 + 4 * axes.Length + elements.Length];
        BinaryPrimitives.WriteUInt32BigEndian(file, magic);
        for (var i = 0; i < axes.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(4 + 4 * i), axes[i]);
        elements.CopyTo(file.AsSpan(4 + 4 * axes.Length));
        return file;
    }

    public static byte[] Images(uint count, uint rows, uint columns) =>
        Idx(0x0803, [count, rows, columns], [.. Enumerable.Range(0, (int)(count * rows * columns)).Select(i => (byte)i)]);

    public static byte[] Labels(params byte[] labels) => Idx(0x0801, [(uint)labels.Length], labels);

    public static byte[] Gzip(byte[] contents)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize)) gzip.Write(contents);
        return packed.ToArray();
    }

    /// <summary>Records of CIFAR: pixels count up, labels are given.</summary>
    public static byte[] Cifar(int labelBytes, params byte[] labels)
    {
        var file = new byte[labels.Length * (labelBytes + 3072)];
        for (var n = 0; n < labels.Length; n++)
        {
            var record = file.AsSpan(n * (labelBytes + 3072), labelBytes + 3072);
            for (var i = labelBytes; i < record.Length; i++) record[i] = (byte)(i - labelBytes + n);
            record[labelBytes - 1] = labels[n];
        }
        return file;
    }

    /// <summary>The entries of a CIFAR-10 archive, out of order as in the original.</summary>
    public static (string Name, byte[] Contents, char Type)[] Cifar10Entries() =>
    [
        ("cifar-10-batches-bin/", [], '5'),
        .. new[] { 1, 3, 2, 5, 4 }.Select(i => ($"cifar-10-batches-bin/data_batch_{i}.bin", Cifar(1, (byte)i, 9), '0')),
        ("cifar-10-batches-bin/readme.html", "hello"u8.ToArray(), '0'),
        ("cifar-10-batches-bin/test_batch.bin", Cifar(1, 0, 7, 8), '0'),
    ];

    public static byte[] Tar(params IEnumerable<(string Name, byte[] Contents, char Type)> entries)
    {
        using var tar = new MemoryStream();
        foreach (var (name, contents, type) in entries)
        {
            var header = new byte[512];
            Encoding.ASCII.GetBytes(name, header);
            Encoding.ASCII.GetBytes(Convert.ToString(contents.Length, 8).PadLeft(11, '0'), header.AsSpan(124));
            header[156] = (byte)type;
            "ustar"u8.CopyTo(header.AsSpan(257));
            header.AsSpan(148, 8).Fill((byte)' ');
            Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0'), header.AsSpan(148));
            tar.Write(header);
            tar.Write(contents);
            tar.Write(new byte[(512 - contents.Length % 512) % 512]);
        }
        tar.Write(new byte[1024]);
        return tar.ToArray();
    }

    /// <summary>The message of the one exception that a user may see.</summary>
    public static string Refusal(Action read) => Assert.Throws<ConcordException>(read).Message;
}
