using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Diagnostics;

public sealed class AlignmentProbeTests
{
    private const string Crowded = "mlp:6-5-4-3,tanh,batchnorm-after,dropout=0.2";

    [Theory]
    [InlineData("mlp:6-5-4-3,tanh")]
    [InlineData(Crowded)]
    [InlineData("residual")]
    public void BackpropagationIsAlignedExactly(string network)
    {
        using var kernels = Kit.Single();
        Assert.All(Probe(network, "backprop", kernels, gate: true), row =>
        {
            Assert.Equal((1, 0, 0, 1, 1, 1), (row.Cosine, row.SampleStd, row.ZeroRows, row.LocalCosine, row.NormRatio, row.GateCosine));
            if (network != "residual") Assert.Equal(1, row.WeightCosine);
            Assert.Equal(0, row.AngleDegrees);
        });
    }

    [Fact]
    public void EachRowIsComparedByItselfZerosApartAndObtuseAnglesKept()
    {
        using var kernels = Kit.Double();
        double[][] truth = [], given = [];
        var row = ProbeGiven(kernels, rows =>
        {
            truth = rows;
            given = [[.. rows[0].Select(value => 2 * value)], [.. rows[1].Select(value => -value)], [0, 0, 0, 0, 0], [1, -2, 3, -4, 5],
                [.. rows[4].Select(value => -0.5 * value)]];
            return given;
        });
        int[] counted = [0, 1, 3, 4];
        var cosines = counted.Select(n => Cosine(given[n], truth[n])).ToList();
        Assert.Equal([1, -1, -1], (double[])[Math.Round(cosines[0], 12), Math.Round(cosines[1], 12), Math.Round(cosines[3], 12)]);
        Assert.Equal(cosines.Average(), row.Cosine, 1e-13);
        Assert.Equal(Math.Sqrt(cosines.Sum(value => Math.Pow(value - cosines.Average(), 2)) / 3), row.SampleStd, 1e-13);
        Assert.Equal(1, row.ZeroRows);
        var sorted = cosines.Order().ToList();
        Assert.Equal((sorted[1] + sorted[2]) / 2, row.Quantiles.Median, 1e-13);
        Assert.Equal(sorted[0] + 0.15 * (sorted[1] - sorted[0]), row.Quantiles.P5, 1e-13);
        Assert.Equal(sorted[2] + 0.25 * (sorted[3] - sorted[2]), row.Quantiles.P75, 1e-13);
        Assert.Equal(counted.Average(n => Norm(given[n]) / Norm(truth[n])), row.NormRatio, 1e-13);
        Assert.Equal(counted.Average(n => given[n].Zip(truth[n], (a, b) => a * b > 0 ? 1 : 0).Average()), row.SignAgreement, 1e-13);
        Assert.True(double.IsNaN(row.WeightCosine));
    }

    [Fact]
    public void OpposedSignalsAreAtAStraightAngleAndZeroOnesAtNone()
    {
        using var kernels = Kit.Double();
        var opposed = ProbeGiven(kernels, rows => [.. rows.Select(row => row.Select(value => -value).ToArray())]);
        Assert.Equal((-1, 180, 0, 0), (opposed.Cosine, opposed.AngleDegrees, opposed.SignAgreement, opposed.ZeroRows));
        var silent = ProbeGiven(kernels, rows => [.. rows.Select(row => new double[row.Length])]);
        Assert.Equal(5, silent.ZeroRows);
        Assert.True(double.IsNaN(silent.Cosine));
    }

