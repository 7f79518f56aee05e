using Concord.Training;

namespace Concord.Tests.Training;

public sealed class RunFolderNameTests
{
    [Theory]
    [InlineData("mnist-dfa", "mnist-dfa")]
    [InlineData("two words", "two-words")]
    [InlineData("fc1=dfa,fc*=usf", "fc1-dfa-fc--usf")]
    [InlineData("größe", "größe")]
    [InlineData("実験", "実験")]
    [InlineData("эксперимент 2", "эксперимент-2")]
    [InlineData("कि", "कि")]
    [InlineData("..hidden", "hidden")]
    [InlineData("../../etc", "etc")]
    public void LettersOfEveryScriptStay(string name, string folder) => Assert.Equal(folder, RunFolder.NameFor(name));

    [Fact]
    public void NoTwoNamesShareAFolder()
    {
        string[] names = ["実験", "試験", "эксперимент", "🚀", "🎉", "v1 🚀", "v1 🎉", "v1", "", "!!!", "???", "कि", "की", "größe", "grüße",
            "grose", new('a', 300), new('a', 301), new('é', 200), new('é', 201), "\0", "/"];
        var folders = names.Select(RunFolder.NameFor).ToList();
        Assert.Equal(names.Length, folders.Distinct().Count());
        using var folder = new TemporaryFolder();
        foreach (var (name, plain) in names.Zip(folders))
        {
            Assert.Equal(Path.Combine(folder.Path, plain), RunFolder.MakeFree(folder.Path, name));
            Assert.Equal(Path.Combine(folder.Path, $"{plain}-2"), RunFolder.MakeFree(folder.Path, name));
        }
    }
}
