using System.Text;
using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Numerics.Engines.Products;
using Concord.Optimizers;
using Concord.Tests.Rules;
using Concord.Tests.Spiking;
using Concord.Training;
using static System.FormattableString;

namespace Concord.Tests.Golden;

/// <summary>
/// Golden bits: what six steps make of every network under every variant of every rule, and an epoch under every rule, stays the same
/// to the bit. A failure names the case, the group of tensors and the tensors. The engine is the managed one, on one thread, because
/// the number of threads changes no bit, with registers of 256 bits, because a few sums are rounded otherwise in wider ones.
/// <para>A change of numbers is a commit of its own that says why; <see cref="GoldenFile"/> says how the files are written then. Where
/// a rule's default changes, as the rate of a mirror, the cases of that rule move and no other: look at the difference of the files
/// for any other before you commit them.</para>
/// </summary>
public sealed class GoldenBitsTests
{
    private const int Steps = 6;
    private const string Dense = "mlp:128-20-16-4,tanh,dropout=0.2,input-dropout=0.1";
    private const string Images = "cnn:2x8x8-c6k3p1-p2-c8k3p1-p2-12-4,relu,batchnorm";
    private const string Units = "cnn:2x8x8-c6k3p1-r6-r8s2-gap-4,relu,batchnorm";
    private static readonly OptimizerSettings s_momentum = new(LearningRate: 0.1);

    /// <summary>A run of one epoch.</summary>
    private static readonly RunSettings s_run = new() { Batch = 32, Epochs = 1, Probe = ProbeKind.Gate, ProbeEvery = 2 };

    [GoldenBitsTheory]
    [MemberData(nameof(GoldenVariants.Networks), MemberType = typeof(GoldenVariants))]
    public void SixStepsOfEveryVariantHaveTheirBits(string network) => Check($"Bits/{GoldenVariants.FileOf(network)}", kernels =>
    [
        .. from rule in GoldenVariants.RulesOn(network)
           select Run(kernels, rule, network, rule) with { Like = GoldenVariants.PlainOf(rule) },
        .. from rule in GoldenVariants.Recomputed
           select Run(kernels, $"{rule}, recomputed", network, rule, activations: ActivationPolicy.Recomputed),
    ]);

    [GoldenBitsTheory]
    [InlineData("mlp:6-5-4-3,gelu", "backprop", "dfa", "kolen-pollack")]
    [InlineData("cnn:2x6x5-c3k3p1-p3s2-c4k2p1-5-3,tanh,batchnorm", "backprop")]
    public void EveryOptimizerHasItsBits(string network, params string[] rules) => Check($"Bits/optimizers-{network[..3]}", kernels =>
    [
        .. from rule in rules
           from optimizer in GoldenVariants.Optimizers
           select Run(kernels, $"{rule}, {Words(optimizer)}", network, rule, optimizer),
    ]);

    [GoldenBitsFact]
    public void EveryLossHasItsBits() => Check("Bits/losses", kernels =>
    [
        .. from objective in GoldenVariants.Objectives
           from rule in ClosedFormTests.Rules.Distinct()
           select Run(kernels, $"{rule}, {objective.Name}", "mlp:6-5-4-3,tanh,dropout=0.3", rule, objective: objective.Objective),
    ]);

    /// <summary>
    /// Walks of spikes take registers of 512 bits whatever the engine has; where a processor has none, the runtime makes one of two of 256
    /// bits, number by number.
    /// </summary>
    [GoldenBitsFact]
    public void SpikingNetworksHaveTheirBitsOnOneThreadAndOnTwo()
    {
        using var two = new SingleKernels(threads: 2, VectorWidth.Bits256);
        Check("Bits/spiking", kernels =>
        {
            IReadOnlyList<GoldenCase> alone = Cases(kernels), together = [];
            two.Run(() => together = Cases(two));
            Assert.Empty(GoldenFile.Changes(alone, together));
            return alone;
        });

        static IReadOnlyList<GoldenCase> Cases(Kernels kernels) =>
        [
            .. from network in (string[])[SpikingNetworkTests.Three, SpikingNetworkTests.Image]
               from rule in (string[])["exact", "fa", "usf", "fbp feedback.period=3", "kolen-pollack", "dfa", "sfdfa"]
               select Run(kernels, $"{network} {rule}", network, rule, new(OptimizerKind.Adam, LearningRate: 0.01, Momentum: 0),
                   new(LossKind.SpikeCount)),
        ];
    }

