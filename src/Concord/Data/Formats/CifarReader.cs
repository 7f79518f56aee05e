using System.Text;
using Concord.Numerics;

namespace Concord.Data.Formats;

/// <summary>What tells CIFAR-10's files from CIFAR-100's.</summary>
/// <param name="Folder">The folder inside the archive.</param>
/// <param name="Train">Files of training records, in order.</param>
/// <param name="Test">The file of test records.</param>
/// <param name="LabelBytes">Bytes before the pixels; the last of them is the label (CIFAR-100: the fine one).</param>
/// <param name="Classes">How many classes.</param>
/// <param name="ClassNames">The file of class names, one per line.</param>
internal sealed record CifarFormat(string Folder, string[] Train, string Test, int LabelBytes, int Classes, string ClassNames)
{
    public static CifarFormat Cifar10 { get; } = new("cifar-10-batches-bin",
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"], "test_batch.bin", 1, 10,
        "batches.meta.txt");

    public static CifarFormat Cifar100 { get; } = new("cifar-100-binary", ["train.bin"], "test.bin", 2, 100, "fine_label_names.txt");

    /// <summary>Every file of the set; the class names come last and may be missing.</summary>
    public IEnumerable<string> Files => [.. Train, Test, ClassNames];
}

/// <summary>
/// CIFAR's binary files: records of label bytes and 1,024 red, 1,024 green, 1,024 blue bytes, each plane row by row
/// (A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009). They are read from a folder or an archive.
/// </summary>
internal static class CifarReader
{
    private const int PixelBytes = 3 * 32 * 32;
    private const long MostArchiveBytes = 1L << 30;   // the official ones hold 184 million

    /// <summary>Everything that was in the files.</summary>
    internal sealed record Contents(Samples Train, Samples Test, IReadOnlyList<string>? ClassNames, IReadOnlyList<FileHash> Hashes);

    /// <summary>Reads a tar archive, packed or not.</summary>
    /// <exception cref="ConcordException">It is damaged, incomplete or hostile.</exception>
    public static Contents ReadArchive(CifarFormat format, ContentStream archive)
    {
        var files = new Dictionary<string, byte[]>();
        var expected = format.Files.ToDictionary(file => $"{format.Folder}/{file}");
        var tar = new TarReader(archive, MostArchiveBytes);
        while (tar.Next())
        {
            var name = tar.EntryName.StartsWith("./", StringComparison.Ordinal) ? tar.EntryName[2..] : tar.EntryName;
            if (!expected.TryGetValue(name, out var file)) continue;
            if (!tar.IsFile)
                throw new ConcordException($"'{archive.Name}' has the entry '{name}' as a link or folder, but a file was expected. "
                    + "Do not trust this archive; get it again.");
            if (!files.TryAdd(file, tar.Contents()))
                throw new ConcordException($"'{archive.Name}' has the entry '{name}' twice. Do not trust this archive; get it again.");
        }
        return Assemble(format, files, archive.Name);
    }

    /// <summary>Reads the files from a folder.</summary>
    /// <exception cref="ConcordException">A file is missing or damaged.</exception>
    public static Contents ReadFolder(CifarFormat format, string folder)
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var file in format.Files)
        {
            var path = Path.Combine(folder, file);
            if (!File.Exists(path) && file == format.ClassNames) continue;
            using var content = ContentStream.Open(path);
            files.Add(file, content.Take(content.FileLength, "records"));
        }
        return Assemble(format, files, folder);
    }

    private static Contents Assemble(CifarFormat format, Dictionary<string, byte[]> files, string where)
    {
        foreach (var file in format.Files.SkipLast(1))
            if (!files.ContainsKey(file)) throw new ConcordException($"'{where}' has no file '{format.Folder}/{file}'; "
                + $"expected were {string.Join(", ", format.Files.SkipLast(1))}. Get the binary version of the data set again.");
        var binaries = format.Files.SkipLast(1).ToArray();
        var hashing = Task.Run(() => binaries.Select(file => FileHash.Of(file, [], files[file])).ToArray());
        var train = Unpack(format, format.Train, files, where);
        var test = Unpack(format, [format.Test], files, where);
        return new(train, test, files.TryGetValue(format.ClassNames, out var text) ? ClassNames(format, text) : null,
            hashing.GetAwaiter().GetResult());
    }

    private static Samples Unpack(CifarFormat format, string[] names, Dictionary<string, byte[]> files, string where)
    {
        var record = format.LabelBytes + PixelBytes;
        var total = 0L;
        foreach (var name in names)
        {
            var length = files[name].Length;
            if (length == 0 || length % record != 0)
                throw new ConcordException($"'{name}' in '{where}' has {ContentStream.N(length)} bytes, but a whole number of records of "
                    + $"{ContentStream.N(record)} bytes was expected. It is cut short or damaged; get it again.");
            total += length / record;
        }
        if (total * PixelBytes > Array.MaxLength)
            throw new ConcordException($"'{where}' has {ContentStream.N(total)} images, more than fit in memory.");
        var pixels = GC.AllocateUninitializedArray<byte>((int)total * PixelBytes);
        var labels = new int[total];
        var n = 0;
        foreach (var name in names)
            for (var rest = files[name].AsSpan(); rest.Length > 0; rest = rest[record..], n++)
            {
                labels[n] = rest[format.LabelBytes - 1];
                if (labels[n] >= format.Classes) throw new ConcordException($"'{name}' in '{where}' has the label {labels[n]}, "
                    + $"but 0 to {format.Classes - 1} were expected. It is damaged; get it again.");
                rest.Slice(format.LabelBytes, PixelBytes).CopyTo(pixels.AsSpan(n * PixelBytes));
            }
        return new(new Shape(3, 32, 32), pixels, labels, format.Classes);
    }

    /// <summary>One name a line; anything but the right number of names counts as none.</summary>
    private static string[]? ClassNames(CifarFormat format, byte[] text)
    {
        if (text.Length > 1 << 16) return null;
        var names = Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Length == format.Classes ? names : null;
    }
}
