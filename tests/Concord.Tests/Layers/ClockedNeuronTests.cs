using Concord.Layers;
using Concord.Numerics;

namespace Concord.Tests.Layers;

/// <summary>Clocked neurons against their equations written out in double precision, step by step and neuron by neuron.</summary>
public sealed class ClockedNeuronTests
{
    private const int Steps = 8, Samples = 3, Units = 5;

    public static TheoryData<string, int, bool> Cases()
    {
        var data = new TheoryData<string, int, bool>();
        foreach (var kind in (string[])["soft", "soft detached", "hard", "hard detached", "none", "soft refractory", "hard refractory",
            "soft adapting", "hard detached adapting", "none adapting", "soft adapting refractory"])
            foreach (var steps in (int[])[0, 1, 3, 7, 99])
                foreach (var recurrent in (bool[])[false, true]) data.Add(kind, steps, recurrent);
        return data;
    }

    private static ClockedNeuron Neuron(string kind) => new(0.7, kind[0] switch
    {
        's' => SpikeReset.Soft, 'h' => SpikeReset.Hard, _ => SpikeReset.None,
    }, kind.Contains("refractory", StringComparison.Ordinal) ? 2 : 0, Surrogate.Arctan, 1.5,
        kind.Contains("detached", StringComparison.Ordinal), Adaptation: kind.Contains("adapting", StringComparison.Ordinal) ? 0.3 : 0,
        AdaptationLeak: kind.Contains("adapting", StringComparison.Ordinal) ? 0.85 : 0);

