using Concord.Data;
using Concord.Diagnostics;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Bias and variance of gradient estimates, against closed forms and where they are known.</summary>
public sealed class GradientVarianceTests
{
    /// <summary>(H + 1) alpha / ((2 - alpha) b) for normal directions and one hidden layer, (H - 1) for 1 and -1.</summary>
    [Theory]
    [InlineData("mlp:6-16-3,tanh", 0.1, "normal", 1, 17 * 0.1 / (1.9 * 8))]
    [InlineData("mlp:6-16-3,tanh", 0.1, "rademacher", 1, 15 * 0.1 / (1.9 * 8))]
    [InlineData("mlp:6-48-3,tanh", 0.2, "rademacher", 2, 47 * 0.2 / (1.8 * 8 * 2))]
    [InlineData("mlp:6-24-16-3,tanh", 0.2, "normal", 1, null)]
    public void FeedbackOfFdfaVariesByTheClosedForm(string model, double rate, string kind, int directions, double? expected)
    {
        using var kernels = Kit.Double();
        var rows = Variance(model, kernels, new(8, 16, 400)).Of("fdfa", new Dictionary<string, string>
        {
            ["feedback.rate"] = FormattableString.Invariant($"{rate}"), ["perturbation.distribution"] = kind,
            ["perturbation.directions"] = FormattableString.Invariant($"{directions}"),
        });
        foreach (var row in rows.Skip(1))
        {
            if (expected is { } known) Assert.Equal(known, row.Predicted, 1e-9);
            Assert.InRange(row.Variance / row.Predicted, 0.9, 1.1);
            Assert.InRange(row.Bias, -2 * row.BiasHalfWidth, 0.1 * row.Variance);
        }
        Assert.Equal(model.Split('-').Length - 1, rows.Count);
        // what the hidden layers learn is as far off as the feedback; one hidden layer has no other factor
        if (rows.Count == 2) Assert.InRange(rows[0].Total / rows[1].Total, 0.6, 1.6);
    }

    [Theory]
    [InlineData("normal", 1)]
    [InlineData("rademacher", -1)]
    public void WeightsVaryByTheirNumber(string kind, int more)
    {
        const int Weights = 6 * 5 + 5 + 5 * 3 + 3;
        using var kernels = Kit.Double();
        var row = Assert.Single(Variance("mlp:6-5-3,tanh", kernels, new(8, 16, 4000)).Of("fg-weight",
            new Dictionary<string, string> { ["perturbation.distribution"] = kind }));
        Assert.Equal((Weights + more, "all weights", 4000), (row.Predicted, row.Of, row.Draws));
        Assert.InRange(row.Total / row.Predicted, 0.9, 1.1);
        Assert.InRange(row.Bias, -3 * row.BiasHalfWidth, 3 * row.BiasHalfWidth);
        Assert.InRange(row.VarianceHalfWidth, 0, 0.1 * row.Variance);
        var halved = Assert.Single(Variance("mlp:6-5-3,tanh", kernels, new(8, 16, 2000)).Of("fg-weight",
            new Dictionary<string, string> { ["perturbation.distribution"] = kind, ["perturbation.directions"] = "2" }));
        Assert.Equal(row.Predicted / 2, halved.Predicted);
        Assert.InRange(halved.Total / halved.Predicted, 0.9, 1.1);
    }

    [Fact]
    public void FixedFeedbackHasABiasAloneAndBackpropagationNone()
    {
        using var kernels = Kit.Double();
        var variance = Variance("mlp:6-8-5-3,tanh", kernels, new(8, 16, 20));
        foreach (var rule in (string[])["fa", "dfa", "usf"])
        {
            var row = Assert.Single(variance.Of(rule));
            Assert.Equal((0.0, 0.0, 1, "hidden weights"), (row.Variance, row.BiasHalfWidth, row.Draws, row.Of));
            Assert.True(row.Bias > 0.01, rule);
        }
        Assert.InRange(variance.Of("backprop")[0].Total, 0, 1e-25);
        Assert.Equal(1, variance.Of("shallow")[0].Bias, 1e-12);   // nothing is learned in place of g
        Assert.True(variance.Of("brsf")[0].Variance > 1e-3);
    }

    /// <summary>What a network was told to cut off is a bias of what it learns, not of what it is compared with.</summary>
    [Theory]
    [InlineData("rnn:3x2-5-3", false)]
    [InlineData("rnn:3x2-5-3,truncate=0", true)]
    [InlineData("lif:6-5-3,steps=3,truncate=0", true)]
    public void TheTrueGradientWalksBackOverAllSteps(string model, bool isCutOff)
    {
        using var kernels = Kit.Double();
        var bias = Assert.Single(Variance(model, kernels, new(8, 16, 20)).Of("backprop")).Bias;
        if (isCutOff) Assert.True(bias > 1e-3, $"{bias}");
        else Assert.InRange(bias, 0, 1e-20);
    }

    [Fact]
    public void RulesThatLearnStepByStepAreRefused()
    {
        using var kernels = Kit.Double();
        var variance = Variance("gru:3x2-5-3,ends=each", kernels, new(8, 16, 20));
        Assert.Contains("The rule sltt learns step by step in time", Assert.Throws<ConcordException>(() => variance.Of("sltt")).Message,
            StringComparison.Ordinal);
        variance.Of("fa");
    }

