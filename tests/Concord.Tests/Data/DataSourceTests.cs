using Concord.Data;

namespace Concord.Tests.Data;

public sealed class DataSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folders_are_searched_in_the_order_given_variable_cache()
    {
        var variables = new Dictionary<string, string?> { ["CONCORD_DATA"] = "/b", ["XDG_CACHE_HOME"] = "/c" };
        Assert.Equal(["/a", "/b", Path.Combine("/c", "concord")], DataSource.Roots("/a", variables.GetValueOrDefault));
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.Equal([Path.Combine(home, ".cache", "concord")], DataSource.Roots(null, _ => ""));
    }

    [Fact]
    public void The_first_folder_that_has_all_files_is_taken()
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
    public void An_unknown_name_is_answered_with_the_known_ones(string name) =>
        Assert.Contains("Known are glyphs, mnist,", DataFiles.Refusal(() => DataSource.Load(name, [_folder.Path])), StringComparison.Ordinal);

    [Fact]
    public void A_data_root_that_does_not_exist_is_refused()
    {
        Assert.Contains("is no folder", DataFiles.Refusal(() => Dataset.Load("mnist", Path.Combine(_folder.Path, "none"))), StringComparison.Ordinal);
        Assert.Contains("is no folder", DataFiles.Refusal(() => Dataset.Load("glyphs", _folder.Write("file", [1]))), StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_says_of_each_set_what_it_is_and_what_it_needs()
    {
        Assert.Equal(DataSource.All.Count, DataSource.All.Select(source => source.Name).Distinct().Count());
        Assert.All(DataSource.All, source => Assert.True(source.Description.Length > 0 && source.IsBuiltIn == (source.Name == "glyphs")));
        Assert.Equal("glyphs", DataSource.All[0].Load().Name);
        Assert.Null(DataSource.All[0].Locate());
    }
}