    [Fact]
    public void WeightCosineOfChainRulesIsBetweenFeedbackAndWeight()
    {
        using var kernels = Kit.Double();
        var rows = Probe("mlp:6-5-4-3,tanh", "fa", kernels, out var learner);
        for (var port = 0; port < 2; port++)
        {
            var name = $"fc{port + 2}.weight";
            Assert.Equal(SignsAgree(Kit.Feedback(learner.Plan, name).ToArray(), Kit.Parameter(learner.Network, name).Value.ToArray()),
                rows[port].WeightAgreement, 1e-13);
            Assert.InRange(rows[port].WeightAgreement, 0.2, 0.8);
            Assert.Equal(Cosine(Kit.Feedback(learner.Plan, name).ToArray(), Kit.Parameter(learner.Network, name).Value.ToArray()),
                rows[port].WeightCosine, 1e-13);
        }
        Assert.Equal(rows[1].Cosine, rows[1].LocalCosine, 1e-13);   // the port below the output: one hop is the whole way
        Assert.NotEqual(rows[0].Cosine, rows[0].LocalCosine, 1e-6);
        Assert.All(Probe("mlp:6-5-4-3,tanh", "usf", kernels, out _), row => Assert.Equal(1, row.WeightAgreement));
        Assert.True(double.IsNaN(Probe("mlp:6-5-4-3,tanh", "shallow", kernels, out _)[0].WeightAgreement));
    }

    private static double SignsAgree(double[] a, double[] b) => a.Zip(b, (x, y) => x * y > 0 ? 1.0 : 0).Average();

    [Fact]
    public void WeightCosineOfDirectRulesIsBetweenProjectionAndTheProductOfTheWeightsAbove()
    {
        using var kernels = Kit.Double();
        foreach (var rule in (string[])["dfa", "dfa feedback.preset=launay2019", "sparse-dfa"])
        {
            var rows = Probe("mlp:6-5-4-3,tanh", rule, kernels, out var learner);
            double[] w2 = Kit.Parameter(learner.Network, "fc2.weight").Value.ToArray(),
                w3 = Kit.Parameter(learner.Network, "fc3.weight").Value.ToArray(), product = new double[15];
            for (var i = 0; i < 5; i++)
                for (var k = 0; k < 3; k++)
                    for (var j = 0; j < 4; j++) product[i * 3 + k] += w2[i * 4 + j] * w3[j * 3 + k];
            foreach (var (port, above, units) in ((int, double[], int)[])[(0, product, 5), (1, w3, 4)])
            {
                var d = new double[units * 3];   // what an error of 1 at output k alone projects to
                for (var k = 0; k < 3; k++)
                {
                    Tensor one = kernels.Allocate(new(1, 3)), column = kernels.Allocate(new(1, units));
                    one[k] = 1;
                    learner.Plan.Rule.ProjectionAt(learner.Network.Ports[port])!.Apply(kernels, new(), one, column);
                    for (var j = 0; j < units; j++) d[j * 3 + k] = column[j];
                }
                Assert.Equal(Cosine(d, above), rows[port].WeightCosine, 1e-13);
            }
        }
    }

    [Fact]
    public void TheGateComparesAtThePreActivation()
    {
        using var kernels = Kit.Double();
        Kit.Fill(new Pass(Kit.Network("mlp:6-5-4-3,tanh"), kernels, default), 1);
        var row = Probe("mlp:6-5-4-3,tanh", "dfa", kernels, out var learner, gate: true)[0];
        var (x, signal, truth) = (learner.Pass.At(learner.Network.Ports[0]).ToArray(),
            learner.BackwardPass.SignalAt(learner.Network.Ports[0])!.ToArray(), Truth(learner));
        double[] Gated(double[] s, int n) => [.. Enumerable.Range(n * 5, 5).Select(i => s[i] * (1 - x[i] * x[i]))];
        Assert.Equal(Enumerable.Range(0, 4).Average(n => Cosine(Gated(signal, n), Gated(truth, n))), row.GateCosine, 1e-12);
        Assert.NotEqual(row.Cosine, row.GateCosine);
    }

    [Theory]
    [InlineData("cnn:2x4x4-c3k3p1-4-3", false)]        // a flatten: the units of conv1's port stand in another order than fc1's inputs
    [InlineData("cnn:2x4x4-c3k3p1-gap-4-3", true)]
    [InlineData("cnn:1x4x4-c1k3p1-4-3", true)]
    public void WeightsAreComparedWithAProjectionWhereTheirUnitsAreThePorts(string network, bool compared)
    {
        using var kernels = Kit.Double();
        var rows = Probe(network, "dfa", kernels, out _);
        Assert.Equal(compared, double.IsFinite(rows[0].WeightCosine));
        Assert.True(double.IsFinite(rows[1].WeightCosine));
        Assert.All(rows, row => Assert.True(double.IsFinite(row.Cosine)));
    }