    /// <summary>Estimates of each sample by itself are unbiased; of batch statistics they see the sample's own part alone.</summary>
    [Theory]
    [InlineData("fg-activity")]
    [InlineData("fdfa")]
    public void BatchStatisticsBiasWhatLooksAtSamplesOneByOne(string rule)
    {
        using var kernels = Kit.Double();
        var options = rule == "fdfa" ? new Dictionary<string, string> { ["feedback.rate"] = "0.05" } : [];
        VarianceSettings settings = new(8, 16, 1000);
        VarianceRow plain = Variance("mlp:6-8-6-3,tanh", kernels, settings).Of(rule, options)[0],
            normed = Assert.Single(Variance("mlp:6-8-6-3,tanh,batchnorm", kernels, settings).Of(rule, options));
        if (rule == "fg-activity") Assert.InRange(plain.Bias, -3 * plain.BiasHalfWidth, 3 * plain.BiasHalfWidth);
        Assert.True(normed.Bias > 3 * normed.BiasHalfWidth && normed.Bias > 0.01, $"{normed.Bias} ± {normed.BiasHalfWidth}");
    }

    [Fact]
    public void BatchesOfAllSamplesDoNotVaryAndSmallerOnesDo()
    {
        using var kernels = Kit.Double();
        Assert.InRange(Variance("mlp:6-8-3,tanh", kernels, new(16, 16, 20)).OfBatches().Total, 0, 1e-25);
        VarianceRow four = Variance("mlp:6-8-3,tanh", kernels, new(4, 16, 2000)).OfBatches(),
            eight = Variance("mlp:6-8-3,tanh", kernels, new(8, 16, 2000)).OfBatches();
        // drawn without replacement: (N - b) / b
        Assert.InRange(four.Variance / eight.Variance, 2.7, 3.3);
        Assert.InRange(four.Bias, -3 * four.BiasHalfWidth, 3 * four.BiasHalfWidth);
    }

    [Fact]
    public void TheMeanJacobianIsThatOfTheOutputsByThePorts()
    {
        const double Step = 1e-5;
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "fdfa", kernels);
        var pass = learner.Pass;
        Kit.Fill(pass, 4);
        pass.Forward(0, training: false);
        learner.Objective.Error(pass);
        var error = pass.Error.ToArray();
        var jacobian = new MeanJacobian(pass);
        jacobian.Walk();
        Assert.Equal(error, pass.Error.ToArray());
        Kit.Close(Kit.Parameter(learner.Network, "fc3.weight").Value.ToArray(), jacobian.At(learner.Network.Ports[1]).ToArray(), 1e-12);

        var port = learner.Network.Ports[0];
        var mean = new double[3 * 5];
        for (var unit = 0; unit < 5; unit++)
        {
            double[] up = OutputsAt(unit, Step), down = OutputsAt(unit, -Step);
            for (var sample = 0; sample < 4; sample++)
                for (var output = 0; output < 3; output++)
                    mean[unit * 3 + output] += (up[sample * 3 + output] - down[sample * 3 + output]) / (2 * Step * 4);
        }
        Kit.Close(mean, jacobian.At(port).ToArray(), 1e-8);
        Assert.True(jacobian.MeanSquares(port) >= kernels.SumSquares(jacobian.At(port)));

        double[] OutputsAt(int unit, double change)
        {
            var moved = kernels.Allocate(pass.At(port).Shape);
            kernels.Copy(pass.At(port), moved);
            for (var sample = 0; sample < 4; sample++) moved[sample * 5 + unit] += change;
            return pass.Again(this, Concord.Networks.Variation.At(port, moved)).Logits.ToArray();
        }
    }

    [Fact]
    public void WhatCannotBeMeasuredIsRefused()
    {
        using var kernels = Kit.Double();
        foreach (var (settings, says) in ((VarianceSettings, string)[])
            [
                (new(8, 16, 19), "at least 20"), (new(8, 17, 20), "there are 16"), (new(9, 8, 20), "A batch of 9 of 8"),
                (new(0, 8, 20), "of 0"),
            ])
        {
            var refusal = Assert.Throws<ConcordException>(() => Variance("mlp:6-5-3", kernels, settings));
            Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        }
        Assert.Contains("no hidden layer", Assert.Throws<ConcordException>(() => Variance("mlp:6-3", kernels, new(8, 16, 20)).Of("fa"))
            .Message, StringComparison.Ordinal);
    }

    private static GradientVariance Variance(string model, Kernels kernels, VarianceSettings settings)
    {
        var numbers = Kit.Normals(RandomStream.FromSeed(3), 16 * 6);
        var inputs = new float[16, 6];
        for (var i = 0; i < numbers.Length; i++) inputs[i / 6, i % 6] = (float)numbers[i];
        int[] labels = [.. Enumerable.Range(0, 16).Select(i => i % 3)];
        var split = Dataset.From(inputs, labels, inputs, labels).Split(0, RandomStream.FromSeed(0));
        return new(new() { Model = model, Normalization = NormalizationKind.None }, split, kernels, settings);
    }
}
