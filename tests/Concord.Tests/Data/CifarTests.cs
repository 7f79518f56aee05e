using System.Formats.Tar;
using Concord.Data;
using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Tests.Data;

public sealed class CifarTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Dataset Load(string name) => DataSource.Load(name, [_folder.Path]);

    private static CifarReader.Contents Read(byte[] archive) =>
        CifarReader.ReadArchive(CifarFormat.Cifar10, ContentStream.FromBytes(archive, "archive"));

    private static string Refusal(params (string, byte[], char)[] entries) => DataFiles.Refusal(() => Read(DataFiles.Tar(entries)));

    [Theory]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    [InlineData("folder")]
    public void BatchesAreReadInOrderFromAnArchiveAndFromAFolder(string form)
    {
        var entries = DataFiles.Cifar10Entries();
        if (form == "tar") _folder.Write("cifar-10/cifar-10-binary.tar", DataFiles.Tar(entries));
        else if (form == "tar.gz") _folder.Write("cifar-10/cifar-10-binary.tar.gz", DataFiles.Gzip(DataFiles.Tar(entries)));
        else foreach (var (name, contents, _) in entries.Where(entry => entry.Type == '0')) _folder.Write($"cifar-10/{name}", contents);

        var data = Load("cifar-10");
        Assert.Equal(new Shape(3, 32, 32), data.Shape);
        Assert.Equal([1, 9, 2, 9, 3, 9, 4, 9, 5, 9], data.Train.Labels.ToArray());
        Assert.Equal([0, 7, 8], data.Test.Labels.ToArray());
        Assert.Equal([1, 2, 3], data.Train.Bytes(3)[..3].ToArray());
        Assert.Equal("airplane", data.Classes[0]);
        Assert.Equal(Verdict.Unknown, data.Verification.Verdict);
    }

    [Fact]
    public void Cifar100GivesFineLabelsAndTheirNames()
    {
        _folder.Write("cifar-100/cifar-100-binary/train.bin", DataFiles.Cifar(2, 99, 3));
        _folder.Write("cifar-100/cifar-100-binary/test.bin", DataFiles.Cifar(2, 50));
        _folder.Write("cifar-100/cifar-100-binary/fine_label_names.txt",
            [.. Enumerable.Range(0, 100).SelectMany(i => System.Text.Encoding.ASCII.GetBytes($"name{i}\n"))]);
        var data = Load("cifar-100");
        Assert.Equal([99, 3], data.Train.Labels.ToArray());
        Assert.Equal([0, 1, 2], data.Train.Bytes(0)[..3].ToArray());
        Assert.Equal("name99", data.Classes[99]);
    }

    [Fact]
    public void ArchivesOfAnotherWriterAreReadToo()
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
            foreach (var (name, contents, type) in DataFiles.Cifar10Entries())
            {
                var entry = new UstarTarEntry(type == '5' ? TarEntryType.Directory : TarEntryType.RegularFile, $"./{name}");
                if (type == '0') entry.DataStream = new MemoryStream(contents);
                writer.WriteEntry(entry);
            }
        Assert.Equal((10, 3), (Read(stream.ToArray()).Train.Count, Read(stream.ToArray()).Test.Count));
    }

    [Theory]
    [InlineData("../cifar-10-batches-bin/data_batch_1.bin")]
    [InlineData("cifar-10-batches-bin/../../x")]
    [InlineData("cifar-10-batches-bin\\..\\x")]
    [InlineData("/etc/passwd")]
    public void AnEntryThatClimbsOutIsRefused(string name) =>
        Assert.Contains("climbs out", Refusal([.. DataFiles.Cifar10Entries(), (name, [1], '0')]), StringComparison.Ordinal);

    [Theory]
    [InlineData('1')]
    [InlineData('2')]
    [InlineData('5')]
    public void ALinkInAFilesPlaceIsRefused(char type)
    {
        var entries = DataFiles.Cifar10Entries();
        entries[1] = (entries[1].Name, [], type);
        Assert.Contains("as a link or folder", Refusal(entries), StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsTwiceOrNotThereIsRefused()
    {
        var entries = DataFiles.Cifar10Entries();
        Assert.Contains("data_batch_1.bin' twice", Refusal([.. entries, entries[1]]), StringComparison.Ordinal);
        Assert.Contains("no file 'cifar-10-batches-bin/test_batch.bin'", Refusal(entries[..^1]), StringComparison.Ordinal);
        Assert.Contains("no file", DataFiles.Refusal(() => Read([])), StringComparison.Ordinal);
    }

    [Fact]
    public void RecordsThatAreCutOrHaveAWrongLabelAreRefused()
    {
        var entries = DataFiles.Cifar10Entries();
        entries[^1].Contents = entries[^1].Contents[..^1];
        Assert.Contains("'test_batch.bin' in 'archive' has 9,218 bytes, but a whole number of records of 3,073", Refusal(entries),
            StringComparison.Ordinal);
        entries[^1].Contents = [];
        Assert.Contains("has 0 bytes", Refusal(entries), StringComparison.Ordinal);
        entries[^1].Contents = DataFiles.Cifar(1, 3, 10);
        Assert.Contains("has the label 10, but 0 to 9", Refusal(entries), StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedArchiveIsRefused()
    {
        var archive = DataFiles.Tar(DataFiles.Cifar10Entries());
        Assert.Contains("ends too early", DataFiles.Refusal(() => Read(archive[..5000])), StringComparison.Ordinal);
        Assert.Contains("checksum", DataFiles.Refusal(() => Read(archive[..700])), StringComparison.Ordinal);
        archive[3] ^= 1;
        Assert.Contains("checksum", DataFiles.Refusal(() => Read(archive)), StringComparison.Ordinal);
    }

    [Fact]
    public void APackedArchiveWithoutItsChecksumOrWithAWrongOneIsRefused()
    {
        var packed = DataFiles.Gzip(DataFiles.Tar(DataFiles.Cifar10Entries()));
        Assert.Equal(10, Read(packed).Train.Count);
        Assert.Contains("cut short or have a wrong checksum", DataFiles.Refusal(() => Read(packed[..^1])), StringComparison.Ordinal);
        packed[^5] ^= 1;
        Assert.Contains("cut short or have a wrong checksum", DataFiles.Refusal(() => Read(packed)), StringComparison.Ordinal);
    }

    [Fact]
    public void AnArchiveThatUnpacksWithoutEndIsGivenUpEarly()
    {
        var endless = DataFiles.Tar(("other", [], '0'));
        "77777777777"u8.CopyTo(endless.AsSpan(124));   // 8 GiB announced
        endless.AsSpan(148, 8).Fill((byte)' ');
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(endless[..512].Sum(b => b), 8).PadLeft(6, '0'), endless.AsSpan(148));
        Assert.Contains("more than 1,073,741,824 bytes", DataFiles.Refusal(() => Read(DataFiles.Gzip(endless))), StringComparison.Ordinal);
    }

    [RealDataFact("cifar-10")]
    public void TheCifar10AtHandIsOfficialOrTheKnownVariant()
    {
        var data = Dataset.Load("cifar-10", RealData.Root);
        Assert.Equal((50000, 10000), (data.Train.Count, data.Test.Count));
        Assert.All(data.Train.ClassCounts(), count => Assert.Equal(5000, count));
        Assert.All(data.Verification.Files, file => Assert.True(file.Verdict == Verdict.Official || file.File == "test_batch.bin"));
        Assert.NotEqual(Verdict.Unknown, data.Verification.Verdict);
    }
}
