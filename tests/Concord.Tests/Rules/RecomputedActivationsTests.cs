using Concord.Cost;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics.Engines;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>
/// MEM-DFA: a block's activities computed again when it learns. The same weights to the bit, in memory that does not grow with depth.
/// </summary>
public sealed class RecomputedActivationsTests
{
    /// <summary>Rules whose signals come from the output, or from the port itself.</summary>
    internal static IReadOnlyList<string> Recomputable { get; } =
    [
        "dfa", "dfa feedback.preset=frenkel2021", "dfa feedback.asReleased=true", "sparse-dfa", "drtp", "sign-dfa",
        "ternary-dfa", "shallow", "*1=shallow,*=sparse-dfa", "*1=dfa,*=shallow",
        "local-predsim", "local-pred local.bio=true local.projected=5", "dkp", "dkp feedback.optimizer=adam",
    ];

    /// <summary>Deep networks, and one that learns through a mask.</summary>
    internal static IReadOnlyList<string> Deep { get; } =
        ["mlp:6-5x7-3,tanh,batchnorm,dropout=0.2", "mlp:6-9-2-8-4-3,gelu,batchnorm-after", "mlp:6-5-4-3,tanh,mask.fc2=0.5:as-released"];

    private static IEnumerable<string> Networks => [.. Kit.Networks, .. Deep];

    public static TheoryData<string> Rules() => Kit.Data(Recomputable);

    [Theory]
    [MemberData(nameof(Rules))]
    public void WeightsAreTheSameToTheBit(string rule)
    {
        foreach (var network in Networks)
        {
            if (network == "mlp:6-3" && rule.StartsWith("*1=dfa", StringComparison.Ordinal)) continue;
            foreach (var optimizer in (OptimizerSettings[])[new(), new(OptimizerKind.Adam, Momentum: 0, ClipNorm: 0.5)])
            {
                using var kernels = Kit.Single();
                Learner stored = Make(ActivationPolicy.Stored), recomputed = Make(ActivationPolicy.Recomputed);
                Assert.Equal(Kit.Bytes(stored.Network), Kit.Bytes(recomputed.Network));
                foreach (var (rows, step) in ((int, int)[])[(4, 0), (8, 1), (3, 2), (8, 3)])   // batches that grow and shrink
                {
                    Assert.Equal(Kit.Step(stored, rows, step), Kit.Step(recomputed, rows, step));
                    Assert.True(State(stored).SequenceEqual(State(recomputed)), $"{network}, {optimizer.Kind}, step {step}");
                    Assert.Equal(stored.Pass.Logits.ToArray(), recomputed.Pass.Logits.ToArray());
                }

                Learner Make(ActivationPolicy activations) => Kit.Learner(network, rule, kernels, optimizer, activations: activations);
            }
        }
    }

