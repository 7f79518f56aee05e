using Concord.Data;
using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Tests.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>What a run will multiply is known, and measured, before its first step.</summary>
[Collection("oneDNN")]
public sealed class ForeseenProductsTests : IDisposable
{
    private static readonly RunSettings s_settings = new()
    {
        Data = "here", Model = "mlp:64-256-256-3", Batch = 60, Epochs = 1, Engine = "onednn", Threads = 1,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notices = [];

    public void Dispose()
    {
        FaultInjection.At = null;
        _folder.Dispose();
    }

    // 100 samples in batches of 60 and 40, 150 to score and to probe, 80 for the test.
    [FactWith(Need.OneDnn)]
    public void AStepMeetsNoProductThatWasNotForeseen()
    {
        RunSettings all = s_settings with { Probe = ProbeKind.Feedback, ProbeEvery = 1 };
        RunSettings[] runs =
        [
            .. from rule in (string[])["backprop", "fa", "usf", "kolen-pollack", "wm", "dfa", "sparse-dfa", "local-predsim", "pepita",
                   "dtp", "ddtp", "fdfa", "fg-weight", "fc1=dfa,*=backprop"]
               select all with { Rule = rule },
            s_settings with { Rule = "dfa", Probe = ProbeKind.Off },
            s_settings with { Optimizer = OptimizerSettings.ByName["muon"] },
            s_settings with { Optimizer = OptimizerSettings.ByName["adam"], Model = "rnn:32x2-256-3" },
            s_settings with { Freeze = Concord.Networks.BlockPatterns.Parse("fc1"), CacheFeatures = FeatureCaching.Off },
            s_settings with { Activations = Concord.Networks.ActivationPolicy.Recomputed, Rule = "dfa" },
            s_settings with { Epochs = 0, Probe = ProbeKind.Gate },
        ];
        foreach (var run in runs)
        {
            var (begun, made) = Products(run);
            Assert.NotEmpty(begun);
            Assert.True(begun.SequenceEqual(made), $"{run.Rule}, {run.Model}: {string.Join(' ', made.Except(begun))}");
        }
    }

    [FactWith(Need.OneDnn)]
    public void TheShortLastBatchAndWhatIsLookedAtAreForeseenAndTheWayToTheInputIsNot()
    {
        Assert.Equal(
        [
            "150x256x256-nn", "150x256x256-nt", "150x256x64-nn", "256x256x40-tn+", "256x256x60-tn+", "40x256x256-nn", "40x256x256-nt",
            "60x256x256-nn", "60x256x256-nt", "80x256x256-nn", "80x256x64-nn",
        ], Products(s_settings).Begun);
    }

    // Whether bf16 is faster is one choice, and the way in single precision, which it is compared with, another.
    [Bfloat16Fact]
    public void AnEngineInBfloat16ChoosesTwiceForProductsThatItReadsSo()
    {
        using var narrow = NarrowKernels.StartInCode();
        using var single = Engines.Create("onednn", 1);
        var product = new ProductShape(false, true, 60, 256, 256, Adds: false);
        Assert.Equal([product, product with { IsNarrow = true }], narrow.ChoicesOf(product with { IsNarrow = true }));
        Assert.Equal([product], narrow.ChoicesOf(product));
        Assert.Equal([product], single.ChoicesOf(product with { IsNarrow = true }));
        using var managed = Engines.Create("managed", 1);
        Assert.Empty(managed.ChoicesOf(product));
    }

    [Bfloat16Fact]
    public void InBfloat16ConvolutionsAreForeseenAsWell()
    {
        using var kernels = NarrowKernels.StartInCode(choices: _folder["choices"]);
        var settings = s_settings with
        {
            Data = "glyphs", Model = "cnn:1x28x28-c8k3s4-c8k3p1-10", Rule = "fa", Precision = Precision.Bfloat16,
        };
        var (begun, made) = Products(settings, kernels, Dataset.Glyphs(250, 80).Split(150, RandomStream.FromSeed(0)));
        Assert.Equal(begun, made);
        foreach (var direction in (string[])["forward", "toinput", "tokernel"])
            foreach (var rows in (int[])[60, 40])
                Assert.Contains($"{rows}x7x7x8-3x3x8-s1p1d1g1-{direction}-bf16", made);
    }

    [FactWith(Need.OneDnn)]
    public void ItIsSaidOnceForAMachineAndATableMeasuresNothing()
    {
        using (var kernels = Start("choices"))
        {
            Run(kernels);
            var lines = File.ReadAllLines(Assert.Single(Directory.GetFiles(_folder["choices"]))).Length - 1;   // below a head
            Assert.StartsWith($"The fastest ways of {lines} products are measured before the first step, once for this machine; that takes "
                + "about 0.", Assert.Single(_notices), StringComparison.Ordinal);
            Run(kernels);
        }
        using (var kernels = Start("choices"))
        {
            Run(kernels);
            Assert.Equal(0, kernels.Choices!.Seconds);
            Assert.NotEmpty(kernels.Choices.Made);
        }
        Assert.Single(_notices);
        using var table = Engines.Create("onednn", 1);
        Run(table);
        Assert.DoesNotContain(ProductWay.Matmul, table.Choices!.Made.Values);   // a way that only measuring finds
        Assert.Equal(0, table.Choices.Seconds);
        Assert.Single(_notices);
    }

    [FactWith(Need.OneDnn)]
    public void ARunThatGoesOnMeasuresNothingOnAnotherMachine()
    {
        using (var kernels = Start("here")) Assert.Throws<OperationCanceledException>(() => Run(kernels, "run", stopAt: 1));
        Assert.Single(_notices);
        using var other = Start("there");
        Run(other, "run");
        Assert.Single(_notices);
        Assert.Equal(0, other.Choices!.Seconds);
        Assert.False(Directory.Exists(_folder["there"]));
    }

    [FactWith(Need.OneDnn)]
    public void MeasuringIsBrokenOffBetweenTwoProductsAndWhatWasMeasuredHolds()
    {
        using var source = new CancellationTokenSource();
        using var kernels = Start("choices");
        var trainer = new Trainer(s_settings, Data(), kernels);
        var measured = 0;
        FaultInjection.At = point =>
        {
            if (point == FaultInjection.ProductMeasured && ++measured == 3) source.Cancel();
        };
        Assert.Throws<OperationCanceledException>(() => trainer.Run(cancellation: source.Token));
        FaultInjection.At = null;
        Assert.Equal(3, File.ReadAllLines(Assert.Single(Directory.GetFiles(_folder["choices"])))[1..].Length);
        Assert.Equal(3, kernels.Choices!.Made.Count);
    }

    // What was chosen when the first of the run's files was written, and in the end.
    private (string[] Begun, string[] Made) Products(RunSettings settings)
    {
        using var kernels = Start("choices");
        return Products(settings, kernels, Data());
    }

    private (string[] Begun, string[] Made) Products(RunSettings settings, Kernels kernels, DataSplit data)
    {
        string[]? begun = null;
        using var folder = RunFolder.Create(_folder[$"run{Directory.GetDirectories(_folder[""]).Length}"]);
        FaultInjection.At = point =>
        {
            if (point != FaultInjection.ProductMeasured) begun ??= [.. kernels.Choices!.Made.Keys];
        };
        new Trainer(settings, data, kernels, folder).Run();
        FaultInjection.At = null;
        return (begun!, [.. kernels.Choices!.Made.Keys]);
    }

    private Kernels Start(string choices) => Engines.Create("onednn", 1, choices: _folder[choices]);

    private void Run(Kernels kernels, string? folder = null, int stopAt = 0)
    {
        using var source = new CancellationTokenSource();
        FaultInjection.At = point =>
        {
            if (point == "step" && --stopAt == 0) source.Cancel();
        };
        var goesOn = folder is not null && File.Exists(_folder[$"{folder}/last.safetensors"]);
        using var run = folder is null ? null : goesOn ? RunFolder.Open(_folder[folder]) : RunFolder.Create(_folder[folder]);
        var trainer = new Trainer(goesOn ? RunFolder.SettingsOf(_folder[folder!]) : s_settings, Data(), kernels, run,
            restores: goesOn);
        if (goesOn) trainer.Restore();
        trainer.Run(new Told(progress =>
        {
            if (progress.Notice is { } notice) _notices.Add(notice);
        }), cancellation: source.Token);
        FaultInjection.At = null;
    }

    private static DataSplit Data()
    {
        var ((inputs, labels), (others, theirs)) = (Numbers(250, 5), Numbers(80, 6));
        return Dataset.From(inputs, labels, others, theirs).Split(150, RandomStream.FromSeed(7));
    }

    private static (float[,] Inputs, int[] Labels) Numbers(int count, long seed)
    {
        var stream = RandomStream.FromSeed(seed);
        var (inputs, labels) = (new float[count, 64], new int[count]);
        for (var n = 0; n < count; n++)
        {
            labels[n] = n % 3;
            for (var i = 0; i < 64; i++) inputs[n, i] = (float)stream.Uniform((ulong)(n * 64 + i)) + (i % 3 == labels[n] ? 0.4f : 0);
        }
        return (inputs, labels);
    }
}
