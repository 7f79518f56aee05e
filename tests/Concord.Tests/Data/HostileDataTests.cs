using System.Text;
using Concord.Data.Formats;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Data;

/// <summary>
/// Whatever bytes a parser is given: it ends, takes little memory, and complains with a <see cref="ConcordException"/> or not at all.
/// </summary>
public class HostileDataTests
{
    private const int Runs = 600;
    private const long MostMemory = 8 << 20;

    [Fact]
    public void IdxImagesAreReadOrRefused() => Survives(content => IdxReader.Images(content), DataFiles.Images(3, 4, 5));

    [Fact]
    public void TurnedIdxImagesAreReadOrRefused() =>
        Survives(content => IdxReader.Images(content, transposed: true), DataFiles.Images(3, 4, 5));

    [Fact]
    public void IdxLabelsAreReadOrRefused() => Survives(content => IdxReader.Labels(content), DataFiles.Labels(1, 2, 3, 4));

    [Fact]
    public void ACifarArchiveIsReadOrRefused() =>
        Survives(content => CifarReader.ReadArchive(CifarFormat.Cifar10, content), DataFiles.Tar(DataFiles.Cifar10Entries()));

    [Fact]
    public void ACifarFolderIsReadOrRefused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("test.bin", DataFiles.Cifar(2, 1));
        Survives(content =>
        {
            folder.Write("train.bin", content.Take(content.FileLength, "bytes"));
            CifarReader.ReadFolder(CifarFormat.Cifar100, folder.Path);
        }, DataFiles.Cifar(2, 1, 99), runs: 100);
    }

    [Fact]
    public void ATarArchiveIsReadOrRefused() => Survives(content =>
    {
        var tar = new TarReader(content, 1 << 20);
        while (tar.Next())
            if (tar.IsFile) tar.Contents();
    }, DataFiles.Tar(("a", [1, 2, 3], '0'), ("b", new byte[600], 'x'), ("c", [], '2')));

    [Fact]
    public void ATableIsReadOrRefused() =>
        SurvivesOpening(open => CsvReader.Read(open, null), Encoding.UTF8.GetBytes("x,\"z\",kind\n1,2.5,a\n3,\"4\",\"b,\"\"c\"\n"));

    /// <summary>Feeds random bytes, the valid file, and the valid file damaged, all of them plain and packed.</summary>
    private static void Survives(Action<ContentStream> parse, byte[] valid, int runs = Runs) => SurvivesOpening(open =>
    {
        using var content = open();
        parse(content);
    }, valid, runs);

    private static void SurvivesOpening(Action<Func<ContentStream>> parse, byte[] valid, int runs = Runs)
    {
        parse(() => ContentStream.FromBytes(valid, "valid"));
        var damaged =
            from changes in Gen.Choose(0, 12).SelectMany(count => Gen.Choose(0, int.MaxValue).ListOf(count))
            from cut in Gen.Frequency((3, Gen.Constant(valid.Length)), (1, Gen.Choose(0, valid.Length)))
            from tail in Gen.Frequency((3, Gen.Constant(Array.Empty<byte>())), (1, ArbMap.Default.GeneratorFor<byte[]>()))
            select Damaged(valid, changes, cut, tail);
        var anything = Gen.Frequency((1, ArbMap.Default.GeneratorFor<byte[]>()), (3, damaged));
        var files =
            from contents in anything
            from packed in Gen.Choose(0, 3)
            from at in Gen.Choose(0, int.MaxValue)
            select packed switch
            {
                0 => DataFiles.Gzip(contents),
                1 => Damaged(DataFiles.Gzip(contents), [at], int.MaxValue, []),
                _ => contents,
            };
        Prop.ForAll(files.ToArbitrary(), file =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                parse(() => ContentStream.FromBytes(file, "hostile"));
            }
            catch (ConcordException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
            return GC.GetAllocatedBytesForCurrentThread() - before < MostMemory;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(runs).WithQuietOnSuccess(true));
    }

    /// <summary>Each change sets one byte, by preference one near the beginning, where headers are.</summary>
    private static byte[] Damaged(byte[] valid, IEnumerable<int> changes, int cut, byte[] tail)
    {
        var file = valid.ToArray();
        if (file.Length == 0) return tail;
        foreach (var change in changes)
        {
            var reach = change % 2 == 0 ? file.Length : Math.Min(file.Length, 64);
            file[change / 512 % reach] = (byte)(change >> 1);
        }
        return [.. file.AsSpan(0, Math.Min(cut, file.Length)), .. tail];
    }
}
