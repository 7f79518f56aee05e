using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Tests.Cli;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>What comes before and beside training obeys the wish to stop as the steps do, and goes on to the same bits.</summary>
public sealed class InterruptedTests : IDisposable
{
    private const int Epochs = 3, StepsPerEpoch = 5;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly RunSettings s_settings = new()
    {
        Data = "here", Model = "mlp:6-8-7-3", Rule = "wm", RuleOptions = new Dictionary<string, string>
            { ["mirror.steps"] = "20", ["mirror.batch"] = "10" },
        Batch = 24, Epochs = Epochs, Seed = 3, Engine = "managed", Threads = 1,
    };

    public static TheoryData<string, int> Moments => new()
    {
        // behind normalisation, data and settings the checkpoint before the first step: the mirror phase is next
        { FaultInjection.AfterRename, 4 },
        { "step", StepsPerEpoch },               // all steps of an epoch: validation is next
        { "step", Epochs * StepsPerEpoch },
        { FaultInjection.MiddleOfLine, 2 },      // an epoch's line: its checkpoint is next, then the next epoch
        { "end", 1 },                            // the last checkpoint: the test samples are next
    };

    [Theory]
    [MemberData(nameof(Moments))]
    public void ARunBrokenOffThereGoesOnToTheSameBits(string moment, int count)
    {
        var data = Data();
        Run("whole", data, s_settings, resume: false, default);
        using var source = new CancellationTokenSource();
        FaultInjection.At = point =>
        {
            if (moment == "end" && point == FaultInjection.AfterRename && RunFolder.IsBegun(_folder["broken"])
                && RunFolder.EpochsDone(_folder["broken"]) == Epochs) source.Cancel();
            if (point == moment && --count == 0) source.Cancel();
        };
        Assert.Throws<OperationCanceledException>(() => Run("broken", data, s_settings, resume: false, source.Token));
        FaultInjection.At = null;
        Run("broken", data, s_settings, resume: true, default);
        RunFiles.AssertSame(_folder["whole"], _folder["broken"]);
    }

    [Fact]
    public void AMirrorPhaseStopsBetweenItsSteps()
    {
        using var kernels = Kit.Single();
        foreach (var rule in (string[])["wm mirror.steps=1000000000", "fc1=wm,*=backprop mirror.steps=1000000000"])
        {
            using var source = new CancellationTokenSource();
            var shares = new List<double>();
            var learner = Kit.Learner("mlp:6-5-4-3", rule, kernels);
            Assert.Throws<OperationCanceledException>(() => learner.Prepare(new Listener<double>(share =>
            {
                shares.Add(share);
                if (shares.Count == 7) source.Cancel();
            }), cancellation: source.Token));
            Assert.Equal(7, shares.Count);
            Assert.Equal(shares.Order(), shares);
        }
    }

    [Fact]
    public void WhatAMirrorPhaseComesToDoesNotDependOnWhoListens()
    {
        using var kernels = Kit.Single();
        var (told, untold) = (Kit.Learner("mlp:6-5-3", "wm mirror.steps=9", kernels),
            Kit.Learner("mlp:6-5-3", "wm mirror.steps=9", kernels));
        using var source = new CancellationTokenSource();
        told.Prepare(new Listener<double>(_ => { }), cancellation: source.Token);
        untold.Prepare();
        Assert.Equal(Kit.Feedback(untold.Plan, "fc2.weight").ToArray(), Kit.Feedback(told.Plan, "fc2.weight").ToArray());
    }

    [Theory]
    [InlineData("whitening")]
    [InlineData("pre-alignment")]
    [InlineData("features")]
    [InlineData("mirror")]
    public void WhoIsToldBeforehandStopsBeforeTheFirstStep(string what)
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var settings = s_settings with { Rule = what == "mirror" ? "wm" : "dfa", RuleOptions = new Dictionary<string, string>() };
        if (what == "whitening") settings = settings with { Normalization = NormalizationKind.Zca };
        if (what == "pre-alignment") settings = settings with { PreAlign = true };
        if (what == "features")
            settings = settings with { Freeze = Concord.Networks.BlockPatterns.Parse("fc1"), CacheFeatures = FeatureCaching.On,
                FeatureFolder = _folder["kept"] };
        Assert.ThrowsAny<OperationCanceledException>(() => Run(what, Data(), settings, resume: false, source.Token));
        // Before the first checkpoint nothing is saved; behind it the run goes on from there.
        var begun = what is "features" or "mirror";
        Assert.Equal(begun, File.Exists(Path.Combine(_folder[what], "last.safetensors")));
        Assert.Equal(0, begun ? Checkpoint.ReadState(Path.Combine(_folder[what], "last.safetensors")).Step : 0);
        Assert.False(Directory.Exists(_folder["kept"]));
        Run(what, Data(), settings, resume: begun, default);
    }

    [Fact]
    public void WorkThatCannotBeInterruptedIsLeftAlone()
    {
        using var source = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        var waiting = Task.Run(() => CancellableCall.Run(() => gate.Wait(TimeSpan.FromMinutes(5)), source.Token));
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
        gate.Set();
        Assert.Equal(3, CancellableCall.Run(() => 3, default));
        Assert.Throws<ConcordException>(() => CancellableCall.Run<int>(() => throw new ConcordException("as it is"),
            source.IsCancellationRequested ? default : source.Token));
    }

    private void Run(string name, DataSplit data, RunSettings settings, bool resume, CancellationToken cancellation)
    {
        using var kernels = Engines.Create("managed", 1);
        using var folder = resume ? RunFolder.Open(_folder[name]) : RunFolder.Create(_folder[name]);
        var trainer = new Trainer(settings, data, kernels, folder, restores: resume);
        if (resume) trainer.Restore();
        trainer.Run(cancellation: cancellation);
    }

    private static DataSplit Data()
    {
        var stream = RandomStream.FromSeed(5);
        return new(Part("train", 24 * StepsPerEpoch), Part("validation", 30), Part("test", 30));

        Samples Part(string name, int count)
        {
            var uniform = stream.Split(name);
            int[] labels = [.. Enumerable.Range(0, count).Select(n => n % 3)];
            return new(new(6), [.. Enumerable.Range(0, 6 * count)
                .Select(i => (float)(uniform.Uniform((ulong)i) + (i % 6 % 3 == labels[i / 6] ? 0.4 : 0)))], labels, 3);
        }
    }
}
