using System.Text.Json;
using System.Text.Json.Nodes;
using Concord.Interchange;
using Concord.Tests.Cli;
using Concord.Tests.Experiments;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>What a run writes down: lines with a type and a time, some within an epoch; numbers as numbers.</summary>
public sealed class RunLogTests(SampleRuns runs) : IClassFixture<SampleRuns>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ALineWithinAnEpochAllocatesNothing()
    {
        using var place = RunFolder.Create(_folder["run"]);
        using var log = RunLog.Open(place, runs.Settings, []);
        for (var i = 0; i < 3; i++) Append();
        Assert.Equal(0, Allocation.Of(Append));

        void Append() => log.Append(new StepLine(1234567, 0.1234567890123, 0.05, 98765.4321));
    }

    [Fact]
    public void EveryLineHasATypeAndATime()
    {
        var settings = runs.Settings with { Rule = "dfa", Batch = 4, Epochs = 2, ProbeEvery = 30, Optimizer = new(LearningRate: 0.001) };
        var begun = DateTime.UtcNow;
        runs.Train(settings, _folder["run"]);
        var lines = Lines(_folder["run"]);
        Assert.Equal(["probe", "step", "step", "step", "probe", "step", "step", "epoch",
                "step", "probe", "step", "step", "step", "probe", "step", "epoch"],
            lines.Select(line => line.GetProperty("type").GetString()));
        Assert.Equal([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], lines.Where(line => line.TryGetProperty("loss", out _))
            .Select(line => line.GetProperty("step").GetInt32()));
        var times = lines.Select(line => line.GetProperty("wallTime").GetDouble()).ToList();
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[0], (begun - DateTime.UnixEpoch).TotalSeconds - 1, (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds + 1);
        Assert.All(lines.Where(line => line.TryGetProperty("loss", out _)), line =>
        {
            Assert.InRange(line.GetProperty("loss").GetDouble(), 0, 10);
            Assert.Equal(0.001, line.GetProperty("learningRate").GetDouble());
            Assert.True(line.GetProperty("samplesPerSecond").GetDouble() > 0);
            Assert.False(line.TryGetProperty("epoch", out _));   // by which readers of before know an epoch
        });
    }

    /// <summary>Some twenty lines an epoch, however long it is.</summary>
    [Theory]
    [InlineData(1, 10)]
    [InlineData(200, 10)]
    [InlineData(201, 11)]
    [InlineData(10_000, 500)]
    public void LongEpochsHaveNoMoreLines(long steps, int gap) => Assert.Equal(gap, StepLine.Gap(steps));

    [Fact]
    public void AResumedRunHasTheLinesOfOneThatWasNotInterrupted()
    {
        var settings = runs.Settings with { Rule = "dfa", Batch = 4, CheckpointMinutes = 1e-9 };
        runs.Train(settings, _folder["whole"]);
        using var stop = new CancellationTokenSource();
        var steps = 0;
        FaultInjection.At = point =>
        {
            if (point == "step" && ++steps == 75) stop.Cancel();
        };
        Assert.Throws<OperationCanceledException>(() => runs.Train(settings, _folder["cut"], cancellation: stop.Token));
        FaultInjection.At = null;
        // as killed later than its checkpoint
        File.AppendAllText(Path.Combine(_folder["cut"], "metrics.jsonl"), "{\"type\":\"step\",\"step\":80,\"loss\":99}\n{\"ty");
        runs.Resume(settings, _folder["cut"]);
        Assert.Equal(Metrics("whole"), Metrics("cut"));

        string[] Metrics(string name) => RunFiles.WithoutTimes(File.ReadAllBytes(Path.Combine(_folder[name], "metrics.jsonl")));
    }

    [Fact]
    public void SettingsThatAreNumbersAreNumbersInASummary()
    {
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(runs.Folder, "summary.json")));
        Assert.Equal(2, summary.RootElement.GetProperty("schema").GetInt32());
        var settings = summary.RootElement.GetProperty("settings");
        Assert.Equal(20, settings.GetProperty("batch").GetInt32());
        Assert.Equal(0.05, settings.GetProperty("learningRate").GetDouble());
        Assert.False(settings.GetProperty("nesterov").GetBoolean());
        Assert.Equal("usual", settings.GetProperty("lossTime").GetString());
        Assert.Equal("dfa", settings.GetProperty("rule").GetString());
        Assert.Equal(runs.Settings.Optimizer, RunFolder.ResultOf(runs.Folder)!.Settings.Optimizer);
        Assert.Equal(RunFolder.SettingsOf(runs.Folder).Write(), RunFolder.ResultOf(runs.Folder)!.Settings.Write());
    }

    /// <summary>Files of before there were types, times, lines within an epoch, and numbers among the settings.</summary>
    [Fact]
    public void RunsOfBeforeAreReadAndContinued()
    {
        var settings = runs.Settings with { Rule = "dfa" };
        var result = runs.Train(settings, _folder["run"]);
        string summary = Path.Combine(_folder["run"], "summary.json"), metrics = Path.Combine(_folder["run"], "metrics.jsonl");
        var old = JsonNode.Parse(File.ReadAllText(summary))!.AsObject();
        old.Remove("schema");
        old["settings"] = new JsonObject(settings.Write().Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        File.WriteAllText(summary, old.ToJsonString());
        var lines = Lines(_folder["run"]).Where(line => line.TryGetProperty("epoch", out _)).Select(line => new JsonObject(
            line.EnumerateObject().Where(member => member.Name is not ("type" or "wallTime"))
                .Select(member => KeyValuePair.Create(member.Name, JsonNode.Parse(member.Value.GetRawText())))).ToJsonString());
        File.WriteAllText(metrics, string.Join('\n', lines) + "\n");
        Assert.Equal(result.Epochs.Select(epoch => epoch.TrainLoss), RunFolder.ResultOf(_folder["run"])!.Epochs
            .Select(epoch => epoch.TrainLoss));
        var last = Path.Combine(_folder["run"], "last.safetensors");
        using (var kernels = new Concord.Numerics.Engines.SingleKernels(1))
        {
            var trainer = new Trainer(settings, runs.Split, kernels);
            var state = Checkpoint.Read(last, trainer.Learner) with { MetricsBytes = new FileInfo(metrics).Length };
            Checkpoint.Write(last, trainer.Learner, state);
        }
        Assert.Equal(result.Test.Loss, runs.Resume(settings, _folder["run"]).Test.Loss);
    }

    private static List<JsonElement> Lines(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line => JsonElement.Parse(line))];
}
