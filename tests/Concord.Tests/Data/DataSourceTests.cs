using Concord.Data;

namespace Concord.Tests.Data;

public sealed class DataSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void FoldersAreSearchedInTheOrderGivenVariableCache()
    {
        var variables = new Dictionary<string, string?> { ["CONCORD_DATA"] = "/b", ["XDG_CACHE_HOME"] = "/c" };
        Assert.Equal(["/a", "/b", Path.Combine("/c", "concord")], DataSource.Roots("/a", variables.GetValueOrDefault));
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.Equal([Path.Combine(home, ".cache", "concord")], DataSource.Roots(null, _ => ""));
    }

    [Fact]
    public void TheFirstFolderThatHasAllFilesIsTaken()
    {
        string[] files = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];
        foreach (var file in files)
        {
            var contents = file.Contains("images", StringComparison.Ordinal) ? DataFiles.Images(2, 1, 1) : DataFiles.Labels(0, 1);
            if (file != files[2]) _folder.Write($"first/kmnist/{file}", contents);
            _folder.Write($"second/kmnist/{file}", contents);
        }
        string[] roots = [Path.Combine(_folder.Path, "first"), Path.Combine(_folder.Path, "second")];
        Assert.Equal(Path.Combine(roots[1], "kmnist"), DataSource.Load("kmnist", roots).Origin);

        var message = DataFiles.Refusal(() => DataSource.Load("kmnist", [roots[0], _folder.Path]));
        Assert.Contains($"'{Path.Combine(roots[0], "kmnist")}' (lacks t10k-images-idx3-ubyte)", message, StringComparison.Ordinal);
        Assert.Contains($"'{Path.Combine(_folder.Path, "kmnist")}' (no such folder)", message, StringComparison.Ordinal);
        Assert.Contains("--data-root or CONCORD_DATA", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mnits")]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void AnUnknownNameIsAnsweredWithTheKnownOnes(string name) =>
        Assert.Contains("Known are glyphs, yin-yang, postures, teacher-student, spike-order, mnist,",
            DataFiles.Refusal(() => DataSource.Load(name, [_folder.Path])),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("mnits", "Did you mean 'mnist'?")]
    [InlineData("MNIST", "The data set 'mnist' was not found.")]   // capitals do not count
    [InlineData("FashionMNIST", "Did you mean 'fashion-mnist'?")]
    [InlineData("CIFAR10", "Did you mean 'cifar-10'?")]
    [InlineData("leters", "Did you mean 'letters'?")]
    [InlineData("table.csv", "For a table write csv:table.csv.")]
    [InlineData("CSV:table.csv#kind", "The file 'table.csv' does not exist")]
    [InlineData("broken", "lacks t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte. "
        + "Rename 't10k-images.idx3-ubyte' to t10k-images-idx3-ubyte, 'test-labels-idx1-ubyte.gz' to t10k-labels-idx1-ubyte.gz in")]
    public void ANameThatIsNearToOneIsAnsweredWithIt(string name, string why)
    {
        WriteSet("letters", name => name);
        WriteSet("broken", name => name.StartsWith("t10k-images", StringComparison.Ordinal) ? "t10k-images.idx3-ubyte"
            : name.StartsWith("t10k", StringComparison.Ordinal) ? "test-labels-idx1-ubyte.gz" : name);
        Assert.Contains(why, DataFiles.Refusal(() => DataSource.Load(name, [_folder.Path])), StringComparison.Ordinal);
    }

    [Fact]
    public void APathIsAnsweredWithHowToGiveIt()
    {
        WriteSet("letters", name => name);
        var path = Path.Combine(_folder.Path, "letters");
        Assert.Contains($"write --data letters --data-root {_folder.Path}.", DataFiles.Refusal(() => DataSource.Load(path, [])),
            StringComparison.Ordinal);
        Assert.Contains($"write --data letters --data-root {_folder.Path}.", DataFiles.Refusal(() => DataSource.Load(path + "/", [])),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mnist", "MNIST/raw")]
    [InlineData("fashion-mnist", "FashionMNIST/raw")]
    [InlineData("kmnist", "KMNIST/raw")]
    [InlineData("mnist", "torch/data/MNIST")]
    public void FilesInAnotherFolderAreFound(string set, string place)
    {
        WriteSet("MNIST/other/FashionMNIST", name => name);
        WriteSet(place, name => name);
        WriteSet("QMNIST", name => name.Replace("-idx", ".idx", StringComparison.Ordinal));
        Assert.Contains($"Such files lie in '{Path.Combine(_folder.Path, place)}'. If they are the set, link them: "
            + $"ln -s {Path.Combine(_folder.Path, place)} {Path.Combine(_folder.Path, set)}.",
            DataFiles.Refusal(() => DataSource.Load(set, [_folder.Path])), StringComparison.Ordinal);
    }

    [Fact]
    public void ARootThatIsTheSetItselfIsAnsweredWithTheFolderAbove()
    {
        WriteSet("mnist", name => name);
        WriteSet("own", name => name.Replace("-idx", ".idx", StringComparison.Ordinal));
        Assert.Contains($"lie in '{Path.Combine(_folder.Path, "mnist")}' itself: give the folder above, --data-root {_folder.Path}.",
            DataFiles.Refusal(() => DataSource.Load("mnist", [Path.Combine(_folder.Path, "mnist")])), StringComparison.Ordinal);
        Assert.Contains("Rename 'train-images.idx3-ubyte' to train-images-idx3-ubyte",
            DataFiles.Refusal(() => DataSource.Load("kmnist", [Path.Combine(_folder.Path, "own")])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train-images")]
    [InlineData("train-images.idx")]
    [InlineData("train_images.ubyte")]
    [InlineData("Train-Images.idx3")]
    [InlineData("train-images-idx3.bin")]
    [InlineData("train-images.gz")]
    public void AFileWhoseNameLacksTheWordsForItsFormatIsOffered(string found)
    {
        WriteSet("mnist", name => name.StartsWith("train-images", StringComparison.Ordinal) ? found : name);
        var end = found.EndsWith(".gz", StringComparison.Ordinal) ? ".gz" : "";
        Assert.Contains($"Rename '{found}' to train-images-idx3-ubyte{end} in",
            DataFiles.Refusal(() => DataSource.Load("mnist", [_folder.Path])), StringComparison.Ordinal);
    }

    [Fact]
    public void FilesOfAKnownSetUnderOtherNamesAreNamed()
    {
        WriteSet("mnist", name => name.Replace("-idx", ".idx", StringComparison.Ordinal));
        Assert.Contains("Rename 'train-images.idx3-ubyte' to train-images-idx3-ubyte, 'train-labels.idx1-ubyte' to "
            + "train-labels-idx1-ubyte,", DataFiles.Refusal(() => DataSource.Load("mnist", [_folder.Path])), StringComparison.Ordinal);
        _folder.Write("cifar-10-python.tar.gz", [1]);
        Assert.Contains("cifar-10-python.tar.gz' is the version for Python; the binary version is needed.",
            DataFiles.Refusal(() => DataSource.Load("cifar-10", [_folder.Path])), StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "cifar-100", "cifar-100-python"));
        Assert.Contains("is the version for Python", DataFiles.Refusal(() => DataSource.Load("cifar-100", [_folder.Path])),
            StringComparison.Ordinal);
    }

    private void WriteSet(string folder, Func<string, string> rename)
    {
        foreach (var file in (string[])["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte"])
            _folder.Write($"{folder}/{rename(file)}",
                file.Contains("images", StringComparison.Ordinal) ? DataFiles.Images(2, 1, 1) : DataFiles.Labels(0, 1));
    }

    [Fact]
    public void ADataRootThatDoesNotExistIsRefused()
    {
        Assert.Contains("is not a folder", DataFiles.Refusal(() => Dataset.Load("mnist", Path.Combine(_folder.Path, "none"))),
            StringComparison.Ordinal);
        Assert.Contains("is not a folder", DataFiles.Refusal(() => Dataset.Load("glyphs", _folder.Write("file", [1]))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheListSaysOfEachSetWhatItIsAndWhatItNeeds()
    {
        Assert.Equal(DataSource.All.Count, DataSource.All.Select(source => source.Name).Distinct().Count());
        Assert.All(DataSource.All, source => Assert.True(source.Description.Length > 0
            && source.IsBuiltIn == (source.Name is "glyphs" or "yin-yang" or "postures" or "teacher-student" or "spike-order")));
        Assert.Equal("glyphs", DataSource.All[0].Load().Name);
        Assert.Null(DataSource.All[0].Locate());
    }
}
