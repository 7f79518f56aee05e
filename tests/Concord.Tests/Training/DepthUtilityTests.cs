using System.Text.Json;
using Concord.Data;
using Concord.Networks;
using Concord.Numerics.Engines;
using Concord.Tests.Cli;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>What training hidden blocks is worth: the same runs with them frozen.</summary>
public sealed class DepthUtilityTests
{
    [Theory]
    [InlineData("mlp:6-5-4-3", "none", "fc1 fc2")]
    [InlineData("mlp:6-5-4-3", "fc1", "fc2")]
    [InlineData("resmlp:6-5x3-3", "none", "unit1 unit2 unit3")]    // the embedding learns in the control as well
    [InlineData("cnn:2x5x6-c3k3p1-r3-p2-r4s2-gap-4-3", "none", "unit1 unit2")]
    public void BlocksAreUnitsWhereThereAreAny(string model, string frozen, string blocks) =>
        Assert.Equal(blocks.Split(' '), DepthControl.BlocksOf(ModelDescription.Parse(model), BlockPatterns.Parse(frozen)));

    [Fact]
    public void WithoutHiddenBlocksThatLearnItIsRefused()
    {
        Assert.Contains("--depth-utility", Assert.Throws<ConcordException>(
            () => DepthControl.BlocksOf(ModelDescription.Parse("mlp:6-3"), BlockPatterns.None)).Message, StringComparison.Ordinal);
        Assert.Throws<ConcordException>(() => DepthControl.BlocksOf(ModelDescription.Parse("mlp:6-5-3"), BlockPatterns.Parse("fc1")));
    }

    [Theory]
    [InlineData(new[] { 0.05, 0.051, 0.052 }, true)]
    [InlineData(new[] { 0.010, 0.011, 0.012 }, false)]
    [InlineData(new[] { 0.0, 0.0, 0.0 }, false)]
    [InlineData(new[] { 0.0, 0.0 }, null)]            // nor do two, which have no interval
    [InlineData(new[] { 0.02, 0.08, 0.05 }, null)]    // the interval reaches below two points
    [InlineData(new[] { 0.3 }, null)]                 // one seed decides nothing
    public void NoVerdictIsTighterThanTheSeedsAllow(double[] utility, bool? isWorth) =>
        Assert.Equal(isWorth, DepthControl.IsWorth(new(utility)));

    [Fact]
    public void ALadderFreezesFromBelowAndFrozenBlocksAreWorthNothing()
    {
        using var kernels = Engines.Create("managed", 1);
        var settings = new RunSettings { Train = 400, Validation = 50, Test = 200, Model = "mlp:784-24-16-10", Batch = 20, Epochs = 2,
            Probe = ProbeKind.Off, CacheFeatures = FeatureCaching.Off, Engine = "managed", Threads = 1,
            Optimizer = new(LearningRate: 0.05) }.Load(out _, out var data);
        List<ComparisonProgress> seen = [];
        var outcomes = new Comparison(settings, ["backprop", "shallow"], [0, 1]) { Depth = DepthLadder.Whole }
            .Run(data, kernels, progress: new Listener<ComparisonProgress>(seen.Add));
        Assert.All(seen, at => Assert.Equal(12, at.Runs));
        Assert.Equal(12, seen[^1].Run);
        foreach (var outcome in outcomes)
        {
            Assert.Equal(["0: fc1 fc2", "1: fc1"], outcome.Depth.Select(control =>
                $"{control.Trained}: {string.Join(' ', control.Frozen)}"));
            Assert.All(outcome.Depth, control => Assert.Equal(outcome.Rule, control.Result!.Rule));
            Assert.Equal(["fc1,fc2", "fc1"], outcome.Depth.Select(control => control.Result!.Settings.Freeze.ToString()));
        }
        // The control is the same network as shallow's, and shallow's is the same as its own.
        Assert.Equal([0, 0], outcomes[1].Depth[0].UtilityOf(outcomes[1].Result!)!.Values);
        Assert.Equal(outcomes[1].Result!.TestAccuracy.Values, outcomes[0].Depth[0].Result!.TestAccuracy.Values);
        Assert.True(outcomes[0].Depth[0].UtilityOf(outcomes[0].Result!)!.Mean > 0.05);
    }

    [Fact]
    public void CompareShowsItInTheTableInJsonAndInTheReport()
    {
        using var concord = new ConcordProgram();
        const string Small = "--data glyphs --train 300 --validation 50 --test 100 --model resmlp:784-16x2-10 --epochs 1 --seeds 2 "
            + "--engine managed --threads 1";
        var compare = concord.Run($"compare {Small} --rules fa-stream --depth-utility --out out --json");
        Assert.Equal(0, compare.ExitCode);
        Assert.Contains("depth utility", compare.Error, StringComparison.Ordinal);
        Assert.Contains("unit1, unit2 frozen as drawn", compare.Error, StringComparison.Ordinal);
        var depth = compare.Events.First(line => line.GetProperty("event").GetString() == "result"
            && line.GetProperty("rule").GetString() == "fa-stream").GetProperty("depth");
        var control = Assert.Single(depth.EnumerateArray());
        Assert.Equal((0, 0.02, 2), (control.GetProperty("trained").GetInt32(), control.GetProperty("least").GetDouble(),
            control.GetProperty("utility").GetProperty("values").GetArrayLength()));
        Assert.True(control.TryGetProperty("isAtLeast", out _));
        Assert.True(Directory.Exists(concord["out/fa-stream/frozen-unit1-unit2/seed-1"]));
        var report = File.ReadAllText(concord["out/report.html"]);
        Assert.Contains("<h3>Depth utility</h3>", report, StringComparison.Ordinal);
        Assert.Contains("<td>unit1,unit2</td>", report, StringComparison.Ordinal);
        Assert.Contains("<h3>Activities</h3>", report, StringComparison.Ordinal);
    }
}