    [Theory]
    [MemberData(nameof(Cases))]
    public void SpikesAndSignalsAreTheEquations(string kind, int steps, bool recurrent)
    {
        using var kernels = Kit.Double();
        var neuron = Neuron(kind);
        var layer = new ClockedNeurons(neuron, 0.8, learnsLeak: true, recurrent ? new(InitializerKind.PyTorch) : null,
            new(steps == 99 ? null : steps));
        var shape = layer.Attach("fc1.lif", new Shape(Units).WithSteps(Steps));
        foreach (var parameter in layer.Parameters) parameter.Initialize(kernels, RandomStream.FromSeed(3));
        var leak = layer.Parameters[^1].Value;
        Kit.Close(Enumerable.Repeat(0.8, Units).ToArray(), [.. leak.ToArray().Select(w => 1 / (1 + Math.Exp(-w)))], 1e-14);
        leak.CopyFrom(Kit.Normals(RandomStream.FromSeed(8), Units));
        double[] beta = [.. leak.ToArray().Select(w => 1 / (1 + Math.Exp(-w)))];
        Tensor x = Kit.Tensor(kernels, shape.Batch(Samples), "x"), y = kernels.Allocate(x.Shape), s = Kit.Tensor(kernels, x.Shape, "s"),
            below = kernels.Allocate(x.Shape), stand = Kit.Tensor(kernels, new(Units, Units), "stand");
        var before = x.ToArray();
        var tape = new Tape(kernels, new Workspace());
        layer.Forward(x, y, tape);
        Assert.Equal(before, x.ToArray());
        var keeper = new GradientKeeper(kernels);
        layer.Backward(x, y, s, below, tape, new Walk(kernels, keeper, stand));

        var w = recurrent ? layer.InnerConnections[0].Weight.Value.ToArray() : new double[Units * Units];
        double[] ofWeight = new double[Units * Units], ofLeak = new double[Units];
        var fired = 0;
        for (var n = 0; n < Samples; n++)
        {
            double[,] u = new double[Steps, Units], z = new double[Steps, Units], left = new double[Steps, Units],
                a = new double[Steps, Units];
            for (var t = 0; t < Steps; t++)
                for (var j = 0; j < Units; j++)
                {
                    u[t, j] = x[At(t, n, j)];
                    if (t > 0)
                    {
                        left[t, j] = u[t - 1, j] * (neuron.Reset == SpikeReset.Hard ? 1 - z[t - 1, j] : 1);
                        u[t, j] += beta[j] * left[t, j] - (neuron.Reset == SpikeReset.Soft ? 0.7 * z[t - 1, j] : 0);
                        for (var i = 0; i < Units; i++) u[t, j] += z[t - 1, i] * w[i * Units + j];
                        a[t, j] = neuron.AdaptationLeak * a[t - 1, j] + z[t - 1, j];
                    }
                    var held = Enumerable.Range(1, neuron.Refractory).Any(back => t >= back && z[t - back, j] == 1);
                    z[t, j] = u[t, j] >= 0.7 + neuron.Adaptation * a[t, j] && !held ? 1 : 0;
                    fired += (int)z[t, j];
                    Assert.Equal(z[t, j], y[At(t, n, j)]);
                }
            var g = new double[Steps, Units];
            for (var from = 0; from < Steps; from++)
            {
                double[] later = new double[Units], ofAdapted = new double[Units];
                for (var t = from; t >= 0 && from - t <= steps; t--)
                {
                    var now = new double[Units];
                    for (var j = 0; j < Units; j++)
                    {
                        var ofSpike = t == from ? s[At(t, n, j)] : 0;
                        if (t < from && !neuron.DetachesReset)
                            ofSpike += neuron.Reset switch
                            {
                                SpikeReset.Soft => -0.7 * later[j], SpikeReset.Hard => -beta[j] * u[t, j] * later[j], _ => 0,
                            };
                        if (t < from && recurrent) for (var k = 0; k < Units; k++) ofSpike += stand[j * Units + k] * later[k];
                        var held = Enumerable.Range(1, neuron.Refractory).Any(back => t >= back && z[t - back, j] == 1);
                        var angle = Math.PI / 2 * 1.5 * (u[t, j] - 0.7 - neuron.Adaptation * a[t, j]);
                        now[j] = held ? 0 : (ofSpike + ofAdapted[j]) * 0.75 / (1 + angle * angle);
                        ofAdapted[j] = neuron.AdaptationLeak * ofAdapted[j] - neuron.Adaptation * now[j];
                        if (t < from) now[j] += beta[j] * later[j] * (neuron.Reset == SpikeReset.Hard ? 1 - z[t, j] : 1);
                    }
                    for (var j = 0; j < Units; j++) g[t, j] += now[j];
                    later = now;
                }
            }
            for (var t = 0; t < Steps; t++)
                for (var j = 0; j < Units; j++)
                {
                    Kit.Close([g[t, j]], [below[At(t, n, j)]], 1e-12, $"signal {t} {j}");
                    ofLeak[j] += g[t, j] * left[t, j] * beta[j] * (1 - beta[j]);
                    if (t > 0) for (var i = 0; i < Units; i++) ofWeight[i * Units + j] += z[t - 1, i] * g[t, j];
                }
        }
        Assert.InRange(fired, 10, Steps * Samples * Units - 10);
        Kit.Close(ofLeak, keeper.Gradients[layer.Parameters[^1]].ToArray(), 1e-12, "leak");
        if (recurrent) Kit.Close(ofWeight, keeper.Gradients[layer.Parameters[0]].ToArray(), 1e-12, "recurrent");
    }

