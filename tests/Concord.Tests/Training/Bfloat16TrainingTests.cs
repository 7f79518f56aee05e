using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Tests.Numerics.Engines;
using Concord.Tests.Rules;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>
/// Training with products in bf16: what it may change is the rounding of operands, 2^-9 of each, and nothing else. The laws hold to that.
/// </summary>
[Collection("oneDNN")]
public sealed class Bfloat16TrainingTests
{
    private static readonly string[] s_networks = ["mlp:6-5-4-3,tanh", "cnn:2x6x5-c3k3p1-p3s2-c4k2p1-5-3,tanh"];

    private static readonly string[] s_onImages = ["backprop", "fa", "usf", "kolen-pollack", "dfa", "pepita"];

    public static TheoryData<string, string> Rules()
    {
        var data = Kit.On(Kit.RuleNames, [s_networks[0]]);
        foreach (var rule in s_onImages) data.Add(rule, s_networks[1]);
        return data;
    }

    [Bfloat16Theory]
    [MemberData(nameof(Rules))]
    public void AStepGoesWhereItGoesInSinglePrecision(string rule, string network)
    {
        var error = Difference(rule, network);
        var most = rule == "pepita" ? 0.1 : 0.03;   // whose signal is the difference of two passes that are nearly equal
        Assert.True(error > 0 && error < most, $"relative error {error:0.0000}");   // not zero: it was rounded
    }

    /// <summary>The size of the difference of a step's change of all weights to that in single precision, over the size of that.</summary>
    private static double Difference(string rule, string network)
    {
        using Kernels narrow = Start(), whole = Kit.Single();
        double[] expected = Change(whole), change = Change(narrow);
        return Math.Sqrt(expected.Zip(change, (a, b) => (a - b) * (a - b)).Sum() / expected.Sum(a => a * a));

        double[] Change(Kernels kernels)
        {
            var learner = Kit.Learner(network, Kit.Fitting(rule, network), kernels);
            var before = Weights(learner);
            Kit.Step(learner, 16);
            return [.. Weights(learner).Zip(before, (after, start) => after - start)];
        }
    }

    public static TheoryData<string> Networks() => Kit.Data(Kit.Networks);

    [Bfloat16Theory]
    [MemberData(nameof(Networks))]
    public void EachKindOfLayerGoesWhereItGoesInSinglePrecision(string network)
    {
        foreach (var rule in (string[])["backprop", "dfa"])
        {
            var error = Difference(rule, network);
            Assert.True(error is > 0 and < 0.1, $"{rule}: relative error {error:0.0000}");
        }
    }

    public static TheoryData<string, string> Free() => NoTransportTests.Free();

    [Bfloat16Theory]
    [MemberData(nameof(Free))]
    public void WeightsAboveABlockDoNotReachIt(string rule, string network)
    {
        using var kernels = Start();
        NoTransportTests.CheckWeightsAboveABlock(kernels, rule, network);
    }

    [Bfloat16Theory]
    [InlineData("sham"), InlineData("fbp feedback.period=1")]
    public void FeedbackThatFollowsWhollyIsBackpropagationToTheBit(string rule)
    {
        using var kernels = Start();
        foreach (var network in Kit.Networks)
        {
            var (truth, sham) = (Kit.Learner(network, "backprop", kernels, new()), Kit.Learner(network, rule, kernels, new()));
            for (var step = 0; step < 4; step++)
            {
                Kit.Step(truth, 4, step);
                Kit.Step(sham, 4, step);
                Assert.Equal(Kit.Bytes(truth.Network), Kit.Bytes(sham.Network));
            }
        }
    }

    [Bfloat16Fact]
    public void TheSameStepsGiveTheSameBits()
    {
        foreach (var network in s_networks) Assert.Equal(Bits(network), Bits(network));

        static byte[] Bits(string network)
        {
            using var kernels = Start(threads: 2);
            var learner = Kit.Learner(network, "dfa", kernels, new());
            for (var step = 0; step < 3; step++) Kit.Step(learner, 40, step);
            return Kit.Bytes(learner.Network);
        }
    }

    [Bfloat16Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Start(threads: 2);
        foreach (var network in s_networks)
            foreach (var rule in (string[])["backprop", "dfa", "usf", "kolen-pollack"])
            {
                var learner = Kit.Learner(network, rule, kernels, new());
                Kit.Fill(learner.Pass, 32);
                long allocated = -1;
                kernels.Run(() =>
                {
                    for (var i = 0; i < 3; i++) learner.Step(0.01);
                    allocated = Allocation.Of(() => learner.Step(0.01));
                });
                Assert.True(allocated == 0, $"{rule} on {network}: {allocated}");
            }
    }

    [Bfloat16Fact]
    public void PackedWeightsChangeNoBit()
    {
        foreach (var rule in (string[])["backprop", "dfa", "usf", "kolen-pollack", "frsf", "wm"])
            Assert.Equal(Bits(rule, packsWeights: false), Bits(rule, packsWeights: true));

        static byte[] Bits(string rule, bool packsWeights)
        {
            using var kernels = NarrowKernels.StartInCode(2, packsWeights);
            var learner = Kit.Learner(s_networks[0], rule, kernels, new());
            for (var step = 0; step < 5; step++) Kit.Step(learner, 16, step);
            return Kit.Bytes(learner.Network);
        }
    }

    [Bfloat16Fact]
    public void WeightsAreKeptInSinglePrecision()
    {
        using var kernels = Start();
        var learner = Kit.Learner(s_networks[0], "backprop", kernels);
        for (var step = 0; step < 50; step++) Kit.Step(learner, 16, step, rate: 1e-4);   // steps far below the rounding of bf16
        Assert.Contains(Weights(learner), weight => BitConverter.SingleToUInt32Bits((float)weight) % 0x10000 != 0);
    }

    private static Kernels Start(int threads = 1) => NarrowKernels.Start(threads);

    private static double[] Weights(Learner learner) =>
        [.. learner.Network.Parameters.SelectMany(parameter => parameter.Value.ToArray())];
}