    [GoldenBitsFact]
    public void FrozenBlocksHaveTheirBits() => Check("Bits/frozen", kernels =>
    [
        .. from frozen in FrozenBlocksTests.Patterns
           from rule in FrozenBlocksTests.Rules.Concat(Kit.RuleNames).Distinct()
           select Run(kernels, $"{rule}, frozen {frozen}", FrozenBlocksTests.Images, rule, freeze: frozen),
    ]);

    [GoldenBitsFact]
    public void MirrorsBeforeTheFirstStepHaveTheirBits() => Check("Bits/mirrors", kernels =>
    [
        .. from network in (string[])["mlp:6-5-4-3,gelu,batchnorm", "residual", "images", Kit.ImageNetworks[2]]
           from rule in GoldenVariants.Rules
           where rule.Contains("wm", StringComparison.Ordinal)
           let whole = Run(kernels, $"{network} {rule}", network, rule, steps: 0)
           select whole with { Lines = [.. whole.Lines.Where(line => line.Key.EndsWith("feedback", StringComparison.Ordinal))] },
    ]);

    [GoldenBitsTheory]
    [InlineData(Dense)]
    [InlineData(Images)]
    [InlineData(Units)]
    public void AnEpochOfEveryRuleHasItsBits(string model)
    {
        var data = Patterns();
        string[] others =
        [
            "dfa feedback.preset=frenkel2021", "fbp feedback.period=2 feedback.scheme=top-k feedback.fraction=0.3",
            "*1=shallow,*=sparse-dfa", "*1=dfa,*=fa",
        ];
        Check($"Bits/epoch-{GoldenVariants.FileOf(model)}", kernels =>
        [
            .. from rule in Kit.RuleNames.Concat(Kit.ImageVariants).Concat(others)
               where Kit.Takes(model, rule)
               select Epoch(kernels, rule, data, rule, s_run with { Model = model }),
        ]);
    }

    [GoldenBitsFact]
    public void RunsWithEverythingElseThatDecidesOneHaveTheirBits()
    {
        var (data, plain) = (Patterns(), "mlp:128-20-16-4,tanh");
        Check("Bits/runs", kernels =>
        [
            Epoch(kernels, "pre-aligned", data, "dfa", s_run with { Model = plain, PreAlign = true }),
            Epoch(kernels, "pre-aligned, summed", data, "dfa feedback.preset=launay2019", s_run with
            {
                Model = plain, PreAlign = true, Batch = 16,
            }),
            Epoch(kernels, "recomputed", data, "sparse-dfa", s_run with
            {
                Model = Images, Activations = ActivationPolicy.Recomputed, ProbeEvery = 0,
            }),
            Epoch(kernels, "frozen convolutions", data, "dfa", s_run with
            {
                Model = Images, Freeze = BlockPatterns.Parse("conv*"), CacheFeatures = FeatureCaching.Off,
            }),
            Epoch(kernels, "views of images", data, "fa", s_run with
            {
                Model = Images.Replace("8x8", "6x6", StringComparison.Ordinal), Augment = Augmentation.Parse("crop=6x6,flip,cutout=2"),
            }),
            Epoch(kernels, "two epochs of a cosine", data, "usf", s_run with
            {
                Model = Dense, Normalization = NormalizationKind.UnitRange, Schedule = Schedule.Parse("cosine:1"), Epochs = 2,
                Objective = new(LossKind.SigmoidCrossEntropy, 0.1),
            }),
            Epoch(kernels, "in order, whole batches", data, "kolen-pollack", s_run with
            {
                Model = Images, Shuffle = false, DropLast = true, Batch = 24,
                Optimizer = new(OptimizerKind.Adam, 0.01, 0, WeightDecay: 0.1, DecoupledDecay: true),
            }),
            Epoch(kernels, "signs kept", data, "sign-dfa", s_run with
            {
                Model = Dense, Batch = 23, Optimizer = new(OptimizerKind.Manhattan, 0.001, KeepSigns: true), Seed = 5,
            }),
        ]);
    }

