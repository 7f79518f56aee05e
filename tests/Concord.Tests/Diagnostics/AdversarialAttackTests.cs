using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Tests.Diagnostics;

public sealed class AdversarialAttackTests
{
    private const int Rows = 5;

    public static TheoryData<string, string> Cases() =>
        Kit.Pairs(["mlp:6-5-4-3,tanh", "mlp:6-5-4-3,gelu,batchnorm", "mlp:6-5-4-3,elu,dropout=0.3,input-dropout=0.1", "residual", "images",
            "rnn:3x2-5-3"], ["cross-entropy", "bce", "mse"]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheGradientIsTheDerivativeOfTheLoss(string network, string loss)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, "dfa", kernels, objective: new(Objective.ByName[loss], Smoothing: loss == "mse" ? 0 : 0.1));
        for (var step = 0; step < 3; step++) Kit.Step(learner, Rows, step);   // running moments, and a rule whose own signal is none
        var pass = learner.Pass;
        double[] Losses()
        {
            pass.Forward(0, training: false);
            learner.Objective.Error(pass);
            return pass.Losses.ToArray();
        }
        Kit.Fill(pass, Rows, 9);
        Losses();
        var gradient = new TrueGradient(pass).Walk().ToArray();
        var width = pass.Input.Shape.RowLength;
        const double Step = 1e-6;
        var numerical = new double[gradient.Length];
        for (var i = 0; i < gradient.Length; i++)
        {
            var x = pass.Input[i];
            pass.Input[i] = x + Step;
            var up = Losses()[i / width];
            pass.Input[i] = x - Step;
            numerical[i] = (up - Losses()[i / width]) / (2 * Step);
            pass.Input[i] = x;
        }
        Kit.Close(numerical, gradient, 1e-7);
        Assert.Contains(gradient, value => Math.Abs(value) > 1e-4);
    }

    [Theory]
    [InlineData(AttackKind.Fgsm, 1)]
    [InlineData(AttackKind.Pgd, 1)]
    [InlineData(AttackKind.Pgd, 7)]
    public void NothingLeavesTheBallOrTheRange(AttackKind kind, int steps)
    {
        foreach (var kernels in (Kernels[])[Kit.Double(), Kit.Single()])
        {
            var learner = Kit.Learner("images", "backprop", kernels);
            var pass = learner.Pass;
            Kit.Fill(pass, Rows);
            var before = pass.Input.ToArray();
            Tensor low = kernels.Allocate(pass.Input.Shape), high = kernels.Allocate(pass.Input.Shape);
            for (var i = 0; i < low.Length; i++) (low[i], high[i]) = (Math.Min(before[i], -1 - i % 2), Math.Max(before[i], 1 + i % 3));
            new AdversarialAttack(pass, default).Run(kind, 0.1, steps, low, high, RandomStream.FromSeed(1));
            var tolerance = kernels.ElementType == ElementType.Double ? 1e-14 : 1e-6;
            var (moved, atBorder) = (0, 0);
            for (var i = 0; i < before.Length; i++)
            {
                var radius = 0.1 * (high[i] - low[i]);
                Assert.InRange(pass.Input[i], Math.Max(low[i], before[i] - radius - tolerance),
                    Math.Min(high[i], before[i] + radius + tolerance));
                if (pass.Input[i] != before[i]) moved++;
                if (Math.Abs(Math.Abs(pass.Input[i] - before[i]) - radius) < 1e-5) atBorder++;
            }
            Assert.InRange(moved, before.Length / 2, before.Length);
            if (kind == AttackKind.Fgsm) Assert.InRange(atBorder, before.Length / 2, before.Length);
            kernels.Dispose();
        }
    }

    [Fact]
    public void AttacksRaiseTheLossAndPgdRaisesItMore()
    {
        using var kernels = Kit.Double();
        double After(AttackKind kind, double epsilon, long seed = 1)
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", "dfa", kernels);
            for (var step = 0; step < 300; step++) Kit.Step(learner, 16, step % 4, rate: 0.5);
            Kit.Fill(learner.Pass, 16, 0);
            Tensor low = kernels.Allocate(learner.Pass.Input.Shape), high = kernels.Allocate(learner.Pass.Input.Shape);
            kernels.Fill(low, -5);
            kernels.Fill(high, 5);
            new AdversarialAttack(learner.Pass, default).Run(kind, epsilon, 20, low, high, RandomStream.FromSeed(seed));
            return kernels.Sum(learner.Pass.Losses);
        }
        var (clean, one, several) = (After(AttackKind.Fgsm, 0), After(AttackKind.Fgsm, 0.05), After(AttackKind.Pgd, 0.05));
        Assert.True(one > clean * 1.2, $"{clean} {one}");
        Assert.True(several > one, $"{one} {several}");
        Assert.Equal(clean, After(AttackKind.Pgd, 0));
        Assert.Equal(several, After(AttackKind.Pgd, 0.05));
        Assert.NotEqual(several, After(AttackKind.Pgd, 0.05, seed: 2));
    }

    [Theory]
    [InlineData(0, 10, 0, 0.27753)]
    [InlineData(10, 10, 0.72247, 1)]
    [InlineData(81, 263, 0.25529, 0.36621)]   // Newcombe 1998, table I: 81 of 263
    [InlineData(15, 148, 0.06239, 0.16049)]   // and 15 of 148
    public void WilsonsIntervalIsThePublishedOne(int successes, int trials, double low, double high)
    {
        var interval = WilsonInterval.Of(successes, trials);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
    }
}
