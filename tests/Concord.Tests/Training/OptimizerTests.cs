using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Tests.Rules;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>
/// Every optimizer against its published formula (PyTorch's form where there are several), in plain loops over five steps.
/// </summary>
public sealed class OptimizerTests
{
    private const int Size = 7, Rows = 4;

    public static TheoryData<OptimizerSettings> Settings() =>
    [
        new(Momentum: 0), new(), new(Nesterov: true),
        new(Momentum: 0, WeightDecay: 0.1), new(WeightDecay: 0.1), new(Nesterov: true, WeightDecay: 0.1),
        new(Momentum: 0, WeightDecay: 0.1, DecoupledDecay: true), new(WeightDecay: 0.1, DecoupledDecay: true),
        new(OptimizerKind.Adam), new(OptimizerKind.Adam, Epsilon: 1), new(OptimizerKind.Adam, Epsilon: 1, TensorFlowEpsilon: true),
        new(OptimizerKind.Adam, WeightDecay: 0.1), new(OptimizerKind.Adam, WeightDecay: 0.1, DecoupledDecay: true),
        new(OptimizerKind.RmsProp, Momentum: 0, Beta2: 0.99), new(OptimizerKind.RmsProp, Beta2: 0.9), new(OptimizerKind.RmsProp,
            WeightDecay: 0.1),
        new(OptimizerKind.Manhattan), new(OptimizerKind.Manhattan, Momentum: 0, WeightDecay: 0.1), new(OptimizerKind.Manhattan,
            WeightDecay: 0.1, DecoupledDecay: true),
        new(OptimizerKind.Manhattan, WeightDecay: 0.1, Signed: SignedQuantity.Momentum), new(OptimizerKind.Manhattan, WeightDecay: 0.1,
            Signed: SignedQuantity.Both), new(OptimizerKind.Muon, Nesterov: true, WeightDecay: 0.1),
        new(ClipValue: 0.05), new(Momentum: 0, ClipNorm: 0.1), new(OptimizerKind.Adam, ClipNorm: 1000), new(WeightDecay: 0.1,
            ClipValue: 0.05, ClipNorm: 0.2),
    ];

    [Theory]
    [MemberData(nameof(Settings))]
    public void StepsAreTheFormula(OptimizerSettings settings)
    {
        using var kernels = Kit.Double();
        Parameter[] parameters = [Make(kernels, "a"), Make(kernels, "b")];
        var optimizer = new Optimizer(settings, kernels, parameters, keepsDelta: true);
        double[][] w = [.. parameters.Select(parameter => parameter.Value.ToArray())], first = [new double[Size], new double[Size]],
            second = [new double[Size], new double[Size]];
        for (var step = 1; step <= 5; step++)
        {
            var rows = step == 3 ? 1 : Rows;   // a short batch in between
            var rate = 0.1 / step;
            double[][] sums = [Sum("a", step), Sum("b", step)];
            var (scale, deltas) = (1.0 / rows, new double[2][]);
            var norm = Math.Sqrt(sums.Sum(sum => sum.Sum(value => value * value))) / rows;
            if (settings.ClipNorm > 0 && norm > settings.ClipNorm) scale *= settings.ClipNorm / norm;

            optimizer.Begin(rows);
            for (var p = 0; p < 2; p++)
            {
                foreach (var part in (double[])[0.25, 0.75])   // in two contributions, as a shared weight gets them
                {
                    Assert.True(optimizer.TryTake(parameters[p], out var target));
                    Deliver(kernels, [.. sums[p].Select(value => part * value)], target);
                }
                deltas[p] = Step(settings, step, rate, scale, sums[p], w[p], first[p], second[p]);
            }
            optimizer.Step(rate);
            for (var p = 0; p < 2; p++)
            {
                Kit.Close(w[p], parameters[p].Value.ToArray(), 1e-12, $"weight at step {step}");
                Kit.Close(deltas[p], optimizer.Update.Delta(parameters[p]).ToArray(), 1e-12, $"delta at step {step}");
                Assert.Equal(settings.DecoupledDecay ? rate * settings.WeightDecay : 0, optimizer.Update.Decay(parameters[p]));
            }
        }
    }

