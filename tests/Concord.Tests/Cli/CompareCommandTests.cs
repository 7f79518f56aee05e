using System.Text.Json;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>A comparison puts rules beside each other, and keeps its runs.</summary>
public sealed class CompareCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void ComparingPutsReferenceAndControlBeside()
    {
        var result = _concord.Run("compare --rules dfa --data csv:table.csv --epochs 2 --batch 8 --seeds 2 --validation 12 --engine "
            + "managed --threads 1 --json --tune --out kept");
        Assert.True(result.ExitCode == 0, result.Error);
        var results = result.Events.Where(line => line.GetProperty("event").GetString() == "result").ToList();
        Assert.Equal(["backprop", "dfa", "shallow"], results.Select(line => line.GetProperty("rule").GetString()));
        Assert.All(results, line => Assert.Equal(Comparison.UsualFactors.Count, line.GetProperty("tuned").GetArrayLength()));
        Assert.True(File.Exists(Path.Combine(_concord["kept"], "dfa", "seed-1", "summary.json")));
        Assert.Contains("shallow", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AConvolutionalNetworkIsComparedByItsName()
    {
        var result = _concord.Run("compare --model lenet --rules dfa --seeds 1 --epochs 1 --train 96 --validation 32 --test 32 --batch 32 "
            + "--engine managed --threads 1 --out runs --json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["backprop", "dfa", "shallow"], result.Events.Where(line => line.GetProperty("event").GetString() == "result")
            .Select(line => line.GetProperty("rule").GetString()!));
        Assert.Contains("model: \"cnn:1x28x28-c6k5p2-p2-c16k5-p2-c120k5-84-10,init=xavier-uniform\"",
            File.ReadAllText(Path.Combine(_concord["runs"], "dfa", "seed-0", "experiment.yaml")), StringComparison.Ordinal);
        Assert.Contains("optimizer: adam", File.ReadAllText(Path.Combine(_concord["runs"], "dfa", "seed-0", "experiment.yaml")),
            StringComparison.Ordinal);
        Assert.All(result.Events.Where(line => line.GetProperty("event").GetString() == "result"),
            line => Assert.Equal(2, line.GetProperty("tuned").GetArrayLength()));
        Assert.DoesNotContain("tuned", _concord.Run("compare --model lenet --rules dfa --learning-rate 0.001 --seeds 1 --epochs 1 --train "
            + "32 --validation 32 --test 32 --batch 32 --engine managed --threads 1 --json").Out, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("evaluate runs/dfa/seed-0").ExitCode);
    }

    [Fact]
    public void WhatIsMovedToFeedbackIsReported()
    {
        var result = _concord.Run("compare --rules fbp,fa --data csv:table.csv --model mlp:4-12-8-3 --epochs 2 --batch 8 --seeds 1 "
            + "--engine managed --threads 1 --json --out moved");
        Assert.True(result.ExitCode == 0, result.Error);
        var rules = result.Events.Where(line => line.GetProperty("event").GetString() == "result")
            .ToDictionary(line => line.GetProperty("rule").GetString()!, line => line.GetProperty("transport"));
        Assert.Equal(12 * 8 + 8 * 3, rules["backprop"].GetProperty("weightsPerStep").GetDouble());
        Assert.Equal(4 * (12 * 8 + 8 * 3), rules["backprop"].GetProperty("bytesPerStep").GetDouble());
        Assert.Equal(1, rules["backprop"].GetProperty("reduction").GetDouble());
        Assert.Equal(0, rules["fa"].GetProperty("weightsPerStep").GetDouble());
        Assert.Equal(JsonValueKind.Null, rules["fa"].GetProperty("reduction").ValueKind);
        Assert.Equal(2, rules["fbp"].GetProperty("connections").GetArrayLength());
        var run = _concord.Run("train --rule fbp --set feedback.period=2 --set feedback.scheme=top-k --set feedback.fraction=0.5 --data "
            + "csv:table.csv --model mlp:4-12-8-3 --epochs 2 --batch 8 --engine managed --threads 1 --out half");
        Assert.Contains("times fewer than backprop", run.Out + run.Error, StringComparison.Ordinal);
        Assert.Contains(": as many as backprop, 32 times fewer bytes.", _concord.Run("compare --rules usf --data csv:table.csv --model "
            + "mlp:4-12-8-3 --epochs 1 --batch 8 --seeds 1 --engine managed --threads 1 --out signs").Out, StringComparison.Ordinal);
        var kept = RunFolder.ResultOf(
            Path.GetDirectoryName(Directory.GetFiles(_concord["half"], "summary.json", SearchOption.AllDirectories).Single())!)!;
        Assert.InRange(kept.Transport!.Reduction, 3.9, 4.3);   // an odd number of steps leaves one of them out
        Assert.Equal(kept.Transport.Moved, kept.Epochs[^1].Transported);
        Assert.True(kept.Transport.Moved.IndexBits > 0);
    }

    /// <summary>What was trained for a comparison is there afterwards, and the last line says where to look.</summary>
    [Fact]
    public void AComparisonKeepsItsRuns()
    {
        const string Words = "compare --rules dfa --data csv:table.csv --model mlp:4-6-3 --epochs 1 --batch 8 --seeds 2 --engine managed "
            + "--threads 1";
        var result = _concord.Run(Words);
        Assert.True(result.ExitCode == 0, result.Error);
        var page = result.Out.TrimEnd().Split('\n')[^1];
        Assert.StartsWith("report  runs/table-compare", page.Replace('\\', '/'), StringComparison.Ordinal);
        Assert.True(File.Exists(_concord[page["report  ".Length..]]));
        Assert.True(File.Exists(_concord["runs/table-compare/shallow/seed-1/summary.json"]));
        Assert.Contains("weights: angle of a rule's feedback with the forward weights it stands for: dfa fc1 ", result.Out,
            StringComparison.Ordinal);
        Assert.Matches("^test accuracy backprop [^\n]+   dfa [^\n]+   shallow [^\n]+   runs.table-compare-2.report.html\n$",
            _concord.Run(Words + " -q").Out);
        Assert.Equal(2, _concord.Run(Words + " --early-stop 4").ExitCode);
        Assert.False(Directory.Exists(_concord["runs/table-compare-3"]));   // nothing is left of what could not begin
    }
}