    [Fact]
    public void SurrogatesAreTheirFormulas()
    {
        using var kernels = Kit.Double();
        double[] x = [-2, -0.5, -0.04, 0, 0.01, 0.3, 1.5];
        Check(Surrogate.FastSigmoid, 25, value => 1 / Math.Pow(25 * Math.Abs(value) + 1, 2));
        Check(Surrogate.Arctan, 2, value => 1 / (1 + Math.Pow(Math.PI * value, 2)));
        Check(Surrogate.Triangular, 2, value => Math.Max(0, 2 - 4 * Math.Abs(value)));
        Check(Surrogate.Rectangle, 2, value => Math.Abs(value) <= 0.25 ? 2 : 0);
        Check(Surrogate.Constant, 0.5, _ => 0.5);
        Check(Surrogate.Sine, 2, value => Math.Sin(2 * value));

        void Check(Surrogate surrogate, double slope, Func<double, double> formula)
        {
            Tensor u = kernels.Allocate(new(1, x.Length)), z = kernels.Allocate(u.Shape), ones = kernels.Allocate(u.Shape),
                g = kernels.Allocate(u.Shape), leak = kernels.Allocate(new(x.Length));
            u.CopyFrom([.. x.Select(value => value + 1)]);
            kernels.Fill(ones, 1);
            kernels.LeakySignal(new(1, Surrogate: surrogate, Slope: slope), leak, u, z, ones, g, g, 1, 0, 1);
            Kit.Close([.. x.Select(formula)], g.ToArray(), 1e-13, $"{surrogate}");
        }
    }

    [Fact]
    public void PoissonSpikesHaveTheirProbabilityAndAreDrawnAgain()
    {
        using var kernels = Kit.Single();
        var layer = new PoissonEncoding(400);
        layer.Attach("fc1.poisson", new(4));
        Tensor x = kernels.Allocate(new(3, 4)), y = kernels.Allocate(new(1200, 4)), again = kernels.Allocate(y.Shape);
        x.CopyFrom([0, 1, 0.25, 0.5, -1, 2, 0.25, 0.5, 0, 1, 0.25, 0.5]);
        var tape = new Tape(kernels, new Workspace()) { Dropout = RandomStream.FromSeed(1).At(5), Training = true };
        layer.Forward(x, y, tape);
        layer.Forward(x, again, tape);
        Assert.Equal(y.ToArray(), again.ToArray());
        Assert.All(y.ToArray(), value => Assert.True(value is 0 or 1));
        for (var n = 0; n < 3; n++)
        {
            double[] rates = [.. Enumerable.Range(0, 4).Select(j => Enumerable.Range(0, 400).Average(t => y[(t * 3 + n) * 4 + j]))];
            Assert.Equal((0, 1), (rates[0], rates[1]));
            Assert.InRange(rates[2], 0.17, 0.33);
            Assert.InRange(rates[3], 0.4, 0.6);
        }
        tape.Dropout = RandomStream.FromSeed(1).At(6);
        layer.Forward(x, again, tape);
        Assert.NotEqual(y.ToArray(), again.ToArray());
        tape.Training = false;
        layer.Forward(x, y, tape);
        tape.Dropout = default;
        layer.Forward(x, again, tape);
        Assert.Equal(y.ToArray(), again.ToArray());
    }

    [Theory]
    [InlineData("lif:6-5-4-3,steps=4")]
    [InlineData("lif:6-5-4-3,steps=4,input=poisson,recurrent,learned-leak,readout=spikes,reset=hard,ends=each")]
    [InlineData("lif:6-5-4-3,steps=4,recurrent,truncate=1,readout=linear,refractory=1")]
    [InlineData("lif:6-5-4-3,steps=4,recurrent,adaptation=0.5,readout=spikes")]
    public void AWarmStepAllocatesNothing(string model)
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner(model, "fa", kernels);
        TimeKit.Fill(learner.Pass, 6);
        for (var i = 0; i < 3; i++) learner.Step(0.1);
        Assert.True(Allocation.Of(() => learner.Step(0.1)) == 0, $"{model} allocates.");
    }

    private static int At(int t, int n, int j) => (t * Samples + n) * Units + j;

    private sealed class Walk(Kernels kernels, GradientKeeper keeper, Tensor stand) : BackwardContext
    {
        public override Kernels Kernels => kernels;
        public override Workspace Workspace { get; } = new();
        public override int Lane => 0;

        public override void Cross(Connection connection, Tensor delta, Tensor input) =>
            connection.Transposed(kernels, stand, delta, input);

        public override Tensor MatrixOf(Connection connection) => stand;

        public override bool TryTake(Parameter parameter, out Accumulator gradient) => keeper.TryTake(parameter, out gradient);
    }
}
