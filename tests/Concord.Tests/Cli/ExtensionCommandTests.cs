namespace Concord.Tests.Cli;

/// <summary>A run is extended by <c>resume --epochs</c>, and not by what is written into its file.</summary>
public sealed class ExtensionCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void AnEditedFileLeadsToTheCommandThatExtends()
    {
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("long", epochs: 5)).ExitCode);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("run", epochs: 3)).ExitCode);
        var file = Path.Combine(_concord["run"], "experiment.yaml");
        File.WriteAllText(file, File.ReadAllText(file).Replace("epochs: 3", "epochs: 5", StringComparison.Ordinal));
        foreach (var words in (string[])["resume run", "evaluate run"])
        {
            var refused = _concord.Run(words);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("'epochs: 5' was 'epochs: 3'", refused.Error, StringComparison.Ordinal);
        }
        var offered = _concord.Run("resume run").Error.Split("longer: ")[1].Trim();
        var extended = _concord.RunPrinted("/", offered);
        Assert.True(extended.ExitCode == 0, extended.Error);
        Assert.Contains("extend  from 3 to 5 epochs", extended.Out, StringComparison.Ordinal);
        Assert.Contains("looked at before, after 3 epochs (", extended.Out, StringComparison.Ordinal);
        foreach (var name in (string[])["last.safetensors", "best.safetensors"])
            Assert.Equal(RunFiles.Values(Path.Combine(_concord["long"], name)), RunFiles.Values(Path.Combine(_concord["run"], name)));
        foreach (var name in (string[])["last-3.safetensors", "best-3.safetensors", "summary-3.json"])
            Assert.True(File.Exists(Path.Combine(_concord["run"], name)), name);
        Assert.Contains("was extended from 3 epochs", File.ReadAllText(Path.Combine(_concord["run"], "report.html")),
            StringComparison.Ordinal);
        Assert.Contains("looked at 2 times", File.ReadAllText(Path.Combine(_concord["run"], "report.html")), StringComparison.Ordinal);

        var again = _concord.Run("resume run --epochs 5 --json");   // the same command once more
        Assert.Equal(0, again.ExitCode);
        Assert.Equal(2, again.Event("result").GetProperty("testLooks").GetInt32());
        Assert.Contains("not shorter", _concord.Run("resume run --epochs 4").Error, StringComparison.Ordinal);

        // The earlier end is there to be looked at, and says what it was.
        var end = _concord.Run("evaluate run --checkpoint last-3 --json");
        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("short", epochs: 3)).ExitCode);
        Assert.Equal(_concord.Run("evaluate short --json").Event("evaluation").GetProperty("loss").GetDouble(),
            end.Event("evaluation").GetProperty("loss").GetDouble());
        foreach (var name in (string[])["last-4", "lst", "../short/last", "best-", "normalization"])
        {
            var refused = _concord.Run($"evaluate run --checkpoint {name}");
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("Known: last, best, best-3, last-3.", refused.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("after rename:3")]    // the summary has its other name
    [InlineData("before rename:5")]   // the checkpoint plans more, and experiment.yaml does not say so yet
    public void AnExtensionThatIsKilledGoesOn(string fault)
    {
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("long", epochs: 4)).ExitCode);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("run", epochs: 2)).ExitCode);
        Assert.Equal(137, _concord.Run("resume run --epochs 4", ("CONCORD_FAULT", fault)).ExitCode);
        var resumed = _concord.Run("resume run");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        var extended = _concord.Run("resume run --epochs 4");
        Assert.True(extended.ExitCode == 0, extended.Error);
        Assert.Equal(RunFiles.Values(Path.Combine(_concord["long"], "last.safetensors")),
            RunFiles.Values(Path.Combine(_concord["run"], "last.safetensors")));
        Assert.Equal(2, _concord.Run("resume run --json").Event("result").GetProperty("testLooks").GetInt32());
        Assert.DoesNotContain(Directory.GetFiles(_concord["run"]), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatCannotBeExtendedIsRefusedByName()
    {
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("cosine", epochs: 1)
            .Replace("plateau:0.5:1", "cosine", StringComparison.Ordinal)).ExitCode);
        var refused = _concord.Run("resume cosine --epochs 3");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("The schedule cosine", refused.Error, StringComparison.Ordinal);

        File.WriteAllText(_concord["small.yaml"],
            "data: csv:table.csv\nmodel: mlp:4-6-3\nepochs: 1\nbatch: 8\nengine: managed\nrule: dfa\n");
        Assert.Equal(0, _concord.Run("sweep small.yaml").ExitCode);
        var cell = Directory.GetDirectories(_concord["runs/small"]).Single();
        var file = Path.Combine(cell, "experiment.yaml");
        var text = File.ReadAllText(file);
        File.WriteAllText(file, text.Replace("batch: 8", "batch: 9", StringComparison.Ordinal));
        Assert.Contains("'batch: 9' was 'batch: 8'", _concord.Run("sweep small.yaml").Error, StringComparison.Ordinal);
        File.WriteAllText(file, text);
        Assert.Contains("is a cell of a sweep", _concord.Run($"resume {cell} --epochs 3").Error, StringComparison.Ordinal);
        Directory.Move(cell, _concord["mine"]);
        Assert.Equal(0, _concord.Run("resume mine --epochs 3").ExitCode);
    }
}