    private static double[] Step(OptimizerSettings s, int t, double rate, double scale, double[] sum, double[] w, double[] m, double[] v)
    {
        var delta = new double[Size];
        for (var i = 0; i < Size; i++)
        {
            var g = scale * sum[i];
            if (s.ClipValue > 0) g = Math.Clamp(g, -s.ClipValue, s.ClipValue);
            if (s.Kind == OptimizerKind.Manhattan && s.Signed != SignedQuantity.Momentum) g = Math.Sign(g);
            if (!s.DecoupledDecay) g += s.WeightDecay * w[i];
            switch (s.Kind)
            {
                case OptimizerKind.Manhattan:
                    m[i] = s.Momentum * m[i] + g;
                    delta[i] = rate * (s.Signed == SignedQuantity.Gradient ? m[i] : Math.Sign(m[i]));
                    break;
                case OptimizerKind.Sgd or OptimizerKind.Muon:   // what is no matrix
                    m[i] = s.Momentum * m[i] + g;
                    delta[i] = rate * (s.Nesterov ? g + s.Momentum * m[i] : m[i]);
                    break;
                case OptimizerKind.Adam:
                    m[i] = s.Beta1 * m[i] + (1 - s.Beta1) * g;
                    v[i] = s.Beta2 * v[i] + (1 - s.Beta2) * g * g;
                    double c1 = 1 - Math.Pow(s.Beta1, t), c2 = 1 - Math.Pow(s.Beta2, t);
                    delta[i] = s.TensorFlowEpsilon ? rate * Math.Sqrt(c2) / c1 * m[i] / (Math.Sqrt(v[i]) + s.Epsilon)
                        : rate * (m[i] / c1) / (Math.Sqrt(v[i] / c2) + s.Epsilon);
                    break;
                default:
                    m[i] = s.Beta2 * m[i] + (1 - s.Beta2) * g * g;
                    v[i] = s.Momentum * v[i] + g / (Math.Sqrt(m[i]) + s.Epsilon);
                    delta[i] = rate * v[i];
                    break;
            }
            w[i] = (s.DecoupledDecay ? 1 - rate * s.WeightDecay : 1) * w[i] - delta[i];
        }
        return delta;
    }

    [Fact]
    public void ParametersWithoutAGradientDoNotMoveDecayIncluded()
    {
        using var kernels = Kit.Double();
        Parameter[] parameters = [Make(kernels, "a"), Make(kernels, "b")];
        foreach (var settings in (OptimizerSettings[])[new(WeightDecay: 0.1), new(WeightDecay: 0.1, DecoupledDecay: true),
            new(OptimizerKind.Adam, WeightDecay: 0.1)])
        {
            var optimizer = new Optimizer(settings, kernels, parameters, false);
            var before = parameters[1].Value.ToArray();
            optimizer.Begin(Rows);
            optimizer.TryTake(parameters[0], out var target);
            Deliver(kernels, Sum("a", 1), target);
            optimizer.Step(0.1);
            Assert.Equal(before, parameters[1].Value.ToArray());
        }
    }

    [Fact]
    public void FrozenParametersAreOutsideTheOptimizer()
    {
        using var kernels = Kit.Double();
        var network = Kit.Network("mlp:6-5-4-3,tanh");
        foreach (var parameter in network.Blocks[1].Parameters) parameter.Frozen = true;
        var learner = new Learner(Kit.Made(network, Kit.Rule("backprop")), default, new(WeightDecay: 0.1), kernels, Kit.Seed);
        var (frozen, below) = (network.Blocks[1].Parameters.SelectMany(parameter => parameter.Value.ToArray()).ToArray(),
            network.Blocks[0].Parameters[0].Value.ToArray());
        Kit.Step(learner, Rows);
        Assert.Equal(frozen, network.Blocks[1].Parameters.SelectMany(parameter => parameter.Value.ToArray()));
        Assert.NotEqual(below, network.Blocks[0].Parameters[0].Value.ToArray());   // the signal still passes through
        Assert.DoesNotContain(learner.Optimizer.Moments, moment => moment.Parameter.Frozen);
    }

