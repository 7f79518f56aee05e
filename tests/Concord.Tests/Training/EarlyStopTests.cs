using System.Text.Json;
using Concord.Tests.Cli;
using Concord.Tests.Experiments;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>A run that ends when its score on validation samples has not become better for some epochs.</summary>
public sealed class EarlyStopTests(SampleRuns runs) : IClassFixture<SampleRuns>, IDisposable
{
    private const int Patience = 3;
    private readonly TemporaryFolder _folder = new();

    // at which it reaches what it can in a few epochs
    private RunSettings Settings => runs.Settings with { Rule = "dfa", Epochs = 40, EarlyStop = Patience };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ARunEndsAfterSoManyEpochsWithoutABetterScore()
    {
        var result = runs.Train(Settings, _folder["run"]);
        var last = result.Epochs[^1].Epoch;
        Assert.InRange(last, Patience + 1, 39);
        Assert.Equal(last, result.StoppedAfter);
        Assert.Equal(last - Patience, result.BestEpoch!.Epoch);
        for (var epoch = 1; epoch < last; epoch++)
            Assert.True(epoch - EpochMetrics.Best(result.Epochs.Take(epoch))!.Epoch < Patience, $"it should have ended after {epoch}");
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["run"], "summary.json")));
        Assert.True(summary.RootElement.GetProperty("stoppedEarly").GetBoolean());
        Assert.Equal(Patience, summary.RootElement.GetProperty("settings").GetProperty("earlyStop").GetInt32());
        Assert.Equal(last, RunFolder.ResultOf(_folder["run"])!.StoppedAfter);

        // it is the beginning of the run that does not stop
        var whole = runs.Train(Settings with { EarlyStop = null, Epochs = last }, _folder["whole"]);
        Assert.Equal(whole.Epochs.Select(epoch => epoch.TrainLoss), result.Epochs.Select(epoch => epoch.TrainLoss));
        Assert.Equal((whole.Test.Loss, whole.BestTest!.Loss), (result.Test.Loss, result.BestTest!.Loss));
        Assert.Null(whole.StoppedAfter);
    }

    /// <summary>Wherever it was interrupted, also between the last epoch and the result.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    public void AResumedRunEndsWhereOneDoesThatWasNotInterrupted(int interrupted)
    {
        var whole = runs.Train(Settings, _folder["whole"]);
        using var stop = new CancellationTokenSource();
        var at = Math.Min(interrupted, whole.Epochs[^1].Epoch);
        try
        {
            runs.Train(Settings, _folder["cut"], progress =>
            {
                if (progress.Finished?.Epoch == at) stop.Cancel();
            }, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // as it should be
        }
        File.Delete(Path.Combine(_folder["cut"], "summary.json"));
        Assert.Equal(whole.StoppedAfter, runs.Resume(Settings, _folder["cut"]).StoppedAfter);
        RunFiles.AssertSame(_folder["whole"], _folder["cut"]);
    }

    [Fact]
    public void ARunThatStoppedEarlyCannotBeMadeLonger()
    {
        runs.Train(Settings, _folder["run"]);
        var before = File.ReadAllBytes(Path.Combine(_folder["run"], "last.safetensors"));
        using var kernels = new Concord.Numerics.Engines.SingleKernels(1);
        using var hold = RunFolder.Open(_folder["run"]);
        var trainer = new Trainer(Settings, runs.Split, kernels, hold, restores: true);
        trainer.Restore();
        var refused = Assert.Throws<ConcordException>(() => trainer.Extend(60));
        Assert.Contains("would stop there as well", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_folder["run"], "last.safetensors")));
    }

    [Theory]
    [InlineData(3, 4, "at least 5 epochs")]
    [InlineData(1, 0, "at least 3 epochs")]
    public void WhatCouldNeverStopIsRefused(int patience, int epochs, string said)
    {
        using var kernels = new Concord.Numerics.Engines.SingleKernels(1);
        var settings = runs.Settings with { EarlyStop = patience, Epochs = epochs };
        Assert.Contains(said, Assert.Throws<ConcordException>(() => new Trainer(settings, runs.Split, kernels)).Message,
            StringComparison.Ordinal);
        var split = runs.Dataset.Split(0, Concord.Numerics.RandomStream.FromSeed(0), 100, 20);
        Assert.Contains("there are none", Assert.Throws<ConcordException>(() => new Trainer(settings with { Epochs = 9, Validation = 0 },
            split, kernels)).Message, StringComparison.Ordinal);
    }
}
