using Concord.Diagnostics;
using Concord.Training;

namespace Concord.Tests.Diagnostics;

/// <summary>How far direct feedback is from the mean derivative of the outputs, and why.</summary>
public sealed class FeedbackProbeTests
{
    private const string Model = "mlp:6-24-16-3,tanh";
    private const int Samples = 12;

    /// <summary>At weights that stand still an average that has forgotten its start is off by its variance alone.</summary>
    [Theory]
    [InlineData("fdfa feedback.rate=0.2")]
    [InlineData("fdfa feedback.rate=0.2 perturbation.directions=3 perturbation.distribution=normal")]
    public void WhatAveragesLongEnoughHasVarianceAndNoLag(string rule)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model, rule, kernels);
        Kit.Fill(learner.Pass, Samples);
        var probe = new AlignmentProbe(learner.Plan, feedback: true, batches: new(Samples, Samples, 1));
        List<IReadOnlyList<PortAlignment>> seen = [];
        for (var step = 0; step < 800; step++)
            learner.Step(0, step >= 100 && step % 4 == 0 ? _ => seen.Add(probe.Measure(learner.BackwardPass)) : null);
        for (var port = 0; port < 2; port++)
        {
            double error = seen.Average(rows => rows[port].FeedbackError), variance = seen.Average(rows => rows[port].FeedbackVariance);
            Assert.InRange(error / variance, 0.85, 1.15);
            Assert.Equal(error - variance, seen.Average(rows => rows[port].FeedbackLag), 1e-12);
            Assert.True(seen.TrueForAll(rows => rows[port].FeedbackCosine > 0.3));
        }
    }

    /// <summary>Batches of 12 and 3 in turn: behind the small one the average varies more than behind the large one.</summary>
    [Fact]
    public void ASmallLastBatchOfAnEpochIsAllowedFor()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model, "fdfa feedback.rate=0.3", kernels);
        TrainingBatches batches = new(Samples, 3, 2), whole = new(Samples, Samples, 1);
        var probe = new AlignmentProbe(learner.Plan, feedback: true, batches: batches);
        double error = 0, variance = 0, asIfWhole = 0;
        for (var step = 0; step < 1600; step++)
        {
            Kit.Fill(learner.Pass, 3, copies: step % 2 == 0 ? Samples / 3 : 1);   // the same three, so that the derivative stands still
            learner.Step(0, step >= 100 && step % 2 == 0 ? _ =>
            {
                var row = probe.Measure(learner.BackwardPass)[0];
                (error, variance) = (error + row.FeedbackError, variance + row.FeedbackVariance);
                asIfWhole += row.FeedbackVariance * whole.VarianceLeft(0.3, step) / batches.VarianceLeft(0.3, step);
            } : null);
        }
        Assert.InRange(error / variance, 0.85, 1.15);
        Assert.True(error / asIfWhole > 1.5);
    }

    [Theory]
    [InlineData(1, 12, 12, 1)]
    [InlineData(0.3, 12, 5, 3)]
    [InlineData(0.01, 64, 8, 79)]
    [InlineData(0.1, 64, 64, 10)]
    public void WhatIsLeftOfTheVarianceIsItsSum(double rate, int size, int last, int perEpoch)
    {
        var batches = new TrainingBatches(size, last, perEpoch);
        Assert.Equal(batches, TrainingBatches.Of((perEpoch - 1) * size + last, size));
        var left = 0.0;
        for (var step = 0; step < 200; step++)
        {
            Assert.Equal(left, batches.VarianceLeft(rate, step), 1e-12);
            left = (1 - rate) * (1 - rate) * left + rate * rate / ((step + 1) % perEpoch == 0 ? last : size);
        }
    }

    [Fact]
    public void WhatHasOnlyBegunToAverageIsBehind()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model, "fdfa feedback.rate=0.001", kernels);
        var rows = Measure(learner);
        Assert.All(rows, row => Assert.Equal((1, true), (row.FeedbackError, row.FeedbackLag > 0.9)));   // D = 0
        Assert.All(rows, row => Assert.True(double.IsNaN(row.FeedbackCosine)));
    }

    [Theory]
    [InlineData("dfa", true)]
    [InlineData("grape", true)]
    [InlineData("dkp", true)]
    [InlineData("fdfa feedback.optimizer=adam", true)]
    [InlineData("fdfa perturbation.perSample=false", true)]
    [InlineData("fa", false)]
    [InlineData("backprop", false)]
    public void OtherFeedbackHasAnErrorAtMost(string rule, bool isDirect)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model, rule, kernels);
        Assert.All(Measure(learner), row =>
            Assert.Equal((isDirect, false), (double.IsFinite(row.FeedbackError), double.IsFinite(row.FeedbackVariance))));
        Assert.All(Measure(learner, feedback: false), row => Assert.True(double.IsNaN(row.FeedbackError)));   // not asked for
    }

    private static IReadOnlyList<PortAlignment> Measure(Learner learner, bool feedback = true)
    {
        IReadOnlyList<PortAlignment> rows = [];
        var probe = new AlignmentProbe(learner.Plan, feedback: feedback, batches: new(Samples, Samples, 1));
        Kit.Step(learner, Samples, beforeStep: seen => rows = probe.Measure(seen.BackwardPass));
        return rows;
    }
}
