using Concord.Cost;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Tests.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Cost;

/// <summary>Bytes of a step whose products read their operands in bf16, and the copies that they read.</summary>
[Collection("oneDNN")]
public sealed class NarrowCostTests
{
    private const int N = 4, In = 6, Hidden = 5, Out = 3;
    private const int Made = 4 + 2, Along = 2;   // bytes a number: read and written, or only written

    [Fact]
    public void ADenseStepTakesWhatIsCountedByHand()
    {
        RuleCost wide = RuleCost.Of("mlp:6-5-3", "backprop", N), narrow = RuleCost.Of("mlp:6-5-3", "backprop", N,
            precision: Precision.Bfloat16);
        Work step = narrow.Of(StepPart.WholeStep), before = wide.Of(StepPart.WholeStep);
        Assert.Equal((before.MultiplyAccumulates, before.Read, before.Written), (step.MultiplyAccumulates, step.Read, step.Written));
        Assert.Equal(4 * before.Moved.Total, before.Bytes);

        // x W1, h W2, h' e, e W2', x' d
        Assert.Equal(new Words(Weights: In * Hidden + 2 * Hidden * Out, Activations: 2 * N * In + 2 * N * Hidden,
            Errors: 2 * N * Out + N * Hidden), step.Narrow);
        Assert.Equal(Made * N * In + Along * N * Hidden, narrow.Of(Phase.Forward).CopyBytes);   // x is loaded; relu writes h
        Assert.Equal(Along * (In * Hidden + Hidden * Out), narrow.Of(Phase.Update).CopyBytes);
        Assert.Equal(Made * N * Out + Along * N * Hidden,   // the loss makes e; relu's derivative writes d
            narrow.Of(Phase.Error).CopyBytes + narrow.Of(Phase.WeightGradient).CopyBytes);
        Assert.Equal(4 * step.Moved.Total - 2 * step.Narrow.Total + step.CopyBytes, step.Bytes);
        Assert.Equal(2 * (N * In + In * Hidden + N * Hidden + (Hidden * Out + 1) + N * Out + N * Hidden), narrow.Memory.CopyBytes);
        Assert.Equal(wide.Memory.Total, narrow.Memory.Total);
    }

    [Fact]
    public void AKernelIsConvertedByEachConvolutionThatReadsItAndFeedbackThatStaysOnce()
    {
        const int Image = 6 * 6 * 2, Kernel = 3 * 3 * 2 * 3, First = 4 * 4 * 3, Second = 3 * 3 * 3 * 2, Last = 2 * 2 * 2;
        var cost = RuleCost.Of("cnn:2x6x6-c3k3-c2k3-3", "fa", N, precision: Precision.Bfloat16);
        Work forward = cost.Of(Phase.Forward);
        Assert.Equal(new Words(Weights: Kernel + Second + Last * Out, Activations: N * (Image + First + Last)), forward.Narrow);
        Assert.Equal(Made * (N * Image + Kernel + Second + N * Last) + Along * N * First, forward.CopyBytes);   // the last is seen flat

        // of the feedback in place of the second kernel; that in place of the dense weight is converted before the first step alone
        var error = cost.Breakdown.Where(one => one.Phase == Phase.Error).Sum(one => one.Work.Narrow.Feedback);
        Assert.Equal(Second + Last * Out, error);
        Assert.Equal(0, RuleCost.Of("mlp:6-5-3", "fa", N, precision: Precision.Bfloat16).Of(Phase.Adaptation).CopyBytes);
        Assert.Equal(RuleCost.Of("mlp:6-5-3", "backprop", N, precision: Precision.Bfloat16).Of(StepPart.WholeStep).CopyBytes,
            RuleCost.Of("mlp:6-5-3", "fa", N, precision: Precision.Bfloat16).Of(StepPart.WholeStep).CopyBytes);
    }

    [Bfloat16Theory]
    [InlineData("mlp:6-5-4-3", "backprop"), InlineData("mlp:6-5-4-3", "fa"), InlineData("mlp:6-5-4-3", "usf")]
    [InlineData("mlp:6-5-4-3", "dfa"), InlineData("mlp:6-5-4-3,batchnorm", "kolen-pollack"), InlineData("mlp:6-5-4-3", "pepita")]
    [InlineData("rnn:3x2-5-3", "backprop"), InlineData("mlp:6-5-4-3,tanh", "dtp", true), InlineData("mlp:6-5-4-3", "local-predsim", true)]
    public void WhatIsPlannedIsWhatAnEngineRecordsAndHolds(string model, string rule, bool packs = false)
    {
        using var kernels = NarrowKernels.StartInCode();
        var learner = Kit.Learner(model, rule, kernels);
        var stream = RandomStream.FromSeed(3);
        OperationLog? log = null;
        for (var step = 0; step < 3; step++)
        {
            learner.Pass.Begin(N);
            kernels.FillNormal(stream.At(step), 0, 1, learner.Pass.Input);
            kernels.OneHot([0, 1, 2, 0], learner.Pass.Targets);
            kernels.Log = log = new();
            learner.Step(0.01);
            kernels.Log = null;
        }
        var planned = learner.Cost(N);
        foreach (var phase in (Phase[])[Phase.Forward, Phase.ExtraForward, Phase.Error, Phase.WeightGradient])
            Assert.Equal(log![phase].Narrow, planned.Of(phase).Narrow);
        Assert.NotEqual(default, planned.Of(Phase.Forward).Narrow);
        if (packs) Assert.InRange(planned.Memory.CopyBytes, 1, learner.CopyBytes - 1);   // matrices that eight products met are packed too
        else Assert.Equal(planned.Memory.CopyBytes, learner.CopyBytes);
        using var single = Engines.Create("managed", 1);
        var wide = Kit.Learner(model, rule, single);
        wide.Pass.Begin(N);
        single.OneHot([0, 1, 2, 0], wide.Pass.Targets);
        wide.Step(0.01);
        Assert.Equal(wide.Bytes + learner.CopyBytes, learner.Bytes);
        Assert.Equal(default, wide.Cost(N).Of(Phase.Forward).Narrow);
        Assert.Equal(0, wide.Cost(N).Memory.CopyBytes);
    }
}
