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

    [Fact]
    public void WhatASpikingStepTakesIsPlannedForAssumedSpikes()
    {
        var cost = _concord.Run("cost --model snn:20-10-3 --rule fa --batch 4 --spikes-per-neuron 2 --json").Events[1];
        var forward = cost.GetProperty("breakdown").EnumerateArray()
            .Single(place => place.GetProperty("block").GetString() == "fc1" && place.GetProperty("phase").GetString() == "forward");
        Assert.Equal(2 * 4 * 20 * 10, forward.GetProperty("accumulates").GetInt64());
        var all = _concord.Run("cost --model snn:20-10-3");
        Assert.Equal(0, all.ExitCode);
        Assert.Contains("not for spiking networks: wm", all.Out, StringComparison.Ordinal);
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
