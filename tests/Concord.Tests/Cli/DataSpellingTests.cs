namespace Concord.Tests.Cli;

/// <summary>A path of data is one data set however it is written, and what was written stays.</summary>
public sealed class DataSpellingTests : IDisposable
{
    private const string Small = "model: mlp:4-3\nepochs: 1\nbatch: 8\nengine: managed\nthreads: 1\n";
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void AReportHasOneDataSet()
    {
        string[] spellings = [$"csv:{_concord["table.csv"]}", "csv:./table.csv", "csv:runs/../table.csv"];
        foreach (var (seed, data) in spellings.Index())
            Assert.Equal(0, _concord.Run($"train --data {data} --model mlp:4-3 --epochs 1 --batch 8 --engine managed --threads 1 "
                + $"--seed {seed} --out runs/{seed}").ExitCode);
        Assert.Equal(0, _concord.Run("report runs --out page.html").ExitCode);
        var page = File.ReadAllText(_concord["page.html"]);
        Assert.Contains("3 runs on csv:./table.csv, ", page, StringComparison.Ordinal);
        Assert.DoesNotContain("was edited", page, StringComparison.Ordinal);
        foreach (var (seed, data) in spellings.Index())
            Assert.Contains($"data: \"{data}\"", File.ReadAllText(_concord[$"runs/{seed}/experiment.yaml"]), StringComparison.Ordinal);
    }

    [Fact]
    public void ASweepHasOneRunAndGoesOnWithIt()
    {
        File.WriteAllText(_concord["twice.yaml"], $"{Small}data: [csv:table.csv, csv:./table.csv]\n");
        Assert.Contains("is in the grid twice", _concord.Run("sweep twice.yaml --dry-run").Error, StringComparison.Ordinal);

        File.WriteAllText(_concord["once.yaml"], $"{Small}data: csv:./table.csv\n");
        Assert.Equal(0, _concord.Run("sweep once.yaml --out once -q").ExitCode);
        foreach (var data in (string[])["csv:table.csv", $"csv:{_concord["table.csv"]}"])
            Assert.Contains("Nothing is left to run.", _concord.Run($"sweep once.yaml data={data} --out once --dry-run").Out,
                StringComparison.Ordinal);
        Assert.Single(Directory.GetDirectories(_concord["once"]));
    }

    [Fact]
    public void AComparisonGoesOn()
    {
        const string Words = "compare --rules dfa --model mlp:4-6-3 --epochs 1 --batch 8 --seeds 1 --engine managed --threads 1 -q "
            + "--out one";
        var first = _concord.Run($"{Words} --data csv:table.csv");
        Assert.Equal((0, first.Out), (first.ExitCode, _concord.Run($"{Words} --data csv:./table.csv").Out));
    }
}
