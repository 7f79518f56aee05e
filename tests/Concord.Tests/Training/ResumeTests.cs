using Concord.Data;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Tests.Cli;
using Concord.Tests.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>
/// Breaks runs off at every kind of moment, some sixty of them, and goes on: the same bits come out. With all that has a
/// memory or a draw of its own: dropout, Adam, a rule that redraws, the plateau schedule, a probe, checkpoints within epochs.
/// </summary>
public sealed class ResumeTests
{
    private static readonly string[] s_points =
    [
        "step", FaultInjection.TemporaryWritten, FaultInjection.BeforeRename, FaultInjection.AfterRename, FaultInjection.MiddleOfLine,
        FaultInjection.MiddleOfEvent,
    ];

    private static readonly RunSettings s_settings = new()
    {
        Data = "here", Model = "mlp:6-10-8-3,dropout=0.3,batchnorm", Rule = "brsf", Optimizer = OptimizerSettings.ByName["adam"],
        Schedule = Schedule.Parse("plateau:0.5:1"), Batch = 16, Epochs = 4, Validation = 20, ProbeEvery = 3,
        CheckpointMinutes = 1e-9, Seed = 3, Engine = "managed", Threads = 1,
    };

    [Fact]
    public void ARunBrokenOffAnywhereGoesOnToTheSameBits()
    {
        using var folder = new TemporaryFolder();
        var data = Data();
        Dictionary<string, int> arrivals = s_points.ToDictionary(point => point, _ => 0);
        FaultInjection.At = point =>
        {
            if (arrivals.TryGetValue(point, out var count)) arrivals[point] = count + 1;
        };
        Run(folder["whole"], data, resume: false);

        var kills = 0;
        foreach (var (point, count) in arrivals)
        {
            Assert.True(count >= 4, $"{point}: {count}");
            foreach (var at in Enumerable.Range(0, 12).Select(i => 1 + i * (count - 1) / 11).Distinct())
            {
                var path = folder[FormattableString.Invariant($"{point}-{at}")];
                var left = at;
                FaultInjection.At = here =>
                {
                    if (here == point && --left == 0) throw new Broken();
                };
                Assert.Throws<Broken>(() => Run(path, data, resume: false));
                FaultInjection.At = null;
                Run(path, data, resume: File.Exists(Path.Combine(path, "last.safetensors")));
                RunFiles.AssertSame(folder["whole"], path);
                kills++;
            }
        }
        Assert.True(kills >= 50, $"only {kills}");
    }

    [Theory]
    [InlineData("mlp:6-10-8-3,dropout=0.3,batchnorm")]
    [InlineData("cnn:2x1x3-c4k2p1-r6s2-d0.3-5-3,batchnorm,no-bias")]
    [InlineData("lenet")]
    public void AnyModelGoesOnToTheSameBits(string model)
    {
        using var folder = new TemporaryFolder();
        var data = model.StartsWith("mlp", StringComparison.Ordinal) ? Data() : Data(model == "lenet" ? new(2, 18, 18) : new(2, 1, 3));
        BrokenOffTwice(folder, data, s_settings with { Model = model });
    }

