using System.Text;
using Concord.Data;
using Concord.Numerics;

namespace Concord.Tests.Data;

/// <summary>
/// What is asked of one kind of data is asked of all: tables, arrays, IDX files in known sets and in folders of one's own,
/// CIFAR's archives and folders.
/// </summary>
public sealed class DataCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Kinds =>
        ["table", "arrays", "arrays with a test", "mnist", "own", "emnist-letters", "cifar-10", "cifar-100"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void OneClassIsRefused(string kind) => Assert.Contains("but at least two classes were expected",
        DataFiles.Refusal(() => Make(kind, 4, 4, 4, 4, 4, 4)), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ClassesWithoutSamplesAreNoted(string kind)
    {
        var data = Make(kind, 1, 9, 9, 1, 9, 9);
        var notes = data.Notes(data.Split(1, RandomStream.FromSeed(0)));
        var (one, nine) = (data.Classes[data.Train.Labels.ToArray().Min()], data.Classes[data.Train.Labels.ToArray().Max()]);
        if (kind != "table")
            Assert.Contains(FormattableString.Invariant($"{data.Classes.Count - 2} of {data.Classes.Count} classes have no sample at all: ")
                + FormattableString.Invariant($"only '{one}', '{nine}' have."), notes);
        Assert.Contains(notes, note => note.EndsWith("has no sample in validation.", StringComparison.Ordinal)
            || note.EndsWith("has no sample in validation and test.", StringComparison.Ordinal));
        Assert.Equal(data.Train.Count + data.Test.Count, data.ClassCounts().Sum());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void DataWithoutSamplesAreRefused(string kind) =>
        Assert.Matches("is empty|at least one|announces no sample|has 0 bytes|no rows", DataFiles.Refusal(() => Make(kind)));

    [Fact]
    public void TwoClassesOutOf256AreToldInOneLine()
    {
        var labels = Enumerable.Range(0, 40).Select(n => (byte)(n % 2 * 255)).ToArray();
        WriteIdx("masks", "train", "t10k", labels[..30], labels[30..]);
        Assert.Equal(["254 of 256 classes have no sample at all: only '0', '255' have."], DataSource.Load("masks", [_folder.Path]).Notes());
        Assert.Equal(["254 of 256 classes have no sample at all: only '0', '255' have."],
            Dataset.From(new float[40, 1], [.. labels.Select(label => (int)label)]).Notes());
    }

    /// <summary>The first four samples for training and the others for the test, where the kind lets one choose.</summary>
    private Dataset Make(string kind, params byte[] labels)
    {
        var inputs = new float[labels.Length, 1];
        for (var n = 0; n < labels.Length; n++) inputs[n, 0] = n;
        var (train, test) = (labels[..(labels.Length * 2 / 3)], labels[(labels.Length * 2 / 3)..]);
        switch (kind)
        {
            case "table":
                return Dataset.FromCsv(_folder.Write("table.csv",
                    Encoding.UTF8.GetBytes("x,k\n" + string.Concat(labels.Select((label, n) => $"{n},{label}\n")))));
            case "arrays":
                return Dataset.From(inputs, [.. labels.Select(label => (int)label)]);
            case "arrays with a test":
                return Dataset.From(new float[train.Length, 1], [.. train.Select(label => (int)label)], new float[test.Length, 1],
                    [.. test.Select(label => (int)label)]);
            case "cifar-10":
                var batches = Enumerable.Range(0, 5).Select(i => ($"cifar-10-batches-bin/data_batch_{i + 1}.bin",
                    train.Length == 0 ? [] : DataFiles.Cifar(1, train[i % train.Length]), '0'));
                _folder.Write("cifar-10/cifar-10-binary.tar",
                    DataFiles.Tar([.. batches, ("cifar-10-batches-bin/test_batch.bin", DataFiles.Cifar(1, test), '0')]));
                break;
            case "cifar-100":
                _folder.Write("cifar-100/cifar-100-binary/train.bin", DataFiles.Cifar(2, train));
                _folder.Write("cifar-100/cifar-100-binary/test.bin", DataFiles.Cifar(2, test));
                break;
            case "emnist-letters":
                WriteIdx(kind, $"{kind}-train", $"{kind}-test", train, test);
                break;
            default:
                WriteIdx(kind, "train", "t10k", train, test);
                break;
        }
        return DataSource.Load(kind, [_folder.Path]);
    }

    private void WriteIdx(string folder, string trainPrefix, string testPrefix, byte[] train, byte[] test)
    {
        foreach (var (prefix, labels) in ((string, byte[])[])[(trainPrefix, train), (testPrefix, test)])
        {
            _folder.Write($"{folder}/{prefix}-images-idx3-ubyte", DataFiles.Images((uint)labels.Length, 1, 1));
            _folder.Write($"{folder}/{prefix}-labels-idx1-ubyte", DataFiles.Labels(labels));
        }
    }
}
