using System.Text;
using Concord.Experiments;
using Concord.Numerics;
using Concord.Spiking;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Runs on data that are spikes: they learn, go on and answer as runs on numbers do.</summary>
public sealed class EventRunTests : IDisposable
{
    private const string Model = "snn:6-20-2,encoder=none,duration=0.4,tau=0.03,threshold=0.01/0.03,weights=-0.5/1";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Two classes that differ in the order in which the same neurons fire: only times tell them apart.</summary>
    [Fact]
    public void ANetworkLearnsTheOrderOfSpikes()
    {
        using var kernels = Kit.Single();
        var settings = Settings().Load(out _, out var split);
        using (var run = RunFolder.Create(_folder["run"]))
        {
            var result = new Trainer(settings, split, kernels, run).Run();
            Assert.True(result.Test.Accuracy > 0.9, $"accuracy {result.Test.Accuracy}");
        }
        var saved = SavedNetwork.Open(_folder["run"], kernels);
        var answers = saved.Answers(saved.SamplesOf(settings.Data));
        Assert.Equal(200, answers.Length);
        Assert.True(answers.Zip(Enumerable.Range(0, 200)).Count(pair => pair.First == pair.Second % 2) > 180);
        Assert.Contains("An attack changes numbers", Assert.Throws<ConcordException>(() => Robustness.Measure(saved,
            saved.SamplesOf(settings.Data), [0.1], new())).Message, StringComparison.Ordinal);
    }

    /// <summary>The published toy task, from one start: batches of the two patterns, in order.</summary>
    [Fact]
    public void TheOrderOfTwoSpikesIsLearned()
    {
        using var kernels = Kit.Single();
        List<KeyValuePair<string, string>> keys = [new("data", "spike-order"), new("validation", "0"), new("shuffle", "false"),
            new("batch", "2"), new("model", "snn:4-2,encoder=none,tau=1,threshold=1,duration=10,most-spikes=10,weights=0.5/2"),
            new("loss", "count"), new("epochs", "4"), new("probe", "off"),
            new("spikeTargets", "10/0")];
        var settings = RunSettings.Read(keys, new RunSettings()).Load(out _, out var split);
        Assert.Equal(1, new Trainer(settings, split, kernels).Run().Test.Accuracy);
    }

    [Theory]
    [InlineData("mlp:6-20-2", "has spikes, but the model mlp:6-20-2 takes numbers. Give one that takes spikes: "
        + "--model snn:6-128-2,encoder=none,duration=0.3.")]
    [InlineData("mlp", "has spikes, but the model mlp:6-256-256-2")]
    [InlineData("snn:6-12-2", "has spikes, but the model snn:6-12-2 takes numbers")]
    [InlineData("snn:6-12-2,encoder=none", "ends at 0.2 s, but the data")]
    public void AModelThatDoesNotTakeThemIsRefused(string model, string why)
    {
        using var kernels = Kit.Single();
        var settings = (Settings() with { Model = model }).Load(out _, out var split);
        Assert.Contains(why, Assert.Throws<ConcordException>(() => new Trainer(settings, split, kernels)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NumbersForAModelThatTakesSpikesAreRefused()
    {
        using var kernels = Kit.Single();
        var settings = (Settings() with { Data = "yin-yang", Model = "snn:4-12-3,encoder=none" }).Load(out _, out var split);
        Assert.Contains("takes spikes, but the data yin-yang has numbers",
            Assert.Throws<ConcordException>(() => new Trainer(settings, split, kernels)).Message, StringComparison.Ordinal);
    }

    /// <summary>Spikes that come after the end are a choice where the end is given.</summary>
    [Fact]
    public void AnEndThatIsGivenMayComeBeforeTheLastSpike()
    {
        using var kernels = Kit.Single();
        var settings = (Settings() with { Model = "snn:6-12-2,encoder=none,duration=0.1", Epochs = 1 }).Load(out _, out var split);
        var spikes = new SpikeTrains(6);
        split.Validation.LoadEvents([.. Enumerable.Range(0, split.Validation.Count)], spikes);
        var late = Enumerable.Range(0, spikes.Count).Count(e => spikes.Times[e] > 0.1) / (double)split.Validation.Count;
        Assert.True(late > 0);
        Assert.Equal([late, 0], new Trainer(settings, split, kernels).Run().Spikes.Select(layer => layer.Late));
    }

    /// <summary>What was bounded is in metrics.jsonl, and read from there again.</summary>
    [Fact]
    public void NeuronsThatWereStoppedAndSlopesThatWereClippedAreTold()
    {
        using var kernels = Kit.Single();
        var settings = (Settings() with { Model = $"{Model},most-spikes=2,grazing=clipped,slope=20", Epochs = 2 })
            .Load(out _, out var split);
        RunResult result;
        using (var run = RunFolder.Create(_folder["run"])) result = new Trainer(settings, split, kernels, run).Run();
        Assert.All(result.Spikes, layer => Assert.True(layer is { CutOff: > 0, Clipped: > 0 }, $"{layer}"));
        Assert.All(result.Spikes, layer => Assert.InRange(layer.CutOff, 0, layer.Neurons));
        Assert.Equal(1, result.Spikes[0].ArrivingPerNeuron, 1e-12);   // each input neuron fires once
        Assert.Equal(result.Spikes[0].SpikesPerNeuron, result.Spikes[1].ArrivingPerNeuron, 1e-12);
        Assert.Equal(result.Epochs.Select(epoch => epoch.Spikes),
            MetricsReader.Epochs(Path.Combine(_folder["run"], "metrics.jsonl")).Select(epoch => epoch.Spikes));
        Assert.Contains("Stopped: neurons that would have fired more often", Report.Of([_folder["run"]]).ToHtml(),
            StringComparison.Ordinal);
    }

    private RunSettings Settings()
    {
        var (text, stream) = (new StringBuilder("sample,label,time,neuron\n"), RandomStream.FromSeed(Kit.Seed));
        for (var sample = 0; sample < 200; sample++)
        {
            var label = sample % 2;
            for (var i = 0; i < 6; i++)
            {
                var time = 0.05 * i + 0.02 * stream.At(sample).Uniform((ulong)i);
                text.Append(FormattableString.Invariant($"{sample},{(label == 0 ? "rising" : "sinking")},{time},"))
                    .Append(FormattableString.Invariant($"{(label == 0 ? i : 5 - i)}\n"));
            }
        }
        var path = _folder.Write("order.csv", Encoding.UTF8.GetBytes(text.ToString()));
        return new RunSettings().WithUsualOf(Model) with { Data = $"events:{path}", Model = Model, Epochs = 20, Batch = 10 };
    }
}
