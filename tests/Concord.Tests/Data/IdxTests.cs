using Concord.Data;
using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Tests.Data;

public sealed class IdxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Dataset Load(string name) => DataSource.Load(name, [_folder.Path]);

    private void WriteSet(string name, string train = "train", string test = "t10k", string end = "", byte first = 0)
    {
        Func<byte[], byte[]> pack = end.Length == 0 ? bytes => bytes : DataFiles.Gzip;
        _folder.Write($"{name}/{train}-images-idx3-ubyte{end}", pack(DataFiles.Images(3, 2, 3)));
        _folder.Write($"{name}/{train}-labels-idx1-ubyte{end}", pack(DataFiles.Labels(first, (byte)(first + 2), (byte)(first + 1))));
        _folder.Write($"{name}/{test}-images-idx3-ubyte{end}", pack(DataFiles.Images(1, 2, 3)));
        _folder.Write($"{name}/{test}-labels-idx1-ubyte{end}", pack(DataFiles.Labels((byte)(first + 2))));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void ImagesAndLabelsAreReadPlainAndPacked(string end)
    {
        WriteSet("mnist", end: end);
        var data = Load("mnist");
        Assert.Equal(new Shape(1, 2, 3), data.Shape);
        Assert.Equal([6, 7, 8, 9, 10, 11], data.Train.Bytes(1).ToArray());
        Assert.Equal([0, 2, 1], data.Train.Labels.ToArray());
        Assert.Equal((1, 2, 10), (data.Test.Count, data.Test.Labels[0], data.Classes.Count));
        Assert.Equal(Verdict.Unknown, data.Verification.Verdict);
        Assert.Equal("differs from every version known", data.Verification.Reason);
    }

    [Fact]
    public void AFileNamedGzThatABrowserHasUnpackedIsReadAsItIs()
    {
        WriteSet("mnist", end: ".gz");
        _folder.Write("mnist/train-labels-idx1-ubyte.gz", DataFiles.Labels(4, 3, 4));
        Assert.Equal([4, 3, 4], Load("mnist").Train.Labels.ToArray());
    }

    [Fact]
    public void EmnistLettersCountFromOneAndAreTurnedUpright()
    {
        WriteSet("emnist-letters", "emnist-letters-train", "emnist-letters-test", ".gz", first: 1);
        var data = Load("emnist-letters");
        Assert.Equal(new Shape(1, 3, 2), data.Shape);
        Assert.Equal([0, 3, 1, 4, 2, 5], data.Train.Bytes(0).ToArray());
        Assert.Equal([0, 2, 1], data.Train.Labels.ToArray());
        Assert.Equal((26, "A", "Z"), (data.Classes.Count, data.Classes[0], data.Classes[25]));
    }

    [Fact]
    public void AnyFolderOfIdxFilesIsASetWithTheLabelsItHas()
    {
        WriteSet("mine", first: 5);
        var data = Load("mine");
        Assert.Equal(["5", "6", "7"], data.Classes);
        Assert.Equal([0, 2, 1], data.Train.Labels.ToArray());
    }

    [Fact]
    public void ClassesOfTheTestAloneCountAsWell()
    {
        WriteSet("mine", first: 5);
        _folder.Write("mine/t10k-labels-idx1-ubyte", DataFiles.Labels(9));
        var data = Load("mine");
        Assert.Equal(["5", "6", "7", "8", "9"], data.Classes);
        Assert.Equal(["1 of 5 classes have no sample at all: '8'.", "The class '9' has no sample in training.",
            "3 of 5 classes ('5', '6', '7') have no sample in test."], data.Notes());
    }

    [Fact]
    public void FilesThatDoNotBelongTogetherAreRefused()
    {
        WriteSet("mnist");
        _folder.Write("mnist/train-labels-idx1-ubyte", DataFiles.Labels(1, 2));
        Assert.Matches("train-images.*holds 3 images.*train-labels.*2 labels", DataFiles.Refusal(() => Load("mnist")));
        WriteSet("mnist");
        _folder.Write("mnist/t10k-images-idx3-ubyte", DataFiles.Images(1, 3, 3));
        Assert.Contains("1x2x3 for training, 1x3x3 for the test", DataFiles.Refusal(() => Load("mnist")), StringComparison.Ordinal);
        WriteSet("mnist");
        _folder.Write("mnist/t10k-labels-idx1-ubyte", DataFiles.Labels(10));
        Assert.Matches("t10k-labels.*label 10 at place 0, but 0 to 9", DataFiles.Refusal(() => Load("mnist")));
        WriteSet("emnist-letters", "emnist-letters-train", "emnist-letters-test", first: 0);
        Assert.Contains("the label 0 at place 0, but 1 to 26", DataFiles.Refusal(() => Load("emnist-letters")), StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderOrALockedFileInAFilesPlaceIsRefused()
    {
        WriteSet("mnist");
        File.Delete(Path.Combine(_folder.Path, "mnist", "t10k-labels-idx1-ubyte"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "mnist", "t10k-labels-idx1-ubyte"));
        Assert.Contains("is a folder, but a file was expected", DataFiles.Refusal(() => Load("mnist")), StringComparison.Ordinal);

        var path = _folder.Write("locked", DataFiles.Labels(1));
        using var held = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.Contains("another program has it open", DataFiles.Refusal(() => ContentStream.Open(path)), StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> WrongImages => new()
    {
        { "ends too early: 0 bytes found, 16 expected", [] },
        { "ends too early: 3 bytes found, 16 expected", [0, 0, 8] },
        { "begins with 0x00000801, but IDX images begin with 0x00000803 (2051)", [.. DataFiles.Labels(1), .. new byte[9]] },
        { "ends too early: at most 27 bytes found, 28 expected", DataFiles.Images(2, 2, 3)[..^1] },
        { "too long: its header announces 28 bytes", [.. DataFiles.Images(2, 2, 3), 0] },
        { "ends too early: 27 bytes found, 28 expected", DataFiles.Gzip(DataFiles.Images(2, 2, 3)[..^1]) },
        { "too long: its header announces 28 bytes", DataFiles.Gzip([.. DataFiles.Images(2, 2, 3), 0]) },
        { "announces no sample", DataFiles.Idx(0x0803, [0, 2, 3], []) },
        { "announces images of 0 x 3", DataFiles.Idx(0x0803, [1, 0, 3], []) },
        { "announces images of 65536 x 65536", DataFiles.Idx(0x0803, [1, 65536, 65536], []) },
        { "announces images of 4294967295 x 4294967295", DataFiles.Idx(0x0803, [uint.MaxValue, uint.MaxValue, uint.MaxValue], []) },
        { "4,294,967,295 images of 28 x 28", DataFiles.Idx(0x0803, [uint.MaxValue, 28, 28], new byte[100]) },
        { "4,294,967,295 images of 4096 x 4096", DataFiles.Gzip(DataFiles.Idx(0x0803, [uint.MaxValue, 4096, 4096], new byte[100])) },
        { "gzip data are cut short or have a wrong checksum", [0x1F, 0x8B, 1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(WrongImages))]
    public void WrongImagesAreRefusedInPlainWordsWithoutTakingMemory(string why, byte[] file)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = DataFiles.Refusal(() => IdxReader.Images(ContentStream.FromBytes(file, "images")));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.StartsWith("'images' ", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
    }

    [Fact]
    public void APackedFileCutAnywhereOrWithAWrongChecksumIsRefused()
    {
        var packed = DataFiles.Gzip(DataFiles.Images(5, 4, 4));
        for (var length = 0; length < packed.Length; length++)
            DataFiles.Refusal(() => IdxReader.Images(ContentStream.FromBytes(packed[..length], "images")));
        var wrong = packed.ToArray();
        wrong[^6] ^= 1;
        Assert.Contains("gzip data are cut short or have a wrong checksum",
            DataFiles.Refusal(() => IdxReader.Images(ContentStream.FromBytes(wrong, "images"))), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatUnpacksWithoutEndIsReadNoFurtherThanAnnounced()
    {
        var bomb = DataFiles.Gzip([.. DataFiles.Images(2, 2, 3), .. new byte[100_000_000]]);
        using var content = ContentStream.FromBytes(bomb, "bomb");
        Assert.Contains("too long", DataFiles.Refusal(() => IdxReader.Images(content)), StringComparison.Ordinal);
        Assert.Equal(29, content.Position);
    }

    [RealDataFact("mnist")]
    public void RealMnistIsOfficial()
    {
        var data = Dataset.Load("mnist", RealData.Root);
        Assert.Equal(Verdict.Official, data.Verification.Verdict);
        Assert.Equal((60000, 10000), (data.Train.Count, data.Test.Count));
        Assert.Equal([5, 0, 4, 1, 9], data.Train.Labels[..5].ToArray());
        var fitted = Normalization.Fit(data.Train);
        Assert.Equal((0.1307, 0.3081), (Math.Round(fitted.Offset[0] / 255, 4), Math.Round(1 / fitted.Scale[0] / 255, 4)));
    }

    [RealDataFact("fashion-mnist")]
    public void RealFashionMnistIsOfficialAndNotTakenForMnist()
    {
        var data = Dataset.Load("fashion-mnist", RealData.Root);
        Assert.Equal(Verdict.Official, data.Verification.Verdict);
        Assert.All(data.Train.ClassCounts(), count => Assert.Equal(6000, count));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "mnist"));
        foreach (var file in Directory.EnumerateFiles(data.Origin))
            File.Copy(file, Path.Combine(_folder.Path, "mnist", Path.GetFileName(file)));
        var mistaken = Load("mnist").Verification;
        Assert.Equal(Verdict.Unknown, mistaken.Verdict);
        Assert.Contains("this is train-images-idx3-ubyte of fashion-mnist", mistaken.Reason, StringComparison.Ordinal);
    }

    [RealDataFact("mnist-2k")]
    public void TheSmallCutOfMnistIsAKnownVariant()
    {
        var data = Dataset.Load("mnist-2k", RealData.Root);
        Assert.Equal((Verdict.KnownVariant, 2000, 500), (data.Verification.Verdict, data.Train.Count, data.Test.Count));
    }
}
