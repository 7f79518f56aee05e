using System.Text.Json;
using Concord.Diagnostics;
using Concord.Experiments;
using Concord.Numerics.Engines;
using Concord.Tests.Cli;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>A void cosine is no number, in files, in tables and on pages.</summary>
public sealed class VoidAlignmentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // tanh from zero, as Nøkland has it: before the first step no gradient reaches a hidden block.
    private const string Silent = "--data glyphs --train 200 --validation 50 --test 50 --model mlp:784-12-12-10,tanh,init=zero --epochs 0 "
        + "--engine managed --threads 1";

    [Fact]
    public void ARunWritesItsStateAndReadsItBack()
    {
        using var kernels = Engines.Create("managed", 1);
        var settings = new RunSettings { Train = 200, Validation = 50, Test = 50, Model = "mlp:784-12-12-10,tanh,init=zero", Rule = "dfa",
            Epochs = 0, Engine = "managed", Threads = 1, Probe = ProbeKind.Gate }.Load(out _, out var data);
        RunResult result;
        using (var folder = RunFolder.Create(_folder["run"])) result = new Trainer(settings, data, kernels, folder).Run();
        Assert.All(result.Alignment, row => Assert.Equal((0, true, true), (row.TrueNorm, row.IsVoid, row.IsGateVoid)));
        Assert.Equal(result.Alignment.Select(row => (row.TrueNorm, row.IsVoid, row.IsLocalVoid, row.IsGateVoid)),
            RunFolder.ResultOf(_folder["run"])!.Alignment.Select(row => (row.TrueNorm, row.IsVoid, row.IsLocalVoid, row.IsGateVoid)));
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["run"], "summary.json")));
        foreach (var row in summary.RootElement.GetProperty("alignment").EnumerateArray())
        {
            Assert.True(row.GetProperty("void").GetBoolean());
            Assert.Equal(JsonValueKind.Null, row.GetProperty("cosine").ValueKind);
            Assert.Equal(JsonValueKind.Null, row.GetProperty("angleDegrees").ValueKind);
        }

        // Files of versions before have neither the norm nor the state.
        var metrics = Path.Combine(_folder["run"], "metrics.jsonl");
        var line = File.ReadAllText(metrics);
        Assert.Contains(",\"trueNorm\":0,\"void\":true", line, StringComparison.Ordinal);
        File.WriteAllText(metrics, line.Replace(",\"trueNorm\":0,\"void\":true", "", StringComparison.Ordinal));
        Assert.All(Assert.Single(MetricsReader.Epochs(metrics)).Alignment, row => Assert.Equal((true, false),
            (double.IsNaN(row.TrueNorm), row.IsVoid)));
    }

    [Fact]
    public void TheProgramSaysVoidAndWhatThatMeans()
    {
        using var concord = new ConcordProgram();
        var train = concord.Run($"train {Silent} --rule dfa --out run");
        Assert.Contains("fc1 VOID  fc2 VOID", train.Out, StringComparison.Ordinal);
        Assert.Contains("alignment fc1 cosine VOID   fc2 cosine VOID", train.Out, StringComparison.Ordinal);
        Assert.Contains(PortAlignment.VoidMeaning, train.Out, StringComparison.Ordinal);
        Assert.Contains("<td class=\"n\">VOID</td>", File.ReadAllText(concord["run/report.html"]), StringComparison.Ordinal);

        var compare = concord.Run($"compare {Silent} --rules dfa --seeds 2 --json");
        Assert.Contains("VOID", compare.Error, StringComparison.Ordinal);
        var port = compare.Events.First(line => line.GetProperty("event").GetString() == "result"
            && line.GetProperty("rule").GetString() == "dfa").GetProperty("alignment")[0];
        Assert.Equal(2, port.GetProperty("voidSeeds").GetInt32());
        Assert.Equal(JsonValueKind.Null, port.GetProperty("cosine").GetProperty("mean").ValueKind);
    }

    [Fact]
    public void SeedsWhoseFigureIsVoidAreCountedNextToTheOthers()
    {
        Assert.Equal("0.5", new SeedStatistic([0.5, double.NaN]).Shown("0.5"));
        Assert.Equal("0.5 (VOID in 1 of 2)", new SeedStatistic([0.5, double.NaN]) { Void = 1 }.Shown("0.5"));
        Assert.Equal("VOID", new SeedStatistic([double.NaN, double.NaN]) { Void = 2 }.Shown("-"));
    }

    [Fact]
    public void APageOfAReproductionKeepsIt()
    {
        var entry = Reproduction.Parse("""
            name: small
            source: Nobody 2026
            origin: paper
            data: glyphs
            model: mlp:784-12-10
            seeds: 3
            rules: {backprop: , dfa: }
            published:
              - {rule: dfa, cosine: {fc1: 0.5}}
            """, "small.yaml");
        foreach (var (ours, shown) in ((SeedStatistic, string)[])[(new([double.NaN, double.NaN, double.NaN]) { Void = 3 }, "VOID"),
            (new([0.25, 0.35, double.NaN]) { Void = 1 }, "0.300 ± 0.071 (VOID in 1 of 3)")])
        {
            var figures = entry.Judge(entry.Full, [(entry.Figures[0], ours)]);
            Assert.Equal(shown, ReproductionPage.Ours(figures[0]));
            if (ours.Count == 0) Assert.Contains("void", figures[0].Reason, StringComparison.Ordinal);
            const string Runs = "`concord reproduce small --full`: 6 runs; epochs 5; seeds 0, 1, 2; here.";
            var part = ReproductionPage.Part(entry, entry.Full, Runs, figures, [], "");
            var page = $"<!-- generated: small --full -->\n{part}\n<!-- end of small --full -->\n";
            var read = Assert.Single(Assert.Single(RecordedReproduction.Read(page, entry)).Figures);
            Assert.Equal(shown, ReproductionPage.Ours(read));
            Assert.Equal(figures[0].Verdict, read.Verdict);
        }
    }
}
