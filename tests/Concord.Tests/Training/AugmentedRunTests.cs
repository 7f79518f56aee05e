using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Tests.Cli;
using Concord.Training;

namespace Concord.Tests.Training;

public sealed class AugmentedRunTests
{
    private static readonly RunSettings s_settings = new()
    {
        Data = "here", Validation = 40, Model = "mlp:36-20-3", Rule = "dfa", Batch = 16, Epochs = 2, Engine = "managed", Threads = 1,
        Augment = Augmentation.Parse("crop=6x6,flip,cutout=2"), CheckpointMinutes = 1e-9,
    };

    [Theory]
    [InlineData("mean-std")]
    [InlineData("zca")]
    public void ARunBrokenOffSeesTheSameViewsAfterwards(string normalization)
    {
        using var folder = new TemporaryFolder();
        var settings = RunSettings.Read([new("normalization", normalization)], s_settings);
        Run(settings, folder["whole"]);
        using var stop = new CancellationTokenSource();
        var left = 17;
        FaultInjection.At = point =>
        {
            if (point == "step" && --left == 0) stop.Cancel();
        };
        Assert.Throws<OperationCanceledException>(() => Run(settings, folder["parts"], stop: stop.Token));
        FaultInjection.At = null;
        Assert.Equal(settings.Augment, RunFolder.SettingsOf(folder["parts"]).Augment);
        Run(settings, folder["parts"], resume: true);
        RunFiles.AssertSame(folder["whole"], folder["parts"]);
    }

    [Fact]
    public void ViewsDoNotDependOnTheNumberOfThreads() =>
        Assert.Equal(Run(s_settings).Epochs.Select(epoch => epoch.TrainLoss),
            Run(s_settings with { Threads = 3 }).Epochs.Select(epoch => epoch.TrainLoss));

    [Fact]
    public void SeedsDrawOtherViewsAndEvaluationDrawsNone()
    {
        // a network that does not learn: only the views differ
        var still = s_settings with { Optimizer = s_settings.Optimizer with { LearningRate = 1e-30 }, Epochs = 3 };
        var run = Run(still);
        Assert.Equal(3, run.Epochs.Select(epoch => epoch.TrainLoss).Distinct().Count());
        Assert.Single(run.Epochs.Select(epoch => epoch.ValidationLoss).Distinct());
        var plain = Run(still with { Augment = Augmentation.Parse("centre-crop=6") });
        Assert.Equal(plain.Test.Loss, run.Test.Loss);
        Assert.NotEqual(plain.Epochs[0].TrainLoss, run.Epochs[0].TrainLoss);
    }

    [Fact]
    public void WhiteningIsSharedByTheRunsOfASplit()
    {
        var settings = s_settings with { Augment = Augmentation.None, Model = "mlp:64-20-3", Normalization = NormalizationKind.Zca };
        settings = settings.Split(Images(), out var data);
        using var kernels = Engines.Create("managed", 1);
        var first = new Trainer(settings, data, kernels).Run();
        Assert.Same(data.Whitening(), data.Whitening());
        Assert.Equal(first.Test.Loss, new Trainer(settings, data, kernels).Run().Test.Loss);
        Assert.NotEqual(first.Test.Loss, new Trainer(settings with { ZcaEpsilon = 1 }, data, kernels).Run().Test.Loss);
    }

    [Fact]
    public void AModelOfTheWrongSizeHearsWhatTheViewsAre() =>
        Assert.Contains("of which the augmentation 'crop=6x6,flip=0.5,cutout=2' leaves 1x6x6 (36 elements)",
            Assert.Throws<ConcordException>(() => Run(s_settings with { Model = "mlp:64-20-3" })).Message, StringComparison.Ordinal);

    /// <summary>Small pictures of three kinds under noise.</summary>
    private static Dataset Images()
    {
        var (inputs, labels) = (new float[300, 64], new int[300]);
        var stream = RandomStream.FromSeed(6);
        for (var n = 0; n < 300; n++)
        {
            labels[n] = n % 3;
            for (var i = 0; i < 64; i++) inputs[n, i] = (i / 8 % 3 == labels[n] ? 3 : 0) + (float)stream.Uniform((ulong)(n * 64 + i));
        }
        return Dataset.From(inputs, labels, shape: new Shape(1, 8, 8), name: "here");
    }

    private static RunResult Run(RunSettings settings, string? path = null, bool resume = false, CancellationToken stop = default)
    {
        settings = settings.Split(Images(), out var data);
        using var kernels = Engines.Create(settings.Engine, settings.Threads);
        using var folder = path is null ? null : resume ? RunFolder.Open(path) : RunFolder.Create(path);
        var trainer = new Trainer(settings, data, kernels, folder);
        if (resume) trainer.Restore();
        return trainer.Run(cancellation: stop);
    }
}
