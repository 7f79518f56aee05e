using Concord.Data;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Features of frozen blocks on disk: the same bits as without them, made once, made again where they are damaged.</summary>
public sealed class FeatureCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly RunSettings s_settings = new()
    {
        Data = "here", Train = 90, Validation = 30, Test = 25, Model = "cnn:2x8x8-c6k3p1-p2-c5k3-12-3,batchnorm,dropout=0.2", Rule = "dfa",
        Batch = 16, Epochs = 3, Engine = "managed", Threads = 1, Freeze = BlockPatterns.Parse("conv*"), CacheFeatures = FeatureCaching.On,
    };

    public void Dispose() => _folder.Dispose();

    private string Features => _folder["features"];

    private string[] Files => Directory.Exists(Features) ? Directory.GetFiles(Features) : [];

    private static Dataset Data()
    {
        byte[] Bytes(string name, int count)
        {
            var bytes = new byte[count * 128];
            for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)RandomStream.FromSeed(4).Split(name).Below((ulong)i, 256);
            return bytes;
        }
        Samples Samples(string name, int count) =>
            new(new(2, 8, 8), Bytes(name, count), [.. Enumerable.Range(0, count).Select(i => i % 3)], 3);
        return new("here", Samples("train", 120), Samples("test", 25), ["a", "b", "c"], "made here", OwnData.Verification);
    }

    private (RunResult Result, byte[] Weights, List<string> Notices) Run(RunSettings settings)
    {
        settings = settings with { FeatureFolder = Features };
        using var kernels = Engines.Create(settings.Engine, settings.Threads);
        settings = settings.Split(Data(), out var split);
        Trainer? trainer = null;
        kernels.Run(() => trainer = new(settings, split, kernels));
        var notices = new Notices();
        var result = trainer!.Run(notices);
        return (result, Kit.Bytes(trainer.Learner.Network), notices.Texts);
    }

    private sealed class Notices : IProgress<TrainingProgress>
    {
        public List<string> Texts { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (value.Notice is not null) Texts.Add(value.Notice);
        }
    }

    public static TheoryData<string, string, string, int> Cases
    {
        get
        {
            TheoryData<string, string, string, int> data = [];
            foreach (var engine in Engines.Names.Where(name => name != "auto"))
                foreach (var (model, rule, batch) in ((string, string, int)[])
                    [(s_settings.Model, "dfa", 16), (s_settings.Model, "backprop", 16), (s_settings.Model, "fa", 7),
                        (s_settings.Model, "sparse-dfa", 90),
                     ("cnn:2x8x8-c16k3p1-r16-r32s2-gap-20-3,batchnorm", "usf", 32), ("cnn:2x8x8-c48k3p1-c64k3p1-p2-100-3", "dfa", 33)])
                    data.Add(engine, model, rule, batch);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TrainingOnFeaturesGivesTheSameBits(string engine, string model, string rule, int batch)
    {
        var settings = s_settings with { Engine = engine, Model = model, Rule = rule, Batch = batch,
            Freeze = BlockPatterns.Parse(model.Contains("-r", StringComparison.Ordinal) ? "conv1,unit*" : "conv*") };
        var (with, weights, notices) = Run(settings);
        var (without, plain, none) = Run(settings with { CacheFeatures = FeatureCaching.Off });
        Assert.Single(Files);
        Assert.Contains("kept in", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Empty(none);
        Assert.Equal(plain, weights);
        Assert.Equal(without.Epochs.Select(epoch => (epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss)),
            with.Epochs.Select(epoch => (epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss)));
        Assert.Equal((without.Test.Loss, without.BestTest!.Loss), (with.Test.Loss, with.BestTest!.Loss));
        Assert.Equal(without.Epochs[^1].Alignment.Select(port => port.Cosine).Where(double.IsFinite),
            with.Epochs[^1].Alignment.Select(port => port.Cosine).Where(double.IsFinite));
        Assert.True(with.MacsPerSample.Forward < without.MacsPerSample.Forward);
        Assert.Empty(Run(settings).Notices);   // they are there
    }

    [Fact]
    public void RecomputedActivationsAndRandomWeightsOfASeedWorkAsWell()
    {
        var recomputed = s_settings with { Activations = ActivationPolicy.Recomputed, Probe = ProbeKind.Off };
        Assert.Equal(Run(recomputed with { CacheFeatures = FeatureCaching.Off }).Weights, Run(recomputed).Weights);
        Run(s_settings with { Seed = 1 });
        Assert.Equal(2, Files.Length);   // another draw, other features
        Run(s_settings with { Rule = "fa", Epochs = 1 });
        Assert.Equal(2, Files.Length);   // another rule, the same
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0)]
    [InlineData(1)]
    public void DamagedFeaturesAreMadeAgain(double kept)
    {
        var expected = Run(s_settings).Weights;
        var file = Assert.Single(Files);
        var whole = File.ReadAllBytes(file);
        var damaged = whole[..(int)(whole.Length * kept)];
        if (kept == 1) damaged[whole.Length / 2] ^= 1;   // one bit, which only its hash tells
        File.WriteAllBytes(file, damaged);
        var (_, weights, notices) = Run(s_settings);
        Assert.Contains("They are made again.", notices[0], StringComparison.Ordinal);
        Assert.Equal(expected, weights);
        Assert.Equal(whole, File.ReadAllBytes(file));
    }

    [Fact]
    public void WhereTheDiskRefusesARunGoesOnUnlessItWasToldToKeepThem()
    {
        File.WriteAllText(Features, "a file where a folder should be");
        var (_, weights, notices) = Run(s_settings with { CacheFeatures = FeatureCaching.Auto });
        Assert.Contains("continues without", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Equal(Run(s_settings with { CacheFeatures = FeatureCaching.Off }).Weights, weights);
        Assert.Contains(Features, Assert.Throws<ConcordException>(() => Run(s_settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeKeptIsRefusedOrNotKept()
    {
        foreach (var settings in (RunSettings[])[s_settings with { Augment = Augmentation.Parse("flip") },
            s_settings with { Freeze = BlockPatterns.None }, s_settings with { Freeze = BlockPatterns.Parse("conv2") }])
        {
            Assert.Contains("--cache-features", Assert.Throws<ConcordException>(() => Run(settings)).Message, StringComparison.Ordinal);
            Assert.Empty(Run(settings with { CacheFeatures = FeatureCaching.Auto, Epochs = 1 }).Notices);
        }
        Assert.Empty(Files);
        var centre = s_settings with { Augment = Augmentation.Parse("centre-crop=6"), Model = s_settings.Model.Replace("8x8", "6x6",
            StringComparison.Ordinal) };
        Assert.Equal(Run(centre with { CacheFeatures = FeatureCaching.Off }).Weights, Run(centre).Weights);
    }

    [Fact]
    public void ARunBrokenOffLeavesNoHalfFile()
    {
        using var kernels = Kit.Single();
        var settings = (s_settings with { FeatureFolder = Features }).Split(Data(), out var split);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => new Trainer(settings, split, kernels).Run(cancellation: stop.Token));
        Assert.Empty(Files);
    }
}