    [Fact]
    public void AccumulatingIntoTheMomentumEqualsAGradientOfItsOwn()
    {
        using var kernels = Kit.Double();
        var (straight, apart) = (Kit.Learner("mlp:6-5-3,batchnorm", "backprop", kernels, new(WeightDecay: 0.01)),
            Kit.Learner("mlp:6-5-3,batchnorm", "backprop", kernels, new(WeightDecay: 0.01, ClipNorm: 1e9)));
        Assert.True(straight.Optimizer.Accumulates);
        Assert.False(apart.Optimizer.Accumulates);
        for (var step = 0; step < 5; step++)
            foreach (var learner in (Learner[])[straight, apart]) Kit.Step(learner, step % 2 == 0 ? 4 : 3, step);
        foreach (var (expected, actual) in apart.Network.Parameters.Zip(straight.Network.Parameters))
            Kit.Close(expected.Value.ToArray(), actual.Value.ToArray(), 1e-12, expected.Name);
    }

    [Fact]
    public void SettingsThatCannotBeMeantAreRefused()
    {
        OptimizerSettings[] wrong =
        [
            new(LearningRate: -1), new(LearningRate: double.NaN), new(Momentum: 1), new(Momentum: -0.1), new(Beta1: 1), new(Beta2: -1),
            new(Epsilon: -1), new(WeightDecay: -1),
            new(WeightDecay: double.PositiveInfinity), new(ClipValue: -1), new(ClipNorm: double.NaN), new(Momentum: 0, Nesterov: true),
            new(OptimizerKind.Adam, Nesterov: true),
            new(OptimizerKind.Muon, ClipValue: 1), new(Signed: SignedQuantity.Both), new(OptimizerKind.Manhattan, Momentum: 0,
                Signed: SignedQuantity.Momentum), new(ConstrainWeights: true, NormalizeIncoming: IncomingNorm.Unit),
        ];
        Assert.All(wrong, settings => Assert.Throws<ConcordException>(settings.Validate));
        Assert.All(OptimizerSettings.ByName.Values, settings => settings.Validate());
    }

    // g, v and the direction as for SGD; then the published iteration, in plain loops, on a wide and on a tall matrix.
    [Theory]
    [InlineData("fc1.weight", true, 0.1)]   // 6 x 5
    [InlineData("fc2.weight", true, 0)]     // 5 x 9
    [InlineData("fc2.weight", false, 0.1)]
    public void MuonOrthogonalisesTheMomentum(string name, bool nesterov, double decay)
    {
        using var kernels = Kit.Double();
        var settings = new OptimizerSettings(OptimizerKind.Muon, Momentum: 0.8, Nesterov: nesterov, WeightDecay: decay);
        var network = Kit.Network("mlp:6-5-9-3");
        network.Initialize(kernels, RandomStream.FromSeed(1));
        var weight = Kit.Parameter(network, name);
        var optimizer = new Optimizer(settings, kernels, [weight], keepsDelta: true);
        int rows = weight.Shape.Rows, columns = weight.Shape.RowLength;
        var (w, v) = (weight.Value.ToArray(), new double[rows * columns]);
        for (var step = 1; step <= 3; step++)
        {
            var sum = Kit.Normals(RandomStream.FromSeed(2).At(step), w.Length);
            optimizer.Begin(Rows);
            optimizer.TryTake(weight, out var target);
            var contribution = kernels.Allocate(weight.Shape);
            contribution.CopyFrom(sum);
            kernels.Combine(target.Alpha, contribution, target.Beta, target.Target);
            optimizer.Step(0.1);
            double[] g = [.. sum.Select((value, i) => value / Rows + decay * w[i])];
            v = [.. v.Select((value, i) => 0.8 * value + g[i])];
            var direction = PaperNetwork.Read([.. v.Select((value, i) => nesterov ? g[i] + 0.8 * value : value)], rows, columns);
            var norm = Math.Sqrt(direction.Cast<double>().Sum(value => value * value)) + 1e-7;
            var x = PaperNetwork.Map(rows > columns ? PaperNetwork.Transpose(direction) : direction, (value, _, _) => value / norm);
            for (var i = 0; i < 5; i++)
            {
                var a = PaperNetwork.Times(x, PaperNetwork.Transpose(x));
                var b = PaperNetwork.Map(PaperNetwork.Times(a, a), (value, r, c) => 2.0315 * value - 4.7750 * a[r, c]);
                var bx = PaperNetwork.Times(b, x);
                x = PaperNetwork.Map(x, (value, r, c) => 3.4445 * value + bx[r, c]);
            }
            var step0 = PaperNetwork.Flat(rows > columns ? PaperNetwork.Transpose(x) : x);
            var gain = 0.1 * Math.Sqrt(Math.Max(1, (double)columns / rows));
            w = [.. w.Select((value, i) => value - gain * step0[i])];
            Kit.Close(w, weight.Value.ToArray(), 1e-11);
            Kit.Close([.. step0.Select(value => gain * value)], optimizer.Update.Delta(weight).ToArray(), 1e-11);
        }
    }

