namespace Concord.Tests.Cli;

/// <summary>Spiking networks from the command line, as a newcomer uses them.</summary>
public sealed class SpikingCommandTests : IDisposable
{
    private const string Few = "--data glyphs --train 300 --validation 100 --test 100 --epochs 1 --engine managed --threads 1";

    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void ASpikingNetworkIsTrainedEvaluatedAndCompared()
    {
        var trained = _concord.Run($"train {Few} --model snn:784-30-10 --rule exact --out run");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("spikes a neuron fc1", trained.Out, StringComparison.Ordinal);
        Assert.Contains("\"spikes\":[{\"layer\":\"fc1\"", File.ReadAllText(Path.Combine(_concord["run"], "metrics.jsonl")),
            StringComparison.Ordinal);
        var settled = File.ReadAllText(Path.Combine(_concord["run"], "experiment.yaml"));
        Assert.Contains("loss: count", settled, StringComparison.Ordinal);
        Assert.Contains("rule: backprop", settled, StringComparison.Ordinal);
        Assert.Contains("normalization: unit-range", settled, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);

        var compared = _concord.Run($"compare {Few} --seeds 1 --model snn:784-30-10 --rules exact,sfdfa,shallow");
        Assert.True(compared.ExitCode == 0, compared.Error);
        Assert.Contains("first spike", compared.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("exact ", compared.Out, StringComparison.Ordinal);   // it is backprop's other name
    }

    /// <summary>Seven rules, three hidden layers and two seeds make a table that is wider than any line.</summary>
    [Theory]
    [InlineData(200)]
    [InlineData(120)]
    [InlineData(80)]
    public void TablesKeepToTheLineAndBreakNoWord(int columns)
    {
        string[] rules = ["backprop", "fa", "usf", "fbp", "dfa", "sfdfa", "shallow"];
        var compared = _concord.Run($"compare --data yin-yang --train 60 --validation 20 --test 20 --epochs 1 --seeds 2 --engine managed "
            + $"--threads 1 --model snn:4-9-9-9-3,threshold=0.05 --rules {string.Join(',', rules)}", ("COLUMNS", $"{columns}"));
        Assert.True(compared.ExitCode == 0, compared.Error);
        var heads = "";
        var rows = 0;
        foreach (var line in compared.Out.Split('\n').SkipWhile(line => !line.Contains("  rule ", StringComparison.Ordinal))
            .TakeWhile(line => !line.StartsWith("cosine:", StringComparison.Ordinal)).Where(line => line.Trim().Length > 0))
        {
            Assert.True(line.Length <= columns, $"{line.Length}: {line}");
            if (line[0] == '─') continue;
            var first = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            if (first == "rule") heads += line;
            else Assert.Equal(rules[rows++ % rules.Length], first);
        }
        Assert.True(rows > rules.Length && rows % rules.Length == 0, $"{rows} rows");
        foreach (var head in (string[])["test accuracy", "fc3 cosine", "fc4 spikes", "of gradients", "extra forward", "peak"])
            Assert.Contains($"  {head}  ", heads, StringComparison.Ordinal);
        Assert.DoesNotContain("…", compared.Out, StringComparison.Ordinal);
        // what people read keeps to it too; a warning is one line, and so is an address
        Assert.All(compared.Out.Split('\n').Where(line => !line.StartsWith("warning: ", StringComparison.Ordinal)
            && !line.StartsWith("report ", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 0, columns));
    }

    [Fact]
    public void WhatASpikingStepTakesIsPlannedForAssumedSpikes()
    {
        var cost = _concord.Run("cost --model snn:20-10-3 --rule fa --batch 4 --spikes-per-neuron 2 --json").Events[1];
        var forward = cost.GetProperty("breakdown").EnumerateArray()
            .Single(place => place.GetProperty("block").GetString() == "fc1" && place.GetProperty("phase").GetString() == "forward");
        Assert.Equal(2 * 4 * 20 * 10, forward.GetProperty("accumulates").GetInt64());
        var all = _concord.Run("cost --model snn:20-10-3");
        Assert.Equal(0, all.ExitCode);
        Assert.Contains("not for this network: wm", all.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void TheCostOfANetworkWithTimeStepsLeavesOutRulesThatDoNotFit()
    {
        var all = _concord.Run("cost --model lif:20-10-3,steps=4");
        Assert.Equal(0, all.ExitCode);
        Assert.Contains("not for this network: ", all.Out, StringComparison.Ordinal);
        Assert.Contains("\ndfa ", all.Out, StringComparison.Ordinal);
        var none = _concord.Run("cost --model lif:20-10-3,steps=0");
        Assert.Equal(2, none.ExitCode);
        Assert.DoesNotContain("not for this network", none.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--loss cross-entropy", "Choose another loss: count, first-spike")]
    [InlineData("--normalization mean-std", "--normalization unit-range")]
    [InlineData("--rule wm", "weight mirror")]
    [InlineData("--activations recomputed", "stored")]
    [InlineData("--spike-targets 1", "with a slash between them")]
    public void WhatDoesNotFitIsRefusedWithWhatToDo(string option, string says)
    {
        var refused = _concord.Run($"train {Few} --model snn:784-30-10 {option} --out run");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(says, refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Error, StringComparison.Ordinal);
    }
}
