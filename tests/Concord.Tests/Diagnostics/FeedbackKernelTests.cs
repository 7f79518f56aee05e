using Concord.Diagnostics;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Diagnostics;

/// <summary>The feedback-alignment kernel: what it is, what its eigenvalues say, and what has none.</summary>
public sealed class FeedbackKernelTests
{
    private static readonly Objective s_squared = new(LossKind.SquaredError);

    /// <summary>K = H (x) 1 + X (x) (W2 B), H the Gram matrix of hidden vectors and X of inputs (Chu, Bacho 2024).</summary>
    [Fact]
    public void TwoLinearLayersHaveTheKernelOfTheClosedForm()
    {
        const int Samples = 4, Outputs = 3;
        using var kernels = Kit.Double();
        var network = new Network(new(5), new LayerGroup("fc1", [new Linear(6, hasBias: false)]),
            new LayerGroup("fc2", [new Linear(Outputs, hasBias: false)]));
        var learner = new Learner(Kit.Made(network, Kit.Rule("fa")), s_squared, Kit.PlainSgd, kernels, Kit.Seed);
        Kit.Fill(learner.Pass, Samples);
        var k = FeedbackKernel.Of(learner.Plan, learner.Pass, s_squared);

        double[] x = learner.Pass.Input.ToArray(), h = learner.Pass.At(network.Ports[0]).ToArray(),
            w = Kit.Parameter(network, "fc2.weight").Value.ToArray(), b = Kit.Feedback(learner.Plan, "fc2.weight").ToArray();
        double[] expected = new double[Samples * Outputs * Samples * Outputs];
        for (var s = 0; s < Samples; s++)
            for (var t = 0; t < Samples; t++)
                for (var i = 0; i < Outputs; i++)
                    for (var j = 0; j < Outputs; j++)
                        expected[(s * Outputs + i) * Samples * Outputs + t * Outputs + j] = (i == j ? Dot(h, s, h, t, 6, 1) : 0)
                            + Dot(x, s, x, t, 5, 1) * Dot(w, i, b, j, 6, Outputs);
        Kit.Close(expected, k.Values, 1e-12);
        Assert.Equal((Samples, Outputs, "fa"), (k.Samples, k.Outputs, k.Rule));

        // of rows s and t of matrices with so many columns, or of columns where elements stand so far apart
        static double Dot(double[] a, int s, double[] b, int t, int length, int stride) => Enumerable.Range(0, length)
            .Sum(i => stride == 1 ? a[s * length + i] * b[t * length + i] : a[i * stride + s] * b[i * stride + t]);
    }

    /// <summary>Column j is how the outputs move when the weights move along what the rule learns from error j.</summary>
    [Theory]
    [InlineData("mlp:6-5-4-3,tanh", "fa", false)]
    [InlineData("mlp:6-5-4-3,tanh", "dfa", false)]
    [InlineData("mlp:6-5-4-3,gelu,batchnorm", "usf", true)]
    [InlineData("mlp:6-5-4-3,gelu,batchnorm", "backprop", true)]
    [InlineData("residual", "kolen-pollack", false)]
    [InlineData("images", "sparse-dfa", false)]
    [InlineData("mlp:6-5-4-3,tanh", "fc1=dfa,*=backprop", false)]
    [InlineData("mlp:6-5-4-3,tanh", "shallow", false)]
    [InlineData("mlp:6-5-4-3,tanh", "fg-weight", false)]
    public void ColumnsAreHowOutputsMoveAlongWhatTheRuleLearns(string network, string rule, bool training)
    {
        const double Step = 1e-6;
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, rule, kernels);
        var pass = learner.Pass;
        Kit.Fill(pass, 3);
        var k = FeedbackKernel.Of(learner.Plan, pass, s_squared, training);

        List<double> moved = [];
        var count = pass.Error.Length;
        for (var j = 0; j < count; j++)
        {
            var keeper = new GradientKeeper(kernels);
            var walk = learner.Plan.BackwardPass(pass, keeper);
            pass.Forward(0, training);
            s_squared.Error(pass);
            kernels.Fill(pass.Error, 0);
            pass.Error[j] = 1;
            learner.Plan.CreditAssignment.Observe(walk);
            learner.Plan.CreditAssignment.Teach(walk);
            double[] up = OutputsAt(keeper, Step), down = OutputsAt(keeper, -Step);
            moved.AddRange(up.Zip(down, (a, b) => (a - b) / (2 * Step)));
        }
        double[] columns = [.. Enumerable.Range(0, count).SelectMany(j => Enumerable.Range(0, count).Select(i => k.Values[i * count + j]))];
        Kit.Close(moved, columns, 1e-5);

