using System.Globalization;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>Figures of runs as comma-separated values: every number that a run wrote down, and nothing rounded.</summary>
public sealed class RunTablesTests(SampleRuns runs) : IClassFixture<SampleRuns>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TablesOfSeveralRunsAreOne()
    {
        var tables = RunTables.Of(runs.Root);
        Assert.Equal(6, tables.Runs);
        tables.Write(_folder["csv"]);
        Assert.Equal(tables.Names.Select(name => $"{name}.csv"), Directory.GetFiles(_folder["csv"]).Select(file => Path.GetFileName(file))
            .Order(StringComparer.Ordinal));
        var epochs = Read("epochs");
        Assert.Equal(18, epochs.Count);
        var result = RunFolder.ResultOf(runs.Folder)!;
        var mine = epochs.Where(row => row["run"] == Path.Combine("dfa", "seed-0")).ToList();
        Assert.Equal(result.Epochs.Select(epoch => (epoch.Epoch, epoch.Step, epoch.TrainLoss)), mine.Select(row =>
            (int.Parse(row["epoch"], CultureInfo.InvariantCulture), long.Parse(row["step"], CultureInfo.InvariantCulture),
                double.Parse(row["trainLoss"], CultureInfo.InvariantCulture))));
        Assert.All(mine, row => Assert.Equal(("dfa", "0"), (row["rule"], row["seed"])));
        var cosines = Read("alignment").Where(row => row["rule"] == "dfa" && row["seed"] == "0").ToList();
        Assert.Equal(result.Epochs.SelectMany(epoch => epoch.Alignment, (epoch, port) => (epoch.Step, port.Port, port.Cosine)), cosines
            .Select(row => (long.Parse(row["step"], CultureInfo.InvariantCulture), row["port"],
                double.Parse(row["cosine"], CultureInfo.InvariantCulture))));
        Assert.Equal(["10", "20", "30"], Read("steps").Take(3).Select(row => row["step"]));
        var summary = Read("summary").Single(row => row["run"] == Path.Combine("dfa", "seed-0"));
        Assert.Equal(result.Test.Accuracy, double.Parse(summary["testAccuracy"], CultureInfo.InvariantCulture));
        Assert.Equal(("0.05", "false"), (summary["settings.learningRate"], summary["settings.nesterov"]));
        Assert.True(double.Parse(summary["macsPerSample.forward"], CultureInfo.InvariantCulture) > 0);
        var counts = Read("confusion").Where(row => row["rule"] == "dfa" && row["seed"] == "0").ToList();
        Assert.Equal(100, counts.Count);
        Assert.Equal(60, counts.Sum(row => int.Parse(row["count"], CultureInfo.InvariantCulture)));
        Assert.Equal(result.Test.Confusion[1][2], int.Parse(counts.Single(row => (row["class"], row["answered"])
            == (runs.Dataset.Classes[1], runs.Dataset.Classes[2]))["count"], CultureInfo.InvariantCulture));
    }

    /// <summary>A run that is not finished has no summary, and perhaps half a line.</summary>
    [Fact]
    public void AnUnfinishedRunHasTheTablesThatItHas()
    {
        var run = Directory.CreateDirectory(_folder["run, \"mine\""]).FullName;
        foreach (var file in Directory.GetFiles(runs.Folder)) File.Copy(file, Path.Combine(run, Path.GetFileName(file)));
        File.Delete(Path.Combine(run, "summary.json"));
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), "{\"epoch\":4,\"tr");
        var tables = RunTables.Of(run);
        Assert.DoesNotContain("summary", tables.Names);
        tables.Write(_folder["csv"]);
        Assert.Equal(3, Read("epochs").Count);
        Assert.All(Read("epochs"), row => Assert.Equal("run, \"mine\"", row["run"]));
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), "\nnothing\n");
        Assert.Contains("metrics.jsonl", Assert.Throws<ConcordException>(() => RunTables.Of(run)).Message, StringComparison.Ordinal);
        Assert.Throws<ConcordException>(() => RunTables.Of(_folder["nowhere"]));
    }

    // Split by a reader that knows nothing of the writer.
    private List<Dictionary<string, string>> Read(string name)
    {
        var rows = File.ReadAllLines(Path.Combine(_folder["csv"], $"{name}.csv")).Select(Split).ToList();
        Assert.All(rows, row => Assert.Equal(rows[0].Count, row.Count));
        return [.. rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(cell => cell.First, cell => cell.Second))];
    }

    private static List<string> Split(string line)
    {
        List<string> cells = [""];
        var quoted = false;
        for (var i = 0; i < line.Length; i++)
            if (line[i] == '"' && quoted && i + 1 < line.Length && line[i + 1] == '"') cells[^1] += line[i++];
            else if (line[i] == '"') quoted = !quoted;
            else if (line[i] == ',' && !quoted) cells.Add("");
            else cells[^1] += line[i];
        return cells;
    }
}
