using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>One step of online rules against their equations, written out in double precision sample by sample and step by step.</summary>
public sealed class OnlineEquationTests
{
    private const int Samples = 3, Steps = 4, Inputs = 6, Hidden = 5, Classes = 3;
    private const double Rate = 0.3, Leak = 0.8, Threshold = 0.4, Slope = 3;

    private const string Model = "layers: 4x6; rows; dense units=5; lif leak=0.8 threshold=0.4 detached-reset=true surrogate=fast-sigmoid "
        + "slope=3; dense units=3";

    [Theory]
    [InlineData("tess", 0.5, 0.2, 1, 1, 0, false)]
    [InlineData("tess", 0.5, 0.2, 1, 1, 0, true)]
    [InlineData("tess trace.pre=0.7 trace.post=0.6 trace.alphaPre=0.5 trace.alphaPost=-2 local.last=2", 0.7, 0.6, 0.5, -2, 2, false)]
    [InlineData("tess trace.pre=0.7 trace.post=0.6 trace.alphaPre=0.5 trace.alphaPost=-2 local.last=2", 0.7, 0.6, 0.5, -2, 2, true)]
    public void TessIsItsEquation(string rule, double pre, double post, double alphaPre, double alphaPost, int last, bool isConstant)
    {
        using var kernels = Kit.Double();
        var model = isConstant ? Model.Replace("4x6; rows; dense units=5;", "6; dense units=5; repeat steps=4;", StringComparison.Ordinal)
            : Model;
        var learner = Kit.Learner(model, rule, kernels, Kit.PlainSgd);
        TimeKit.Fill(learner.Pass, Samples);
        var (x, w, b) = (learner.Pass.Input.ToArray(), Values(learner, "fc1.weight"), Values(learner, "fc1.bias"));
        double[] dw = new double[Inputs * Hidden], db = new double[Hidden];
        var labels = Labels(learner);
        for (var n = 0; n < Samples; n++)
        {
            double[] u = new double[Hidden], z = new double[Hidden], a = new double[Inputs], q = new double[Hidden];
            var one = 0.0;
            for (var t = 0; t < Steps; t++)
            {
                var row = isConstant ? n : n * Steps + t;
                double[] now = [.. Enumerable.Range(0, Inputs).Select(i => x[row * Inputs + i])], psi = new double[Hidden];
                for (var i = 0; i < Inputs; i++) a[i] = pre * a[i] + now[i];
                one = pre * one + 1;
                for (var j = 0; j < Hidden; j++)
                {
                    u[j] = Leak * u[j] - Threshold * z[j] + b[j] + Enumerable.Range(0, Inputs).Sum(i => now[i] * w[i * Hidden + j]);
                    z[j] = u[j] >= Threshold ? 1 : 0;
                    psi[j] = 1 / Math.Pow(Slope * Math.Abs(u[j] - Threshold) + 1, 2);
                }
                double[] outputs = [.. Enumerable.Range(0, Classes).Select(k => Enumerable.Range(0, Hidden).Sum(j => z[j] * Wave(j, k)))];
                var error = SoftmaxError(outputs, labels[n]);
                for (var j = 0; j < Hidden; j++)
                {
                    var m = last > 0 && t < Steps - last ? 0 : Enumerable.Range(0, Classes).Sum(k => error[k] * Wave(j, k)) / Steps;
                    for (var i = 0; i < Inputs; i++)
                        dw[i * Hidden + j] += m * (alphaPre * psi[j] * a[i] + alphaPost * q[j] * now[i]);
                    db[j] += m * (alphaPre * psi[j] * one + alphaPost * q[j]);
                    q[j] = post * q[j] + psi[j];
                }
            }
        }
        learner.Step(Rate);
        Moved(w, dw, learner, "fc1.weight");
        Moved(b, db, learner, "fc1.bias");

        static double Wave(int neuron, int output) =>
            (2 * (output + 1) * neuron / Hidden % 2 == 0 ? 1 : -1) / Math.Sqrt(Hidden);
    }

