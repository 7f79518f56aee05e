using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Concord.Diagnostics;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Training;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics.Engines;

/// <summary>Single-precision work takes denormals for zero on every thread that does it; nothing else does.</summary>
[Collection("oneDNN")]
public sealed unsafe class FlushToZeroTests
{
    private const float SmallestNormal = 1.17549435e-38f;

    [Fact]
    public void TheModeIsKnownHereAndElsewhereItIsSaidWhyNot()
    {
        var here = RuntimeInformation.ProcessArchitecture;
        if (OperatingSystem.IsLinux() && here is Architecture.X64 or Architecture.Arm64) Assert.Null(FlushToZero.Obstacle);
        Assert.Null(FlushToZero.ObstacleOn(linux: true, Architecture.X64));
        Assert.Null(FlushToZero.ObstacleOn(linux: true, Architecture.Arm64));
        foreach (var (architecture, linux, says) in new[] { (Architecture.X64, false, "Linux"), (Architecture.S390x, true, "S390x"),
            (Architecture.X86, true, "X86") })
        {
            var obstacle = FlushToZero.ObstacleOn(linux, architecture);
            Assert.Contains(says, obstacle, StringComparison.Ordinal);
            Assert.Contains(obstacle!, EngineCheck.Describe(false, obstacle, 2), StringComparison.Ordinal);
        }
    }

    [FactWith(Need.FlushToZero)]
    public void AScopeHoldsToItsEndAndNests()
    {
        Assert.False(FlushToZero.IsOn);
        using (FlushToZero.Enter())
        {
            Assert.True(FlushToZero.IsOn);
            using (FlushToZero.Enter()) Assert.True(FlushToZero.IsOn);
            Assert.True(FlushToZero.IsOn);
        }
        Assert.False(FlushToZero.IsOn);
        Assert.Throws<FormatException>(Fails);
        Assert.False(FlushToZero.IsOn);
    }

    [TheoryWith(Need.FlushToZero), MemberData(nameof(EnginesTests.Available), MemberType = typeof(EnginesTests))]
    public void EveryOperationOfAnEngineFlushesAndIsSaidTo(string name, int threads)
    {
        using var kernels = Factory.Create(name, threads);
        var (flushed, finding) = EngineCheck.Denormals(kernels);
        Assert.Equal(name != "double", flushed);
        var says = name == "double" ? "kept" : threads == 1 ? "the engine's thread" : $"all {threads} threads";
        Assert.Contains(says, finding, StringComparison.Ordinal);
    }

    [TheoryWith(Need.FlushToZero), MemberData(nameof(EnginesTests.Available), MemberType = typeof(EnginesTests))]
    public void NoOperationLeavesItsModeBehindNorADenormal(string name, int threads)
    {
        using var kernels = Factory.Create(name, threads);
        foreach (var (rows, width) in new[] { (100, 203), (2_100, 11) })
        {
            var (calls, written) = EveryOperation.Of(kernels, rows, width);
            var tiny = kernels.Allocate(new(written.Max(tensor => tensor.Length)));
            for (var i = 0; i < tiny.Length; i++) tiny[i] = SmallestNormal * (1 + i % 7) * (i % 2 == 0 ? 1 : -1);
            Tensor empty = kernels.Allocate(new(rows, 0)), none = kernels.Allocate(new(0, width));
            calls["Product without terms"] = () => kernels.Product(empty, false, none, false, written[0], 1, 0.1);
            foreach (var (operation, call) in calls)
            {
                // Next to the smallest normal number, on its right side: only arithmetic makes a denormal of it.
                foreach (var tensor in written) tiny.AsBytes()[..tensor.AsBytes().Length].CopyTo(tensor.AsBytes());
                call();
                Assert.False(FlushToZero.IsOn, $"{operation} left its caller in the mode.");
                kernels.Run(() => Assert.False(FlushToZero.IsOn, $"{operation} left the engine's thread in the mode."));
                if (name == "double") continue;
                foreach (var tensor in written) Assert.False(HasDenormals(tensor), $"{operation} made denormals.");
            }
        }
    }