    [Theory]
    [InlineData("managed")]
    [InlineData("auto")]   // oneDNN, where it is installed
    public void RecomputedActivationsAreTheSameOnEveryEngineAtTrainingSizes(string engine)
    {
        byte[] Run(ActivationPolicy activations)
        {
            using var kernels = Engines.Create(engine, threads: 2);
            byte[] bytes = [];
            kernels.Run(() =>
            {
                var learner = Kit.Learner("mlp:203-257-129x3-10,tanh,batchnorm,dropout=0.1", "dfa", kernels, new(),
                    activations: activations);
                for (var step = 0; step < 3; step++) Kit.Step(learner, 67, step);
                bytes = State(learner);
            });
            return bytes;
        }
        Assert.Equal(Run(ActivationPolicy.Stored), Run(ActivationPolicy.Recomputed));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void RecordedWorkIsCountedWork(string rule)
    {
        using var kernels = Kit.Double();
        foreach (var network in Networks)
        {
            if (network == "mlp:6-3" && rule.StartsWith("*1=dfa", StringComparison.Ordinal)) continue;
            kernels.Log = null;
            var learner = Kit.Learner(network, rule, kernels, new(), activations: ActivationPolicy.Recomputed);
            Kit.Fill(learner.Pass, 4);
            kernels.Log = new OperationLog();
            learner.Step(0.1);
            var recorded = StepWork.Of(Kit.Blueprint(network, rule),
                new(4, Accumulates: true, Activations: ActivationPolicy.Recomputed, Optimizer: new()));
            foreach (var phase in (Phase[])[Phase.Forward, Phase.Error, Phase.WeightGradient, Phase.Adaptation, Phase.ExtraForward])
                Assert.True(recorded.Of(phase) == kernels.Log[phase],
                    $"{network}, {phase}: recorded {recorded.Of(phase)}, counted {kernels.Log[phase]}");
        }
    }

    [Fact]
    public void TheExtraPassGoesAsFarAsTheHighestHiddenBlockThatLearns()
    {
        static long Extra(string rule) =>
            StepWork.Of(Kit.Blueprint("mlp:17-13-11-7-3", rule), new(1, Activations: ActivationPolicy.Recomputed))
                .Of(Phase.ExtraForward).MultiplyAccumulates;
        Assert.Equal(17 * 13 + 13 * 11 + 11 * 7, Extra("dfa"));   // the output's block is still there
        Assert.Equal(17 * 13 + 13 * 11, Extra("fc3=shallow,*=dfa"));
        Assert.Equal(17 * 13 + 13 * 11 + 11 * 7, Extra("fc1=shallow,*=dfa"));
        Assert.Equal(0, Extra("shallow"));
    }

    [Fact]
    public void ActivationMemoryDoesNotGrowWithDepthAndIsWhatTheAllocatorGave()
    {
        const int Batch = 128;
        (long Activations, long All, long Allocated) Measure(int depth, ActivationPolicy activations)
        {
            using var kernels = Kit.Single();
            var learner = Kit.Learner(FormattableString.Invariant($"mlp:784-500x{depth}-10"), "dfa", kernels, new(Momentum: 0),
                activations: activations);
            var pass = learner.Pass;
            // one thread computes, so all that a step allocates is seen here, and what collections add to it (see Allocation) is left out
            var before = GC.GetAllocatedBytesForCurrentThread();
            pass.Begin(Batch);
            kernels.FillNormal(RandomStream.FromSeed(1), 0, 1, pass.Input);
            kernels.OneHot(new int[Batch], pass.Targets);
            learner.Step(0.01);
            return (pass.ActivationBytes, pass.Bytes, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        (long Activations, long All, long Allocated) Least(int depth, ActivationPolicy activations) =>
            Enumerable.Range(0, 3).Select(_ => Measure(depth, activations)).MinBy(measured => measured.Allocated);
        var stored = Least(30, ActivationPolicy.Stored);
        var (few, recomputed) = (Least(5, ActivationPolicy.Recomputed), Least(30, ActivationPolicy.Recomputed));
        Assert.Equal(4L * Batch * (30 * 500 + 10), stored.Activations);
        Assert.Equal(4L * Batch * (2 * 500 + 10), recomputed.Activations);
        Assert.Equal(few.Activations, recomputed.Activations);
        Assert.Equal(few.All, recomputed.All);
        Assert.True(stored.Activations >= 12 * recomputed.Activations);
        Assert.True(stored.All >= 10 * recomputed.All, $"with signals and batch: {stored.All} to {recomputed.All}");
        foreach (var (_, all, allocated) in new[] { stored, few, recomputed })
            Assert.True(allocated >= all && allocated < all + 100_000, $"{all} bytes are accounted for, {allocated} were allocated");
        Assert.True(stored.Allocated >= 10 * recomputed.Allocated, $"{stored.Allocated} to {recomputed.Allocated}");
    }

    [Theory]
    [InlineData("backprop", "fc3 waits for the signal of fc4")]
    [InlineData("fa", "fc3 waits for the signal of fc4")]
    [InlineData("kolen-pollack", "fc3 waits for the signal of fc4")]
    [InlineData("fc1=backprop,*=dfa", "fc1 waits for the signal of fc2")]
    public void RulesThatWaitForTheBlockAboveAreRefused(string rule, string says)
    {
        using var kernels = Kit.Double();
        var message = Assert.Throws<ConcordException>(
            () => Kit.Learner("mlp:6-5-4-4-3", rule, kernels, activations: ActivationPolicy.Recomputed)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains("--activations stored", message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatWasNotKeptIsNotRead()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3", "dfa", kernels, activations: ActivationPolicy.Recomputed);
        Kit.Step(learner, 4, beforeStep: seen =>
        {
            Assert.Throws<InvalidOperationException>(() => seen.BackwardPass.SignalAt(seen.Network.Ports[0]));
            Assert.Throws<InvalidOperationException>(() => seen.Pass.At(seen.Network.Ports[0]));
            Assert.Throws<ConcordException>(() => new AlignmentProbe(seen.Plan).Measure(seen.BackwardPass));
        });
        Assert.Equal(12, learner.Pass.Logits.Length);
        new RunSettings { Rule = "dfa", Activations = ActivationPolicy.Recomputed }.Validate();
        new RunSettings { Rule = "dfa", Activations = ActivationPolicy.Recomputed, ProbeEvery = 3, Probe = ProbeKind.Off }.Validate();
        Assert.Contains("--probe-every", Assert.Throws<ConcordException>(() => new RunSettings
            { Rule = "dfa", Activations = ActivationPolicy.Recomputed, ProbeEvery = 3 }.Validate()).Message, StringComparison.Ordinal);
    }

    private static byte[] State(Learner learner) =>
        [.. Kit.Bytes(learner.Network), .. learner.Plan.Groups.SelectMany(group => group.Parameters)
            .SelectMany(parameter => parameter.Value.AsBytes().ToArray()),
            .. learner.Optimizer.Moments.SelectMany(moment => moment.Tensor.AsBytes().ToArray())];
}
