using System.Text.Json;
using Concord.Networks;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Training;

public sealed class RecomputedRunTests
{
    [Fact]
    public void ARunThatRecomputesComesToTheSameWithLessMemoryAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        var settings = new RunSettings
        {
            Data = "glyphs", Train = 120, Validation = 40, Test = 40, Model = "mlp:784-20x8-10,tanh,batchnorm,dropout=0.1", Rule = "dfa",
            Batch = 32, Epochs = 2, Engine = "managed", Threads = 1, Probe = ProbeKind.Full,
        };
        var (stored, recomputed) = (Run("stored", settings),
            Run("recomputed", settings with { Activations = ActivationPolicy.Recomputed }));
        Assert.Equal(stored.Epochs.Select(Figures), recomputed.Epochs.Select(Figures));
        Assert.Equal(stored.Test.Loss, recomputed.Test.Loss);
        Assert.All(recomputed.Alignment, port => Assert.True(port.SignalRank >= 1 && port.TrueRank >= 1 && !double.IsNaN(port.GateCosine)
            && port.Quantiles.P5 <= port.Quantiles.P95));

        // a block keeps four activities and masks of 32 samples, and two moments
        const long Block = 4 * (4 * 32 * 20 + 2 * 20), Output = 4 * 32 * 10;
        Assert.Equal(8 * Block + Output, stored.Memory.Activations);
        Assert.Equal(2 * Block + Output, recomputed.Memory.Activations);
        Assert.Equal(stored.Memory.Weights, recomputed.Memory.Weights);
        Assert.True(recomputed.Memory.Training < stored.Memory.Training);
        Assert.Equal(0, stored.MacsPerSample.ExtraForward);
        Assert.Equal(784 * 20 + 7 * 20 * 20, recomputed.MacsPerSample.ExtraForward);
        Assert.Equal(stored.MacsPerSample.Error, recomputed.MacsPerSample.Error);

        var read = RunFolder.ResultOf(folder["recomputed"])!;
        Assert.Equal(recomputed.Memory, read.Memory);
        Assert.Equal(ActivationPolicy.Recomputed, read.Settings.Activations);
        Assert.Equal(recomputed.Alignment.Select(port => port.ToString()), read.Alignment.Select(port => port.ToString()));

        RunResult Run(string name, RunSettings wanted)
        {
            var resolved = wanted.Load(out _, out var data);
            using var kernels = Engines.Create(resolved.Engine, resolved.Threads);
            using var place = RunFolder.Create(folder[name]);
            return new Trainer(resolved, data, kernels, place).Run();
        }
        static string Figures(EpochMetrics epoch) =>
            string.Join(' ', [$"{epoch.TrainLoss:r} {epoch.ValidationLoss:r}", .. epoch.Alignment.Select(port => port.ToString())]);
    }

    [Fact]
    public void AProbedStepIsALineWithQuantilesAndRank()
    {
        using var folder = new TemporaryFolder();
        var settings = new RunSettings
        {
            Data = "glyphs", Train = 64, Validation = 20, Test = 20, Model = "mlp:784-20-10", Rule = "dfa", Batch = 16, Epochs = 1,
            Engine = "managed", Threads = 1, Probe = ProbeKind.Rank, ProbeEvery = 1,
        }.Load(out _, out var data);
        using var kernels = Engines.Create("managed", 1);
        using (var place = RunFolder.Create(folder["run"])) new Trainer(settings, data, kernels, place).Run();
        List<JsonElement> steps = [];
        foreach (var line in File.ReadLines(Path.Combine(folder["run"], "metrics.jsonl")))
        {
            var json = JsonDocument.Parse(line).RootElement;
            if (json.TryGetProperty("trainingAlignment", out var ports)) steps.Add(ports[0]);
        }
        Assert.Equal(4, steps.Count);
        Assert.All(steps, port =>
        {
            Assert.True(port.GetProperty("cosineP25").GetDouble() <= port.GetProperty("cosineMedian").GetDouble());
            Assert.True(port.GetProperty("signalRank").GetDouble() >= 1 && port.GetProperty("trueRank").GetDouble() >= 1);
            Assert.False(port.TryGetProperty("gateCosine", out _));
        });
    }
}
