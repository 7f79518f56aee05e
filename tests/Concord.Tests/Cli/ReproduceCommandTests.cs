using System.Text.RegularExpressions;

namespace Concord.Tests.Cli;

/// <summary>Reproductions on the command line.</summary>
public sealed class ReproduceCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public ReproduceCommandTests() => File.WriteAllText(_concord["made-up.yaml"], """
        source: Nobody 2026
        origin: measured
        data: glyphs
        train: 300
        test: 100
        validation: 0
        model: mlp:784-16-10
        engine: managed
        rules:
          backprop:
          dfa:
        published:
          - {rule: backprop, testAccuracy: 100}
          - {rule: dfa, testAccuracy: 0}
        quick: {epochs: 1, reason: the figures are made up}
        full: {epochs: 2}
        """);

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void AReproductionRunsOnceAndIsWrittenIntoItsPage()
    {
        Directory.CreateDirectory(_concord["docs"]);
        var first = _concord.Run("reproduce made-up.yaml --write-docs --json");
        Assert.True(first.ExitCode == 0, first.Error);
        var figures = first.Events.Where(line => line.GetProperty("event").GetString() == "figure").ToList();
        Assert.Equal([100, 0], figures.Select(figure => figure.GetProperty("published").GetDouble()));
        Assert.All(figures, figure => Assert.Equal("the figures are made up", figure.GetProperty("reason").GetString()));
        Assert.Equal(2, first.Event("sweep").GetProperty("left").GetInt32());
        Assert.Contains("<!-- end of made-up --quick -->", File.ReadAllText(_concord["docs/reproductions/made-up.md"]),
            StringComparison.Ordinal);
        Assert.Contains("| [made-up](made-up.md) |  | 2 not judged | not run |",
            File.ReadAllText(_concord["docs/reproductions/README.md"]), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetDirectories(_concord["runs/reproduce/made-up"]).Length);

        var again = _concord.Run("reproduce made-up.yaml --quick");
        Assert.Contains("0 left", again.Out, StringComparison.Ordinal);
        Assert.Contains("re-implementation", again.Out, StringComparison.Ordinal);
        Assert.Contains("2 not judged for their plan is cut", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void ThePagesAreJudgedAgainWithoutARun()
    {
        Directory.CreateDirectory(_concord["docs/reproductions"]);
        var pages = Directory.GetFiles(Path.Combine(Repository.Root, "docs", "reproductions"))
            .ToDictionary(path => _concord[$"docs/reproductions/{Path.GetFileName(path)}"], File.ReadAllText);
        foreach (var (path, text) in pages)
            File.WriteAllText(path, Regex.Replace(text, "Held: |1 direction only", "Flattered: "));
        var result = _concord.Run("reproduce --write-docs");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("pages in docs/reproductions judged again", result.Out, StringComparison.Ordinal);
        Assert.All(pages, page => Assert.Equal(page.Value, File.ReadAllText(page.Key)));
        Assert.False(Directory.Exists(_concord["runs"]));
    }

    [Fact]
    public void TheListHasEveryEntry()
    {
        var listed = _concord.Run("reproduce --json");
        Assert.Equal(0, listed.ExitCode);
        Assert.Equal(Concord.Experiments.Reproduction.Catalogue.Select(entry => entry.Name),
            listed.Events.Select(line => line.GetProperty("name").GetString()));
        Assert.Contains("lighton-mnist", _concord.Run("reproduce").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reproduce lighton-mnis", "Did you mean 'lighton-mnist'?")]
    [InlineData("reproduce lighton-mnist", "mnist")]   // the files are missing
    [InlineData("reproduce nothing.yaml", "there is no such file")]
    [InlineData("reproduce made-up.yaml --quick --full", "keep one")]
    [InlineData("reproduce made-up.yaml --write-docs", "There is no folder")]
    [InlineData("reproduce --write-docs", "no page in 'docs/reproductions'")]
    public void MistakesAreOneLineAndExitCodeTwo(string words, string said)
    {
        var result = _concord.Run(words);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_concord["runs"]));
    }
}