    // Rules whose feedback has a past of its own, with what they count.
    [Theory]
    [InlineData("brsf")]
    [InlineData("fbp feedback.period=3 feedback.scheme=threshold feedback.threshold=0.001")]
    [InlineData("fbp feedback.period=2 feedback.scheme=top-k feedback.fraction=0.1")]
    [InlineData("brsf feedback.period=5 feedback.scheme=random feedback.fraction=0.5")]
    [InlineData("wm mirror.steps=5 mirror.every=2 mirror.batch=20")]
    [InlineData("dtp reverse.steps=2")]
    [InlineData("ddtp reverse.optimizer=run")]
    public void ARunBrokenOffTwiceGoesOnToTheSameBits(string rule)
    {
        using var folder = new TemporaryFolder();
        var data = Data();
        var words = rule.Split(' ');
        var settings = s_settings with { Rule = words[0], RuleOptions = words.Skip(1).Select(word => word.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]) };
        BrokenOffTwice(folder, data, settings);
    }

    // The feedback is a copy of the weights that is renewed every second step.
    [Fact]
    public void ARunOfANetworkAndARuleMadeInCodeGoesOnToTheSameBits()
    {
        using var folder = new TemporaryFolder();
        BrokenOffTwice(folder, Data(), s_settings with
        {
            Model = new RunSettings().Model, Rule = new RunSettings().Rule,
            InCode = new(() => Kit.Network("mlp:6-10-8-3,dropout=0.3,batchnorm"), () => Kit.Rule(Kit.ReadmeRule)),
        });
        Assert.Equal((RunSettings.CodeModel, "rare-transport"),
            (RunFolder.SettingsOf(folder["twice"]).Model, RunFolder.SettingsOf(folder["twice"]).Rule));
    }

    // Draws of the encoding, the memory of the weight bump, and the slopes that were clipped so far; delays that learn.
    [Theory]
    [InlineData("brsf", 0.05)]
    [InlineData("sfdfa", 0.05)]
    [InlineData("kolen-pollack", null)]
    public void ARunOfSpikingNeuronsGoesOnToTheSameBits(string rule, double? bump)
    {
        using var folder = new TemporaryFolder();
        BrokenOffTwice(folder, Data(), s_settings with
        {
            Model = "snn:6-10-8-3,encoder=rate,rate=60,threshold=0.05,tau=0.05,weights=-0.3/1,grazing=clipped,slope=1,"
                + $"delays={(bump is null ? "0/0.02" : "off")}",
            Normalization = NormalizationKind.UnitRange,
            Objective = new(LossKind.SpikeCount, Spikes: new(RateStrength: 0.1)), Rule = rule, WeightBump = bump,
        });
    }

    // What stands in bf16 is made of the weights, and so is nothing that a checkpoint would have to hold.
    [Bfloat16Fact(inHardware: true)]
    public void ARunInBfloat16GoesOnToTheSameBits()
    {
        using var folder = new TemporaryFolder();
        BrokenOffTwice(folder, Data(), s_settings with { Engine = "onednn", Precision = Precision.Bfloat16 });
        Assert.Equal(Precision.Bfloat16, RunFolder.SettingsOf(folder["twice"]).Precision);
    }

    // The ways of products decide last bits. What the machine would choose, and whether it measures, changes while the run is broken off.
    [TheoryWith(Need.OneDnn)]
    [InlineData("panel", "sgemm"), InlineData("panel", null), InlineData(null, "panel"), InlineData("panel", "panel")]
    public void ARunGoesOnWithTheProductsThatItWasBegunWith(string? begun, string? then)
    {
        using var folder = new TemporaryFolder();
        var data = Data(new(64));
        var settings = s_settings with { Model = "mlp:64-256-256-3", Rule = "backprop", Batch = 60, Engine = "onednn" };
        Begin(folder["whole"], begun, stop: 0);
        Begin(folder["stopped"], begun, stop: 3);
        string whole = folder["whole/products.txt"], stopped = folder["stopped/products.txt"];
        if (begun is not null)   // as if it went on at another processor
            File.WriteAllText(stopped, File.ReadAllText(stopped).Replace("# ", "# another ", StringComparison.Ordinal));
        Begin(folder["stopped"], then, stop: 0);
        RunFiles.AssertSame(folder["whole"], folder["stopped"]);
        Assert.Equal(begun is not null, File.Exists(stopped));
        if (begun is not null) Assert.Contains("60x256x256-nn panel", File.ReadAllText(stopped), StringComparison.Ordinal);
        if (begun is not null && then is not null) Assert.Equal(File.ReadAllLines(whole)[1..], File.ReadAllLines(stopped)[1..]);

        Kernels Start(string? way) => Engines.Create("onednn", 1, choices: way is null ? null : folder[way]);

        void Begin(string path, string? way, int stop)
        {
            if (way is not null)
            {
                using var first = Start(way);
                var file = new ProductFile(folder[way], first.Choices!.About!);
                foreach (var rows in (int[])[16, 20, 40, 60, 100])   // batches, and samples that are looked at
                    foreach (var shape in (string[])["x256x256-nn", "x256x256-nt", "x256x64-nn", "x64x256-nt"])
                        file.Keep($"{rows}{shape}", ProductFile.Parse([$"x {way}"])["x"]);
                foreach (var shape in (string[])["256x256x60-tn", "256x256x40-tn", "64x256x60-tn", "64x256x40-tn"])
                    file.Keep(shape, ProductFile.Parse([$"x {way}"])["x"]);
            }
            using var kernels = Start(way);
            using var run = stop == 0 && Directory.Exists(path) ? RunFolder.Open(path) : RunFolder.Create(path);
            var goesOn = File.Exists(Path.Combine(path, "last.safetensors"));
            var trainer = new Trainer(goesOn ? RunFolder.SettingsOf(path) : settings, data, kernels, run, restores: goesOn);
            if (goesOn) trainer.Restore();
            using var source = new CancellationTokenSource();
            FaultInjection.At = point =>
            {
                if (point == "step" && --stop == 0) source.Cancel();
            };
            if (stop == 0) trainer.Run();
            else Assert.Throws<OperationCanceledException>(() => trainer.Run(cancellation: source.Token));
            FaultInjection.At = null;
        }
    }

    private static void BrokenOffTwice(TemporaryFolder folder, DataSplit data, RunSettings settings)
    {
        Run(folder["whole"], data, resume: false, settings: settings);
        foreach (var stop in (int[])[7, 5])
        {
            using var source = new CancellationTokenSource();
            var left = stop;
            FaultInjection.At = point =>
            {
                if (point == "step" && --left == 0) source.Cancel();
            };
            Assert.Throws<OperationCanceledException>(() => Run(folder["twice"], data, resume: stop == 5, settings, source.Token));
        }
        FaultInjection.At = null;
        Run(folder["twice"], data, resume: true, settings);
        RunFiles.AssertSame(folder["whole"], folder["twice"]);
        if (settings.InCode is null)
            Assert.Contains(':', RunFolder.SettingsOf(folder["twice"]).Model);   // what rebuilds the network, not its name
    }

    private static void Run(string path, DataSplit data, bool resume, RunSettings? settings = null,
        CancellationToken cancellation = default)
    {
        using var kernels = (settings ?? s_settings).StartEngine();
        using var folder = resume ? RunFolder.Open(path) : RunFolder.Create(path);
        var trainer = new Trainer(resume ? RunFolder.SettingsOf(path) with { InCode = settings?.InCode } : settings ?? s_settings,
            data, kernels, folder);
        if (resume) trainer.Restore();
        trainer.Run(cancellation: cancellation);
    }

    private static DataSplit Data(Shape? shape = null)
    {
        var stream = RandomStream.FromSeed(5);
        var length = shape?.Length ?? 6;
        var (inputs, labels) = (new float[120, length], new int[120]);
        for (var n = 0; n < 120; n++)
        {
            labels[n] = n % 3;
            for (var i = 0; i < length; i++)
                inputs[n, i] = (float)(stream.Uniform((ulong)(n * length + i)) + (i % 3 == labels[n] ? 0.4 : 0));
        }
        return Dataset.From(inputs, labels, shape: shape).Split(20, stream.Split("split"));
    }

    private sealed class Broken : Exception;
}
