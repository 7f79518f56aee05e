using System.Globalization;
using System.Text.RegularExpressions;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>The page shows what the folders hold, says what is missing, and lets nothing out of its place.</summary>
public sealed class ReportTests(SampleRuns runs) : IClassFixture<SampleRuns>
{
    [Fact]
    public void OnePageHoldsEverything()
    {
        var report = Report.Of([runs.Root]);
        var page = report.ToHtml();
        Assert.Equal(6, report.Runs);
        // so short a training is not sound
        Assert.All(report.Notes, note => Assert.StartsWith("Something went wrong in it: ", note.Note, StringComparison.Ordinal));
        foreach (var name in new[] { "Results", "Alignment", "Learning curves", "Alignment at fc1", "Alignment at fc2", "Accuracy against "
            + "alignment", "Which classes", "Cost of a training sample", "Settings that all runs share", "mlp:784-12-12-10" })
            Assert.Contains(name, page, StringComparison.Ordinal);
        Assert.Contains("concord compare --rules backprop,dfa,shallow --seeds 2 &lt;b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", Regex.Replace(page, "http-equiv", ""), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(page, Report.Of([runs.Root]).ToHtml());
    }

    [Fact]
    public void FiguresAreThoseOfTheRuns()
    {
        var results = new[] { "backprop", "dfa" }.ToDictionary(rule => rule, rule => Enumerable.Range(0, 2)
            .Select(seed => RunFolder.ResultOf(Path.Combine(runs.Root, rule, $"seed-{seed}"))!.Test.Accuracy).ToArray());
        var page = Report.Of([runs.Root]).ToHtml();
        double[] differences = [100 * (results["dfa"][0] - results["backprop"][0]), 100 * (results["dfa"][1] - results["backprop"][1])];
        Assert.Contains($"{Minus(differences.Average())} (no interval)", page, StringComparison.Ordinal);   // two seeds
        Assert.Contains(Minus(100 * results["dfa"].Average()), page, StringComparison.Ordinal);

        static string Minus(double value) => value.ToString("F2", CultureInfo.InvariantCulture).Replace('-', '−');
    }

    [Fact]
    public void UnfinishedRunsAreShownWithANote()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => runs.Train(runs.Settings with { Rule = "fa" }, folder["fa"], progress =>
        {
            if (progress.Finished?.Epoch == 2) stop.Cancel();
        }, stop.Token));
        File.AppendAllText(Path.Combine(folder["fa"], "metrics.jsonl"), "{\"epoch\":3,\"st");
        var report = Report.Of([folder["fa"]]);
        Assert.Contains(report.Notes, note => note.Note.Contains("2 of 3 epochs", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note.Note.Contains("half written", StringComparison.Ordinal));
        var page = report.ToHtml();
        Assert.Contains("fa, epoch 2: ", page, StringComparison.Ordinal);
        Assert.DoesNotContain("fa, epoch 3: ", page, StringComparison.Ordinal);
        var macs = RunFolder.ResultOf(Path.Combine(runs.Root, "backprop", "seed-0"))!.MacsPerSample;   // fa takes what backprop takes
        Assert.Contains($"<td class=\"n\">{NumberFormat.Count(macs.Total)}</td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void RunsOfAnotherVersionAreShownAsFarAsTheyGo()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["other"]);
        File.WriteAllText(Path.Combine(folder["other"], "summary.json"),
            """{"settings":{"rule":"<i>novel</i>","data":"glyphs","seed":"7"},"testAccuracy":0.5,"confusion":[[1,2],[3,4]]}""");
        File.WriteAllText(Path.Combine(folder["other"], "metrics.jsonl"), "{\"epoch\":1,\"trainLoss\":2}\n");
        Directory.CreateDirectory(folder["broken"]);
        File.WriteAllText(Path.Combine(folder["broken"], "summary.json"), "{");
        File.WriteAllText(Path.Combine(folder["broken"], "last.safetensors"), "no checkpoint");
        File.WriteAllText(Path.Combine(folder["broken"], "metrics.jsonl"), "nothing of the kind\n");
        var report = Report.Of([folder.Path]);
        var page = report.ToHtml();
        Assert.Contains("&lt;i&gt;novel&lt;/i&gt;", page, StringComparison.Ordinal);
        Assert.Contains("50.00", page, StringComparison.Ordinal);
        foreach (var said in new[] { "is of another version: it has no engine", "1 lines are of another version",
            "summary.json' is damaged: it is no valid JSON, at line 1, byte 2", "line 1 is not readable", "settings cannot be read" })
            Assert.Contains(report.Notes, note => note.Note.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void DifferentDataSetsAreKeptApart()
    {
        using var folder = new TemporaryFolder();
        Copy(Path.Combine(runs.Root, "dfa", "seed-0"), folder["one"]);
        Copy(Path.Combine(runs.Root, "dfa", "seed-0"), folder["two"]);
        Copy(Path.Combine(runs.Root, "dfa", "seed-0"), folder["same"]);
        var summary = Path.Combine(folder["two"], "summary.json");
        File.WriteAllText(summary,
            File.ReadAllText(summary).Replace("\"data\": \"glyphs\"", "\"data\": \"mnist\"", StringComparison.Ordinal));
        var page = Report.Of([folder.Path]).ToHtml();
        Assert.Contains("different data sets", page, StringComparison.Ordinal);
        Assert.Contains("<h2>mnist</h2>", page, StringComparison.Ordinal);
        Assert.Contains("It repeats the settings and the seed of another run", page, StringComparison.Ordinal);
    }

    [Fact]
    public void ManyLongRunsStaySmall()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 12; i++)
        {
            var copy = folder[$"run-{i}"];
            Copy(Path.Combine(runs.Root, "dfa", "seed-0"), copy);
            string summary = Path.Combine(copy, "summary.json"), metrics = Path.Combine(copy, "metrics.jsonl");
            File.WriteAllText(summary, File.ReadAllText(summary).Replace("\"learningRate\": 0.05", $"\"learningRate\": 0.{i + 11}",
                StringComparison.Ordinal));
            var line = File.ReadLines(metrics).First(line => line.Contains("\"epoch\":1,", StringComparison.Ordinal));
            File.WriteAllLines(metrics,
                Enumerable.Range(1, 1000).Select(epoch => line.Replace("\"epoch\":1,", $"\"epoch\":{epoch},", StringComparison.Ordinal)));
        }
        var page = Report.Of([folder.Path]).ToHtml();
        Assert.Contains("dfa learningRate=0.22", page, StringComparison.Ordinal);
        Assert.InRange(page.Length, 100_000, 2_000_000);
    }

    [Fact]
    public void FoldersWithoutRunsAreRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("holds no run", Assert.Throws<ConcordException>(() => Report.Of([folder.Path])).Message, StringComparison.Ordinal);
        Assert.Contains("There is no folder", Assert.Throws<ConcordException>(() => Report.Of([folder["none"]])).Message,
            StringComparison.Ordinal);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