        double[] OutputsAt(GradientKeeper keeper, double distance)
        {
            foreach (var (parameter, gradient) in keeper.Gradients) kernels.Combine(distance, gradient, 1, parameter.Value);
            pass.Forward(0, training, carries: false);
            var outputs = pass.Logits.ToArray();
            foreach (var (parameter, gradient) in keeper.Gradients) kernels.Combine(-distance, gradient, 1, parameter.Value);
            return outputs;
        }
    }

    [Fact]
    public void BackpropagationIsSymmetricAndNeverRaisesTheLoss()
    {
        using var kernels = Kit.Double();
        foreach (var network in (string[])["mlp:6-5-4-3,tanh", "images", "residual"])
        {
            var learner = Kit.Learner(network, "backprop", kernels);
            Kit.Fill(learner.Pass, 4);
            var k = FeedbackKernel.Of(learner.Plan, learner.Pass, s_squared);
            for (var i = 0; i < 12; i++)
                for (var j = 0; j < i; j++) Assert.Equal(k.Values[i * 12 + j], k.Values[j * 12 + i], 1e-12 * k.Largest);
            Assert.InRange(k.LeastReal, -1e-12 * k.Largest, k.Largest);
            Assert.Equal(k.LeastReal, k.LeastSymmetric, 1e-10 * k.Largest);
            Assert.All(k.Eigenvalues, value => Assert.Equal(0, value.Imaginary));
            Assert.Equal(1, k.Alignment.Cosine, 1e-12);
            Assert.NotEqual(Stability.Unstable, k.Verdict);
        }
    }

    [Theory]
    [InlineData("lif:6-5-3,steps=4", "fc1.lif (lif leak")]
    [InlineData("layers: 6; repeat steps=3; rc units=4; mean; dense units=3", "rc1 (")]
    public void SpikesWithASurrogateHaveNone(string model, string says)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(model, "fa", kernels, objective: s_squared);
        TimeKit.Fill(learner.Pass, 4);
        var message = Assert.Throws<ConcordException>(() => FeedbackKernel.Of(learner.Plan, learner.Pass, s_squared)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains("does not say how outputs change", message, StringComparison.Ordinal);
    }

    /// <summary>The loss falls along the update at the rate that the alignment says, for rules that are not linear as well.</summary>
    [Fact]
    public void TheLossChangesAtTheRateThatTheWholeAlignmentSays()
    {
        const double Step = 1e-6;
        using var kernels = Kit.Double();
        foreach (var rule in Kit.RuleNames)
            foreach (var objective in (Objective[])[s_squared, new()])
            {
                var learner = Kit.Learner("mlp:6-5-4-3,tanh", rule, kernels, objective: objective);
                var pass = learner.Pass;
                Kit.Fill(pass, 5);
                var alignment = UpdateAlignment.Of(learner.Plan, pass, objective);
                var keeper = new GradientKeeper(kernels) { Trains = false };
                var walk = learner.Plan.BackwardPass(pass, keeper);
                pass.Forward(0, training: false);
                objective.Error(pass);
                learner.Plan.CreditAssignment.Observe(walk);
                learner.Plan.CreditAssignment.Teach(walk);
                var rate = (LossAt(-Step) - LossAt(Step)) / (2 * Step);
                Assert.True(Math.Abs(rate - alignment.LossRate) <= 1e-6 * (1 + Math.Abs(rate)), $"{rule}: {rate} {alignment.LossRate}");
                Assert.Equal(alignment.LossRate > 0, alignment.Cosine < 0);

                double LossAt(double distance)
                {
                    foreach (var (parameter, gradient) in keeper.Gradients) kernels.Combine(distance, gradient, 1, parameter.Value);
                    pass.Forward(0, training: false, carries: false);
                    var loss = pass.Rows * objective.Error(pass);
                    foreach (var (parameter, gradient) in keeper.Gradients) kernels.Combine(-distance, gradient, 1, parameter.Value);
                    return loss;
                }
            }
    }

    /// <summary>Of a softmax C = diag p - p p', and errors sum to zero; of logistic outputs C = diag p (1 - p).</summary>
    [Theory]
    [InlineData(LossKind.SoftmaxCrossEntropy, 8)]
    [InlineData(LossKind.SigmoidCrossEntropy, 12)]
    public void EigenvaluesAreThoseOfTheMotionOfTheErrorItself(LossKind loss, int count)
    {
        using var kernels = Kit.Double();
        var objective = new Objective(loss);
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "fa", kernels, objective: objective);
        Kit.Fill(learner.Pass, 4);
        var k = FeedbackKernel.Of(learner.Plan, learner.Pass, objective);
        Assert.Equal(count, k.Eigenvalues.Count);

        // trace of C K, of which the errors that are left out have no part
        double[] p = [.. learner.Pass.Error.ToArray().Zip(learner.Pass.Targets.ToArray(), (e, t) => e + t)];
        var trace = 0.0;
        for (var s = 0; s < 4; s++)
            for (var i = 0; i < 3; i++)
                for (var j = 0; j < 3; j++)
                {
                    var c = loss == LossKind.SigmoidCrossEntropy ? (i == j ? p[3 * s + i] * (1 - p[3 * s + i]) : 0)
                        : (i == j ? p[3 * s + i] : 0) - p[3 * s + i] * p[3 * s + j];
                    trace += c * k.Values[(3 * s + j) * 12 + 3 * s + i];
                }
        Assert.Equal(trace, k.Eigenvalues.Sum(value => value.Real), 1e-10);
    }

    [Fact]
    public void WhatIsDrawnAnewIsSaidToBe()
    {
        using var kernels = Kit.Double();
        foreach (var (rule, redrawn) in ((string, bool)[])[("fa", false), ("frsf", false), ("fdfa", false), ("brsf", true),
            ("fg-activity", true), ("fg-weight", true)])
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", rule, kernels);
            Kit.Fill(learner.Pass, 3);
            Assert.Equal((rule, redrawn), (rule, FeedbackKernel.Of(learner.Plan, learner.Pass, s_squared).IsRedrawn));
        }
    }

    [Fact]
    public void WhatHasNoKernelIsRefusedByName()
    {
        using var kernels = Kit.Double();
        foreach (var (network, rule, loss, samples, says) in ((string, string, LossKind, int, string)[])
        [
            ("mlp:6-5-4-3,tanh", "sign-dfa", LossKind.SquaredError, 3, "The rule sign-dfa has no kernel"),
            ("mlp:6-5-4-3,tanh", "drtp", LossKind.SquaredError, 3, "The rule drtp has no kernel"),
            ("mlp:6-5-4-3,tanh", "local-predsim", LossKind.SquaredError, 3, "The rule local-predsim has no kernel"),
            ("mlp:6-5-4-3,tanh", "pepita", LossKind.SquaredError, 3, "The rule pepita has no kernel"),
            ("mlp:6-5-4-3,tanh", "fc1=sign-dfa,*=fa", LossKind.SquaredError, 3, "not linear in the error"),
            ("mlp:6-5-4-3,tanh", "fa", LossKind.SquaredError, 167, "501 errors; at most 500 can be looked at. Give at most 166 samples."),
            ("mlp:6-5-501,tanh", "fa", LossKind.SquaredError, 1, "Choose a network with fewer outputs."),
            ("mlp:6-5-1,tanh", "fa", LossKind.SoftmaxCrossEntropy, 3, "A softmax over one output has no error"),
        ])
        {
            var learner = Kit.Learner(network, rule, kernels, objective: new(loss));
            Kit.Fill(learner.Pass, samples);
            var refusal = Assert.Throws<ConcordException>(() => FeedbackKernel.Of(learner.Plan, learner.Pass, new(loss)));
            Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A kernel in between changes no later step: what learns for itself gathers nothing on its walks.</summary>
    [Theory]
    [InlineData("fdfa")]
    [InlineData("grape anchor.period=1")]
    [InlineData("dkp")]
    [InlineData("kolen-pollack")]
    [InlineData("brsf")]
    public void NothingThatTrainingReadsIsChanged(string rule)
    {
        using var kernels = Kit.Double();
        Learner[] learners = [.. Enumerable.Range(0, 2).Select(_ => Kit.Learner("mlp:6-5-4-3,tanh,batchnorm", rule, kernels))];
        foreach (var learner in learners) Kit.Step(learner, 4);
        Kit.Fill(learners[0].Pass, 4, batch: 3);
        FeedbackKernel.Of(learners[0].Plan, learners[0].Pass, s_squared);
        foreach (var learner in learners) Kit.Step(learner, 4, batch: 1);
        foreach (var learner in learners) Kit.Step(learner, 4, batch: 2);
        Assert.Equal(Kit.Bytes(learners[0].Network), Kit.Bytes(learners[1].Network));
        Assert.Equal(learners[0].Plan.Groups.SelectMany(group => group.Parameters).SelectMany(parameter => parameter.Value.ToArray()),
            learners[1].Plan.Groups.SelectMany(group => group.Parameters).SelectMany(parameter => parameter.Value.ToArray()));
    }
}