    private static void Check(string file, Func<Kernels, IEnumerable<GoldenCase>> cases)
    {
        using var kernels = new SingleKernels(threads: 1, VectorWidth.Bits256);
        IReadOnlyList<GoldenCase> now = [];
        kernels.Run(() => now = [.. cases(kernels)]);
        GoldenFile.Check(file, now);
    }

    /// <summary>What differs from the usual settings, as an experiment file would say it.</summary>
    private static string Words(OptimizerSettings optimizer)
    {
        var usual = new RunSettings().Write().ToDictionary();
        var differing = new RunSettings { Optimizer = optimizer }.Write().Where(pair => usual[pair.Key] != pair.Value);
        return string.Join(' ', differing.Select(pair => $"{pair.Key}={pair.Value}").DefaultIfEmpty("sgd"));
    }

    /// <summary>Some steps, on batches of five samples and of three in turn.</summary>
    private static GoldenCase Run(
        Kernels kernels, string name, string network, string rule, OptimizerSettings? optimizer = null, Objective objective = default,
        ActivationPolicy activations = ActivationPolicy.Stored, string? freeze = null, int steps = Steps)
    {
        var stage = "by its options";
        try
        {
            var (made, words) = GoldenVariants.Fitted(network, rule);
            if (freeze is not null) made.Freeze(BlockPatterns.Parse(freeze));
            var attached = Kit.Rule(words);
            stage = "by its plan";
            optimizer ??= s_momentum;
            var learner = new Learner(Kit.Made(made, attached), objective, optimizer, kernels, Kit.Seed, activations);
            stage = "at its first step";
            learner.Prepare();
            for (var step = 0; step < steps; step++) Kit.Step(learner, step % 2 == 0 ? 5 : 3, step, optimizer.LearningRate);
            return new(name, GoldenBits.Of(learner));
        }
        catch (ConcordException)
        {
            return new(name, [new(GoldenCase.Refused, stage)]);
        }
    }

    /// <summary>A run, with what it measured.</summary>
    private static GoldenCase Epoch(Kernels kernels, string name, DataSplit data, string rule, RunSettings settings)
    {
        var words = rule.Split(' ');
        var options = words[1..].Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        var trainer = new Trainer(settings with { Rule = words[0], RuleOptions = options }, data, kernels);
        var result = trainer.Run();
        return new(name, [.. GoldenBits.Of(trainer.Learner), .. MeasuredOf(result)]);
    }

    private static IEnumerable<GoldenLine> MeasuredOf(RunResult result)
    {
        foreach (var epoch in result.Epochs)
        {
            var (number, losses) = (epoch.Epoch, Invariant($"{epoch.TrainLoss:r} in training, {epoch.ValidationLoss:r} in validation"));
            yield return new(Invariant($"losses of epoch {number}"), losses);
            var ports = epoch.Alignment.Select(port => (port.Port, Encoding.UTF8.GetBytes(Figures(port))));
            foreach (var line in GoldenBits.Of(Invariant($"alignment of epoch {number}"), [.. ports])) yield return line;
        }
        yield return new("loss of the test", Invariant($"{result.Test.Loss:r}"));
        yield return new("multiply-accumulates of a probe, per sample", Invariant($"{result.MacsPerSample.Probe:r}"));

        static string Figures(PortAlignment port) => string.Join(' ',
            new[]
            {
                port.Cosine, port.SampleStd, port.ZeroRows, port.LocalCosine, port.WeightCosine, port.SignAgreement, port.NormRatio,
                port.GateCosine, port.WeightAgreement, port.Quantiles.P5, port.Quantiles.P95,
            }.Select(figure => Invariant($"{figure:r}")));
    }

    /// <summary>Images of four classes under noise, made of sums alone, so that they owe no bit to a library of the system.</summary>
    private static DataSplit Patterns()
    {
        const int Count = 240, Elements = 2 * 8 * 8, Classes = 4;
        var stream = RandomStream.FromSeed(11);
        var (inputs, labels) = (new float[Count, Elements], new int[Count]);
        for (var i = 0; i < Count; i++)
        {
            labels[i] = i % Classes;
            for (var j = 0; j < Elements; j++)
                inputs[i, j] = (float)(stream.Uniform((ulong)(i * Elements + j)) - 0.5) + (j / 2 % Classes == labels[i] ? 0.5f : 0);
        }
        return Dataset.From(inputs, labels, shape: new(2, 8, 8)).Split(40, RandomStream.FromSeed(0));
    }
}
