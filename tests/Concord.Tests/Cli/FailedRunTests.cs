namespace Concord.Tests.Cli;

/// <summary>Runs that fail beside others, files of runs that are damaged, and files that a disk does not take.</summary>
public sealed class FailedRunTests : IDisposable
{
    // At this rate one seed of three diverges in its first epoch.
    private const string Steep = "train --data csv:table.csv --model mlp:4-12-8-3 --batch 8 --epochs 1 --engine managed --threads 1 "
        + "--learning-rate 80 --seeds";
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void ASeedThatDivergesLeavesTheOthersToGoOn()
    {
        var done = _concord.Run($"{Steep} 1,2,3 --out runs --json");
        Assert.Equal(1, done.ExitCode);
        Assert.Contains("seed 2 failed: The run diverged in epoch 1", done.Error, StringComparison.Ordinal);
        Assert.Contains("seed 2 failed", done.Event("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("[1,3]", done.Event("result").GetProperty("seeds").GetRawText());
        foreach (var (seed, file) in ((int, string)[])[(1, "summary.json"), (2, "failure.txt"), (3, "summary.json")])
            Assert.True(File.Exists(_concord[$"runs/seed-{seed}/{file}"]));

        var report = _concord.Run("report runs");
        Assert.Equal(0, report.ExitCode);
        Assert.Contains("seed-2: It failed: The run diverged", report.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("To go on with it", report.Out, StringComparison.Ordinal);
        Assert.Contains("It failed: The run diverged", File.ReadAllText(_concord["runs/report.html"]), StringComparison.Ordinal);
        var again = _concord.Run("resume runs/seed-2");
        Assert.Equal(1, again.ExitCode);
        Assert.StartsWith("The run diverged", File.ReadAllText(_concord["runs/seed-2/failure.txt"]), StringComparison.Ordinal);
    }

    [Fact]
    public void WhereAllSeedsFailThereIsNoResult()
    {
        foreach (var quiet in (string[])["", " --quiet"])
        {
            var done = _concord.Run($"{Steep.Replace("80", "1e39", StringComparison.Ordinal)} 2{quiet} --out runs{quiet.Trim()}");
            Assert.Equal(1, done.ExitCode);
            Assert.Contains("seed 0 failed: The run diverged", done.Out, StringComparison.Ordinal);
            Assert.Contains("seed 1 failed: The run diverged", done.Out, StringComparison.Ordinal);
            Assert.Contains("None of the 2 seeds was trained to its end.", done.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AFolderOfRunsIsAnsweredWithThem()
    {
        Assert.Equal(0, _concord.Run($"{Steep} 1,3 --out runs").ExitCode);
        foreach (var command in (string[])["resume", "evaluate", "robustness", "resume --epochs 3"])
        {
            var refused = _concord.Run($"{command} runs");
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("'runs' is not a run itself, but has runs below it: runs/seed-1, runs/seed-3. Give one of them.", refused.Error,
                StringComparison.Ordinal);
        }
        Directory.CreateDirectory(_concord["empty"]);
        Assert.Contains("holds no checkpoint", _concord.Run("evaluate empty").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingReportIsSaidAndEndsWithOne()
    {
        foreach (var (page, words) in ((string, string)[])
        [
            ("one/report.html", $"{Steep.Replace(" --seeds", "", StringComparison.Ordinal)} --out one"),
            ("two/report.html", $"{Steep} 1,3 --out two"),
            ("three/seed-3/report.html", $"{Steep} 1,3 --out three"),
            ("four/report.html", "compare --data csv:table.csv --model mlp:4-6-3 --batch 8 --epochs 1 --seeds 1 --rules dfa --out four"),
        ])
        {
            Directory.CreateDirectory(_concord[$"{page}/a folder in its place"]);
            var done = _concord.Run(words);
            Assert.True(done.ExitCode == 1, words + done.Out + done.Error);
            Assert.Contains("The runs are whole, but the report is missing: ", done.Out, StringComparison.Ordinal);
            Assert.Contains("test accuracy", done.Out, StringComparison.Ordinal);
        }
        var resumed = _concord.Run("resume one");
        Assert.Equal(1, resumed.ExitCode);
        Assert.Contains("the report is missing", resumed.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedCellLeavesTheOthersToGoOn()
    {
        File.WriteAllText(_concord["small.yaml"],
            "data: csv:table.csv\nmodel: mlp:4-6-3\nepochs: 2\nbatch: 8\nengine: managed\nseeds: 7\nrule: dfa\n");
        // 18 steps a cell: five are done, one is begun
        Assert.Equal(137, _concord.Run("sweep small.yaml --jobs 1", ("CONCORD_FAULT", "step:93")).ExitCode);
        string[] cells = [.. Directory.GetDirectories(_concord["runs/small"]).Order(StringComparer.Ordinal)];
        Assert.Equal(6, cells.Length);
        File.WriteAllText(Path.Combine(cells[0], "summary.json"), "{");
        File.WriteAllText(Path.Combine(cells[1], "summary.json"), "null");
        File.WriteAllText(Path.Combine(cells[2], "data.json"), "[]");
        File.WriteAllText(Path.Combine(cells[3], "metrics.jsonl"), "{\"epoch\":null}\n");
        var checkpoint = File.ReadAllBytes(Path.Combine(cells[5], "last.safetensors"));
        checkpoint[^5] ^= 64;
        File.WriteAllBytes(Path.Combine(cells[5], "last.safetensors"), checkpoint);
        var dry = _concord.Run("sweep small.yaml --dry-run");
        Assert.True(dry.ExitCode == 0, dry.Error);
        var done = _concord.Run("sweep small.yaml --jobs 2");
        Assert.True(done.ExitCode == 1, done.Out + done.Error);
        Assert.Equal("", done.Error);
        foreach (var seed in (int[])[0, 1, 2, 3, 5]) Assert.Contains($"seed={seed} failed: ", done.Out, StringComparison.Ordinal);
        foreach (var seed in (int[])[4, 6]) Assert.DoesNotContain($"seed={seed} failed: ", done.Out, StringComparison.Ordinal);
        Assert.Contains("remove ", done.Out, StringComparison.Ordinal);
        foreach (var cell in cells.Where((_, i) => i != 4)) Directory.Delete(cell, recursive: true);
        Assert.Equal(0, _concord.Run("sweep small.yaml").ExitCode);
    }
}
