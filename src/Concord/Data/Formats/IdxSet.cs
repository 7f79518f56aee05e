using Concord.Numerics;

namespace Concord.Data.Formats;

/// <summary>A data set of four IDX files: images and labels for training and for the test.</summary>
/// <param name="Name">The set.</param>
/// <param name="Classes">The classes' names; null to take the numbers from the least to the greatest label.</param>
/// <param name="TrainPrefix">What the training files' names begin with.</param>
/// <param name="TestPrefix">What the test files' names begin with.</param>
/// <param name="FirstLabel">The number of the first class in the file: 1 for EMNIST's letters.</param>
/// <param name="Transposed">Whether the images are stored column by column: EMNIST's are.</param>
internal sealed record IdxSet(
    string Name, IReadOnlyList<string>? Classes, string TrainPrefix = "train", string TestPrefix = "t10k", int FirstLabel = 0,
    bool Transposed = false)
{
    /// <summary>The files, by the names they have without <c>.gz</c>.</summary>
    public string[] Files => [Images(TrainPrefix), Labels(TrainPrefix), Images(TestPrefix), Labels(TestPrefix)];

    /// <summary>The file of that name in a folder, plain or packed; null if there is neither.</summary>
    public static string? Locate(string folder, string file)
    {
        var plain = Path.Combine(folder, file);
        if (Path.Exists(plain)) return plain;
        return Path.Exists(plain + ".gz") ? plain + ".gz" : null;
    }

    /// <summary>Reads all four files.</summary>
    /// <exception cref="ConcordException">One is missing or damaged, or they do not belong together.</exception>
    public Dataset Read(string folder)
    {
        // the files are unpacked side by side; the training images take as long as all the rest
        var testing = Task.Run(() => Part(folder, TestPrefix));
        var train = Part(folder, TrainPrefix);
        var test = testing.GetAwaiter().GetResult();
        if (train.Shape != test.Shape) throw new ConcordException($"The images in '{folder}' do not belong together: "
            + $"{train.Shape} for training, {test.Shape} for the test. Get the set again.");
        var first = Classes is null ? Math.Min(train.Labels.Min(), test.Labels.Min()) : FirstLabel;
        var classes = Classes ?? [.. OwnData.Numbered(Math.Max(train.Labels.Max(), test.Labels.Max()) + 1).Skip(first)];
        return new(Name, Numbered(train, first, classes.Count, folder), Numbered(test, first, classes.Count, folder), classes, folder,
            Verification.Of(Name, [.. train.Hashes, .. test.Hashes]));
    }

    private static string Images(string prefix) => $"{prefix}-images-idx3-ubyte";

    private static string Labels(string prefix) => $"{prefix}-labels-idx1-ubyte";

    private RawPart Part(string folder, string prefix)
    {
        using var imageFile = Open(folder, Images(prefix));
        using var labelFile = Open(folder, Labels(prefix));
        var (shape, pixels, imageHash) = IdxReader.Images(imageFile, Transposed);
        var (labels, labelHash) = IdxReader.Labels(labelFile);
        if (pixels.Length / shape.Length != labels.Length)
            throw new ConcordException($"'{imageFile.Name}' holds {ContentStream.N(pixels.Length / shape.Length)} images, "
                + $"but '{labelFile.Name}' {ContentStream.N(labels.Length)} labels. They do not belong together; get both again.");
        return new(prefix, shape, pixels, labels, [imageHash, labelHash]);
    }

    private static ContentStream Open(string folder, string file) => ContentStream.Open(Locate(folder, file) ?? Path.Combine(folder, file));

    private static Samples Numbered(RawPart part, int first, int classes, string folder)
    {
        var labels = new int[part.Labels.Length];
        for (var n = 0; n < labels.Length; n++)
        {
            labels[n] = part.Labels[n] - first;
            if ((uint)labels[n] >= (uint)classes)
                throw new ConcordException(
                    $"'{Path.Combine(folder, Labels(part.Prefix))}' has the label {part.Labels[n]} at place {ContentStream.N(n)}, "
                        + $"but {first} to {first + classes - 1} were expected. It is damaged or belongs to another set; get it again.");
        }
        return new(part.Shape, part.Pixels, labels, classes);
    }

    private sealed record RawPart(string Prefix, Shape Shape, byte[] Pixels, byte[] Labels, FileHash[] Hashes);
}
