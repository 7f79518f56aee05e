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
        var probe = new AlignmentProbe(learner.Plan, batch: Samples);
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

    [Fact]
    public void WhatHasOnlyBegunToAverageIsBehind()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model, "fdfa feedback.rate=0.001", kernels);
        var rows = Measure(learner, Samples);
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
        Assert.All(Measure(learner, Samples), row =>
            Assert.Equal((isDirect, false), (double.IsFinite(row.FeedbackError), double.IsFinite(row.FeedbackVariance))));
        Assert.All(Measure(learner, batch: 0), row => Assert.True(double.IsNaN(row.FeedbackError)));   // not asked for
    }

    private static IReadOnlyList<PortAlignment> Measure(Learner learner, int batch)
    {
        IReadOnlyList<PortAlignment> rows = [];
        var probe = new AlignmentProbe(learner.Plan, batch: batch);
        Kit.Step(learner, Samples, beforeStep: seen => rows = probe.Measure(seen.BackwardPass));
        return rows;
    }
}