    [Fact]
    public void TheDoubleEngineKeepsGradualUnderflow()
    {
        using var kernels = Factory.Create("double");
        Tensor x = kernels.Allocate(new(1, 2)), y = kernels.Allocate(new(1, 2));
        kernels.Fill(x, 1e-308);
        kernels.Combine(0.1, x, 0, y);
        Assert.True(double.IsSubnormal(y[0]));
        kernels.Product(x, false, x, true, kernels.Allocate(new(1, 1)));
        kernels.Multiply(x, x, x);
        Assert.Equal(0, x[0]);
    }

    [Theory, MemberData(nameof(EnginesTests.Available), MemberType = typeof(EnginesTests))]
    public void WhatUsersCodeDoesWithinAStepKeepsGradualUnderflow(string name, int threads)
    {
        using var kernels = Factory.Create(name, threads);
        var learner = Kit.Learner("mlp:60-200-3", "dfa", kernels, new(OptimizerKind.Adam, Momentum: 0));
        var seen = 0;
        void Step() => Kit.Step(learner, 8, beforeStep: _ =>
        {
            Assert.False(FlushToZero.IsOn);
            Assert.True(double.IsSubnormal(Halve(double.Epsilon * 4)));
            seen++;
        });
        Step();
        kernels.Run(Step);
        Assert.Equal(2, seen);
    }

    [FactWith(Need.FlushToZero, Need.OpenMp)]
    public void ThreadsOfNativeProductsInheritTheMode()
    {
        var openMp = OneDnnLibrary.TryLoad(3, out _)!.OpenMp!;
        foreach (var nativeFirst in (bool[])[true, false])
        {
            using var kernels = Factory.Create("onednn", 3);
            Tensor a = kernels.Allocate(new(256, 256)), y = kernels.Allocate(new(256, 256));
            kernels.Run(() =>
            {
                if (nativeFirst) kernels.Product(a, false, a, false, y);
                else kernels.Combine(1, a, 0, y);
                // A region of nobody's: what its threads, but for the engine's own, are in is what oneDNN finds.
                var modes = stackalloc int[3];
                openMp.Parallel(&Look, modes, 3);
                Assert.Equal([-1, 1, 1], new Span<int>(modes, 3).ToArray());
            });
        }
    }

    [UnmanagedCallersOnly]
    private static void Look(void* modes)
    {
        var openMp = OneDnnLibrary.TryLoad(3, out _)!.OpenMp!;
        ((int*)modes)[openMp.ThreadNumber] = FlushToZero.IsOn ? 1 : -1;
    }

    /// <summary>
    /// Long enough for the moments of inputs that are zero after the first step to fade: 0.7^245 is 1e-38. Where nothing flushes they end
    /// at the least denormal, 0.7 of which rounds to itself.
    /// </summary>
    [Theory]
    [InlineData("managed", "dfa", "momentum"), InlineData("managed", "backprop", "adam")]
    [OneDnnData("onednn", "dfa", "adam"), OneDnnData("onednn", "backprop", "momentum")]
    public void StepsCalledDirectlyGiveTheSameBitsOnAnyNumberOfThreads(string engine, string rule, string optimizer)
    {
        var one = Train(1);
        Assert.Equal(one, Train(3));

        byte[] Train(int threads)
        {
            using var kernels = Factory.Create(engine, threads);
            var settings = optimizer == "adam" ? new OptimizerSettings(OptimizerKind.Adam, Momentum: 0, Beta1: 0.7) : new(Momentum: 0.7);
            var learner = Kit.Learner("mlp:96-400-5", rule, kernels, settings);
            Kit.Fill(learner.Pass, 1);
            learner.Step(1e-3);
            for (var i = 0; i < 90; i++) learner.Pass.Input[i] = 0;
            for (var step = 1; step < 300; step++) learner.Step(1e-3);
            var moments = learner.Optimizer.Moments.Select(moment => moment.Tensor).ToList();
            if (FlushToZero.Obstacle is null)
            {
                Assert.DoesNotContain(moments, HasDenormals);
                Assert.Contains(moments, moment => moment.Singles.Count(0f) > moment.Length / 2);
            }
            return [.. Kit.Bytes(learner.Network), .. moments.SelectMany(moment => moment.AsBytes().ToArray())];
        }
    }

    private static bool HasDenormals(Tensor tensor)
    {
        foreach (var value in tensor.Singles)
            if (float.IsSubnormal(value)) return true;
        return false;
    }

    private static void Fails()
    {
        using (FlushToZero.Enter()) throw new FormatException();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Halve(double value) => value / 2;
}