    [Fact]
    public void SignsAreKept()
    {
        using var kernels = Kit.Double();
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh,batchnorm", "backprop", kernels, new(kind, KeepSigns: true));
            var free = Kit.Learner("mlp:6-5-4-3,tanh,batchnorm", "backprop", kernels, new(kind));
            double[] Weights(Learner of) =>
                [.. of.Network.Parameters.Where(parameter => parameter.Shape.Rank == 2).SelectMany(parameter => parameter.Value.ToArray())];
            var signs = Weights(learner).Select(Math.Sign).ToArray();
            foreach (var each in (Learner[])[learner, free])
                for (var step = 0; step < 5; step++) Kit.Step(each, Rows, step, rate: 1);
            Assert.Equal(signs, Weights(learner).Select(Math.Sign));
            Assert.NotEqual(signs, Weights(free).Select(Math.Sign));
            Assert.Contains(1e-10, Weights(learner).Select(Math.Abs));
        }
    }

    [Theory]
    [InlineData(false, IncomingNorm.Unit)]
    [InlineData(false, IncomingNorm.Start)]
    [InlineData(true, IncomingNorm.Free)]
    public void NormsAreKept(bool constrain, IncomingNorm incoming)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "fa", kernels, new(ConstrainWeights: constrain, NormalizeIncoming: incoming));
        Dictionary<string, double[]> Norms() =>
            learner.Network.Parameters.Where(parameter => parameter.Shape.Rank == 2).ToDictionary(parameter => parameter.Name, parameter =>
        {
            var (values, width) = (parameter.Value.ToArray(), parameter.Shape.RowLength);
            double[] columns = [.. Enumerable.Range(0, width)
                .Select(j => Math.Sqrt(values.Where((_, i) => i % width == j).Sum(value => value * value)))];
            return constrain ? [Math.Sqrt(columns.Sum(norm => norm * norm))] : columns;
        });
        var (start, weights) = (Norms(), Kit.Bytes(learner.Network));
        for (var step = 0; step < 5; step++) Kit.Step(learner, Rows, step, rate: 0.5);
        Assert.NotEqual(weights, Kit.Bytes(learner.Network));
        foreach (var (name, norms) in Norms())
            Kit.Close(incoming == IncomingNorm.Unit ? [.. norms.Select(_ => 1.0)] : start[name], norms, 1e-12, name);
    }

    [Fact]
    public void RulesThatReadTheStepRefuseWhatElseWritesWeights()
    {
        using var kernels = Kit.Double();
        foreach (var settings in (OptimizerSettings[])[new(KeepSigns: true), new(ConstrainWeights: true),
            new(NormalizeIncoming: IncomingNorm.Unit)])
            Assert.Contains("--keep-signs",
                Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-3", "kolen-pollack", kernels, settings)).Message,
                StringComparison.Ordinal);
    }

    private static Parameter Make(Kernels kernels, string name)
    {
        var parameter = new Parameter(new(Size), new(InitializerKind.LeCunNormal), 1, 1) { Name = name };
        parameter.Initialize(kernels, RandomStream.FromSeed(1));
        return parameter;
    }

    private static double[] Sum(string name, int step) => Kit.Normals(RandomStream.FromSeed(2).Split(name).At(step), Size);

    private static void Deliver(Kernels kernels, double[] sum, Accumulator target)
    {
        var contribution = kernels.Allocate(new(Size));
        contribution.CopyFrom(sum);
        kernels.Combine(target.Alpha, contribution, target.Beta, target.Target);
    }
}