    [Theory]
    [InlineData("fptt", 0.1, 0.5)]
    [InlineData("fptt mean.alpha=0.7 mean.beta=0.2", 0.7, 0.2)]
    [InlineData("fptt mean.replace=false", 0.1, 0.5)]
    public void FpttIsItsEquation(string rule, double alpha, double beta)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("layers: 4x6; rows; dense units=3", rule, kernels, Kit.PlainSgd);
        var w = Values(learner, "fc1.weight");
        double[] mean = [.. w], multiplier = new double[w.Length];
        var b = Values(learner, "fc1.bias");
        double[] meanB = [.. b], multiplierB = new double[b.Length];
        for (var batch = 0; batch < 2; batch++)
        {
            TimeKit.Fill(learner.Pass, Samples, batch);
            var (x, labels) = (learner.Pass.Input.ToArray(), Labels(learner));
            for (var t = 0; t < Steps; t++)
            {
                double[] dw = new double[w.Length], db = new double[b.Length];
                for (var n = 0; n < Samples; n++)
                {
                    double[] now = [.. Enumerable.Range(0, Inputs).Select(i => x[(n * Steps + t) * Inputs + i])];
                    var error = SoftmaxError([.. Enumerable.Range(0, Classes).Select(k =>
                        b[k] + Enumerable.Range(0, Inputs).Sum(i => now[i] * w[i * Classes + k]))], labels[n]);
                    for (var k = 0; k < Classes; k++)
                    {
                        db[k] += (t + 1.0) / Steps * error[k] / Samples;
                        for (var i = 0; i < Inputs; i++) dw[i * Classes + k] += (t + 1.0) / Steps * error[k] * now[i] / Samples;
                    }
                }
                Move(w, dw, mean, multiplier);
                Move(b, db, meanB, multiplierB);
            }
            learner.Step(Rate);
            Assert.Equal(batch + 1, learner.Steps);
            Assert.Equal((batch + 1) * Steps, learner.Optimizer.Steps);
        }
        Kit.Close(w, Values(learner, "fc1.weight"), 1e-12, "weight");
        Kit.Close(b, Values(learner, "fc1.bias"), 1e-12, "bias");
        Kit.Close(mean, Kit.Feedback(learner.Plan, "fc1.weight.mean").ToArray(), 1e-12, "mean");
        Assert.True(mean.Zip(w, (m, now) => Math.Abs(m - now)).Max() > 1e-3);
        learner.EndEpoch();
        learner.EndEpoch();   // as a run does that was interrupted there
        var replaces = !rule.Contains("replace=false", StringComparison.Ordinal);
        Kit.Close(replaces ? mean : w, Values(learner, "fc1.weight"), 1e-12, "weight after the epoch");
        Kit.Close(replaces ? meanB : b, Values(learner, "fc1.bias"), 1e-12, "bias after the epoch");