    public static TheoryData<string, string> Cases() => Kit.On(Kit.RuleNames.Append("dfa feedback.preset=frenkel2021")
        .Append("fc1=fa,*=brsf").Append(Kit.ReadmeRule), [Crowded, "mlp:6-5-4-3,gelu", Kit.ImageNetworks[0], Kit.ImageNetworks[2]]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void MeasuringChangesNoByteInTrainingOrEvaluation(string rule, string network)
    {
        using var kernels = Kit.Single();
        var (measured, alone) = (Kit.Learner(network, rule, kernels, new()), Kit.Learner(network, rule, kernels, new()));
        var probe = new AlignmentProbe(measured.Plan, gate: true);
        var evaluation = new Pass(measured.Network, kernels, default);
        var backward = measured.Plan.BackwardPass(evaluation, null);
        for (var step = 0; step < 3; step++)
        {
            Kit.Step(alone, 4, step);
            Kit.Step(measured, 4, step, beforeStep: learner =>
            {
                var before = State(learner);
                probe.Measure(learner.BackwardPass);
                Assert.Equal(before, State(learner));
            });
            var after = State(measured);
            Kit.Fill(evaluation, 7, 50);
            evaluation.Forward(measured.Steps, training: false);
            measured.Objective.Error(evaluation);
            measured.Plan.CreditAssignment.Observe(backward);
            measured.Plan.CreditAssignment.Teach(backward);
            var rows = probe.Measure(backward);
            Assert.Equal(rows.Select(row => row.ToString()), probe.Measure(backward).Select(row => row.ToString()));
            Assert.Equal(after, State(measured));
            Assert.Equal(after, State(alone));
        }
    }

    [Fact]
    public void MeasuringCountsAsNothingElse()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "dfa", kernels);
        var probe = new AlignmentProbe(learner.Plan);
        kernels.Log = new OperationLog();
        Kit.Step(learner, 4, beforeStep: seen => probe.Measure(seen.BackwardPass));
        Assert.Equal(Concord.Cost.StepWork.Of(Kit.Blueprint("mlp:6-5-4-3,tanh", "dfa"), new(4)).Of(Phase.Error), kernels.Log[Phase.Error]);
        Assert.True(kernels.Log[Phase.Probe].MultiplyAccumulates > 0);
    }

    [Fact]
    public void PortsWithoutASignalHaveNoAlignment()
    {
        using var kernels = Kit.Double();
        Assert.All(Probe("mlp:6-5-4-3,tanh", "shallow", kernels), row => Assert.True(double.IsNaN(row.Cosine) && row.ZeroRows == 4));
    }

    /// <summary>
    /// With an output weight that is 0 the true gradient below it is 0, and with one near 0 nearly so, while the error is as large as ever.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1e-6)]
    [InlineData(1e-9)]
    [InlineData(0)]
    public void ACosineIsVoidWhereTheTrueGradientHasVanished(double scale)
    {
        using var kernels = Kit.Single();
        foreach (var rule in (string[])["backprop", "dfa"])
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", rule, kernels);
            var weight = Kit.Parameter(learner.Network, "fc3.weight").Value;
            for (var i = 0; i < weight.Length; i++) weight[i] *= scale;
            IReadOnlyList<PortAlignment> rows = [];
            Kit.Step(learner, 4, rate: 0, beforeStep: seen => rows = new AlignmentProbe(seen.Plan, gate: true).Measure(seen.BackwardPass));

            Assert.Equal(Truth(learner).Chunk(5).Average(Norm), rows[0].TrueNorm, 1e-6 * rows[0].TrueNorm);
            Assert.All(rows, row => Assert.Equal(row.TrueNorm < 1e-7, row.IsVoid));
            var isVoid = scale < 1e-7;
            Assert.All(rows, row => Assert.Equal((isVoid, isVoid), (row.IsVoid, row.IsGateVoid)));
            Assert.All(rows, row => Assert.All(
                (double[])[row.Cosine, row.GateCosine, row.SignAgreement, row.NormRatio, row.Quantiles.P5],
                figure => Assert.Equal(isVoid, double.IsNaN(figure))));
            Assert.Equal(isVoid, rows[1].IsLocalVoid);   // under the output the way is one hop; below, that of dfa's own signal
            Assert.Equal(isVoid && rule == "backprop", rows[0].IsLocalVoid);
            // nothing bounds the norms from below on the way there
            if (!isVoid && rule == "backprop") Assert.All(rows, row => Assert.Equal(1, row.Cosine, 6));
            Assert.Equal(scale != 0, double.IsFinite(rows[1].WeightCosine));
        }
    }

    [Fact]
    public void SamplesWhoseGradientIsZeroCountInTheNormAndHaveNoCosine()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-3,tanh", "backprop", kernels);
        Kit.Fill(learner.Pass, 4);
        learner.Pass.Forward(0, true);
        learner.Objective.Error(learner.Pass);
        for (var i = 0; i < 9; i++) learner.Pass.Error[i] = 0;   // three of four samples are answered without any error
        learner.Plan.CreditAssignment.Teach(learner.BackwardPass);
        var row = new AlignmentProbe(learner.Plan).Measure(learner.BackwardPass)[0];
        Assert.Equal((3, 1, false), (row.ZeroRows, row.Cosine, row.IsVoid));
        Assert.Equal(Norm(Truth(learner)) / 4, row.TrueNorm, 1e-13);
    }

    private static byte[] State(Learner learner) =>
        [.. Checkpoint.Tensors(learner).SelectMany(entry => entry.Tensor.AsBytes().ToArray()),
            .. learner.Plan.Counters.SelectMany(entry => BitConverter.GetBytes(entry.Counter.Value))];

    private static IReadOnlyList<PortAlignment> Probe(string network, string rule, Kernels kernels, bool gate = false) =>
        Probe(network, rule, kernels, out _, gate);

    private static IReadOnlyList<PortAlignment> Probe(string network, string rule, Kernels kernels, out Learner learner, bool gate = false)
    {
        learner = Kit.Learner(network, rule, kernels);
        var probe = new AlignmentProbe(learner.Plan, gate);
        IReadOnlyList<PortAlignment> rows = [];
        Kit.Step(learner, 4, rate: 0, beforeStep: seen => rows = probe.Measure(seen.BackwardPass));
        return rows;
    }

    /// <summary>The true gradient at the lowest port, from backpropagation of its own.</summary>
    private static double[] Truth(Learner learner)
    {
        var plan = new Plan(learner.Network, new Backpropagation(), learner.Kernels, default);
        var walk = plan.BackwardPass(learner.Pass, null, lane: 5);
        plan.CreditAssignment.Teach(walk);
        return walk.SignalAt(learner.Network.Ports[0])!.ToArray();
    }

    private static PortAlignment ProbeGiven(Kernels kernels, Func<double[][], double[][]> signals)
    {
        var rule = new Given();
        var learner = new Learner(Kit.Made(Kit.Network("mlp:6-5-3,tanh"), rule), default, Kit.PlainSgd, kernels, Kit.Seed);
        Kit.Fill(learner.Pass, 5);
        learner.Pass.Forward(0, true);
        learner.Objective.Error(learner.Pass);
        rule.Signal = kernels.Allocate(new(5, 5));
        rule.Signal.CopyFrom([.. signals([.. Truth(learner).Chunk(5)]).SelectMany(row => row)]);
        learner.Plan.CreditAssignment.Teach(learner.BackwardPass);
        return new AlignmentProbe(learner.Plan).Measure(learner.BackwardPass).Single();
    }

    private static double Norm(double[] a) => Math.Sqrt(a.Sum(value => value * value));

    private static double Cosine(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum() / Norm(a) / Norm(b);

    private sealed class Given : LearningRule
    {
        public Tensor? Signal { get; set; }
        public override string Name => "given";
        public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.Here;
        public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward) => port.IsOutput ? arriving! : Signal!;
    }
}