        void Move(double[] value, double[] gradient, double[] m, double[] lambda)
        {
            for (var i = 0; i < value.Length; i++)
            {
                value[i] -= Rate * (gradient[i] - lambda[i] + alpha * (value[i] - m[i]));
                lambda[i] -= alpha * (value[i] - m[i]);
                m[i] = (1 - beta) * m[i] + beta * value[i] - beta / alpha * lambda[i];
            }
        }
    }

    [Fact]
    public void ConductancesAreNotReplacedByAMeanBelowZero()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("rc:6-5-3,steps=4,ends=each,input=poisson", "fptt", kernels, Kit.PlainSgd);
        var mean = Kit.Feedback(learner.Plan, "rc1.weight.mean");
        kernels.Copy(Kit.Tensor(kernels, mean.Shape, "mean"), mean);
        var before = mean.ToArray();
        Assert.Contains(before, value => value < 0);
        for (var time = 0; time < 2; time++)   // as a run does that was interrupted there
        {
            learner.EndEpoch();
            Assert.Equal(before.Select(value => Math.Max(0, value)), Values(learner, "rc1.weight"));
            Assert.Equal(before, mean.ToArray());
        }
    }

    [Fact]
    public void WeightsThatAreConstrainedAreNotReplacedByTheirMean()
    {
        using var kernels = Kit.Single();
        var message = Assert.Throws<ConcordException>(() => Kit.Learner("gru:4x3-5-3,ends=each", "fptt", kernels,
            Kit.PlainSgd with { KeepSigns = true })).Message;
        Assert.Contains("or give mean.replace=false", message, StringComparison.Ordinal);
        Kit.Learner("gru:4x3-5-3,ends=each", "fptt mean.replace=false", kernels, Kit.PlainSgd with { KeepSigns = true });
    }

    [Fact]
    public void SomeStepsAreDrawnForEachBatch()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("layers: 4x6; rows; dense units=3", "sltt online.steps=2", kernels, Kit.PlainSgd);
        HashSet<(int, int)> seen = [];
        for (var batch = 0; batch < 12; batch++)
        {
            TimeKit.Fill(learner.Pass, Samples, batch);
            var (x, w, b, labels) = (learner.Pass.Input.ToArray(), Values(learner, "fc1.weight"), Values(learner, "fc1.bias"),
                Labels(learner));
            double[][] ofStep = [.. Enumerable.Range(0, Steps).Select(_ => new double[w.Length])];
            for (var n = 0; n < Samples; n++)
                for (var t = 0; t < Steps; t++)
                {
                    double[] now = [.. Enumerable.Range(0, Inputs).Select(i => x[(n * Steps + t) * Inputs + i])];
                    var error = SoftmaxError([.. Enumerable.Range(0, Classes).Select(k =>
                        b[k] + Enumerable.Range(0, Inputs).Sum(i => now[i] * w[i * Classes + k]))], labels[n]);
                    for (var i = 0; i < w.Length; i++) ofStep[t][i] += now[i / Classes] * error[i % Classes] / Steps;
                }
            learner.Step(Rate);
            double[] moved = [.. w.Zip(Values(learner, "fc1.weight"), (was, now) => (was - now) * Samples / Rate)];
            seen.Add(Assert.Single(from first in Enumerable.Range(0, Steps) from second in Enumerable.Range(first + 1, Steps - first - 1)
                where Enumerable.Range(0, w.Length).All(i => Math.Abs(ofStep[first][i] + ofStep[second][i] - moved[i]) < 1e-12)
                select (first, second)));
        }
        Assert.True(seen.Count >= 3, $"Only {seen.Count} of 6 draws.");
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData(" online.trace=synapse", " adaptation=0.3", "; leaky leak=0.7")]
    [InlineData(" online.trace=synapse rate.strength=2", " recurrent=true", "; leaky leak=0.7")]
    public void EPropThroughTheOutputWeightIsSymmetric(string options, string neurons, string outputs)
    {
        using var kernels = Kit.Double();
        var model = Model.Replace("; dense units=3", $"{neurons}; dense units=3{outputs}", StringComparison.Ordinal);
        var random = Kit.Learner(model, $"e-prop{options}", kernels, Kit.PlainSgd);
        var symmetric = Kit.Learner(model, $"e-prop feedback.signal=symmetric{options}", kernels, Kit.PlainSgd);
        var weight = Values(random, "fc2.weight");
        var feedback = Assert.Single(random.Plan.Feedback).Tensor;
        feedback.CopyFrom([.. from k in Enumerable.Range(0, Classes) from j in Enumerable.Range(0, Hidden) select weight[j * Classes + k]]);
        TimeKit.Fill(random.Pass, Samples);
        TimeKit.Fill(symmetric.Pass, Samples);
        random.Step(Rate);
        symmetric.Step(Rate);
        foreach (var name in (string[])["fc1.weight", "fc1.bias", "fc2.weight"])
            Kit.Close(Values(symmetric, name), Values(random, name), 1e-13, name);
    }

    [Fact]
    public void StepsAfterEachSliceAreAsManyStepsOfTheOptimizer()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Model, "ottt online.update=slice online.slice=2", kernels, Kit.PlainSgd);
        TimeKit.Fill(learner.Pass, Samples);
        learner.Step(Rate);
        Assert.Equal((1, 2), (learner.Steps, learner.Optimizer.Steps));
    }

    [Theory]
    [InlineData("rnn:4x3-5-3,ends=each", "rnn1 is")]
    [InlineData("mlp:6-5-3", "lif:")]
    public void TessRefusesWhatItCannotLearn(string model, string says)
    {
        using var kernels = Kit.Single();
        Assert.Contains(says, Assert.Throws<ConcordException>(() => Kit.Learner(model, "tess", kernels)).Message, StringComparison.Ordinal);
    }

    private static double[] SoftmaxError(double[] outputs, int label)
    {
        double[] shares = [.. outputs.Select(Math.Exp)];
        return [.. shares.Select((share, k) => share / shares.Sum() - (k == label ? 1 : 0))];
    }

    private static int[] Labels(Learner learner)
    {
        var targets = learner.Pass.Batch.FirstTargets.ToArray();
        return [.. Enumerable.Range(0, Samples).Select(n => Enumerable.Range(0, Classes).First(k => targets[n * Classes + k] == 1))];
    }

    private static double[] Values(Learner learner, string name) => Kit.Parameter(learner.Network, name).Value.ToArray();

    private static void Moved(double[] start, double[] gradient, Learner learner, string name)
    {
        Assert.Contains(gradient, value => Math.Abs(value) > 1e-4);
        Kit.Close([.. start.Zip(gradient, (was, sum) => was - Rate / Samples * sum)], Values(learner, name), 1e-12, name);
    }
}
