using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Tests.Layers;

/// <summary>
/// Law 3: input signal, parameter gradients and pushforward of every layer against central differences, and
/// &lt;u, J v&gt; = &lt;J'u, v&gt;. Hard sign is exempt by name: its derivative is a published convention.
/// </summary>
public sealed class ExactnessTests
{
    private const int Rows = 5, Units = 4;

    public static TheoryData<string, bool> Cases()
    {
        var data = new TheoryData<string, bool>();
        foreach (var kind in (string[])["linear", "linear to one", "linear without bias", "batch norm", "layer norm", "dropout", "residual",
            "residual of norms", "residual in a residual", .. s_images, .. s_times,
            .. ActivationLayer.ByName.Keys.Where(name => name != "hard-sign")])
        {
            data.Add(kind, true);
            data.Add(kind, false);
        }
        return data;
    }

    /// <summary>Layers of images: their bench has samples of 4x4 pixels in 4 channels, in place of 4 units.</summary>
    private static readonly string[] s_images =
        ["convolution", "convolution with padding and stride", "convolution in groups, dilated", "pointwise convolution",
            "one filter a channel", "max pool", "overlapping max pool", "average pool", "padded average pool", "global average pool",
            "flatten", "batch norm of images", "residual of convolutions", "residual with a shortcut", "residual of pooled activations"];

    /// <summary>Layers of time: their samples have three steps of 4 units, or rows, or no steps yet.</summary>
    private static readonly string[] s_times =
        ["rows", "rows of images", "repeat", "last", "mean", "sum", "recurrent", "recurrent gelu", "gru", "leaky", "leaky that learns",
            "linear in time"];

    private static Shape InputOf(string kind) => s_images.Contains(kind) ? new(4, 4, 4)
        : kind switch
        {
            "rows" => new(3, Units),
            "rows of images" => new(3, 2, 2),
            "repeat" => new(Units),
            _ => new Shape(Units).WithSteps(s_times.Contains(kind) ? 3 : 1),
        };

    public static TheoryData<string, bool> CasesWithTangents()
    {
        var data = new TheoryData<string, bool>();
        foreach (var row in Cases())
            if (Make((string)row[0]).HasTangent) data.Add((string)row[0], (bool)row[1]);
        return data;
    }

    private static Layer Make(string kind) => kind switch
    {
        "convolution" => new Convolution(3, Window.Square(3)),
        "convolution with padding and stride" => new Convolution(5, Window.Square(3, stride: 2, padding: 1), bias: false),
        "convolution in groups, dilated" => new Convolution(6, new(2, 1, Stride: 1, Padding: 1, Dilation: 2), groups: 2),
        "pointwise convolution" => new Convolution(2, Window.Square(1)),
        "one filter a channel" => new Convolution(4, Window.Square(3, padding: 1), groups: 4),
        "max pool" => new MaxPool(Window.Square(2, stride: 2)),
        "overlapping max pool" => new MaxPool(Window.Square(3, stride: 2, padding: 1)),
        "average pool" => new AveragePool(Window.Square(2, stride: 2)),
        "padded average pool" => new AveragePool(Window.Square(3, stride: 1, padding: 1)),
        "global average pool" => new AveragePool(),
        "flatten" => new Flatten(),
        "batch norm of images" => new BatchNorm(),
        "residual of convolutions" => new Residual(new Convolution(3, Window.Square(3, padding: 1), bias: false), new BatchNorm(),
            Kit.Of("tanh"), new Convolution(4, Window.Square(3, padding: 1))),
        "residual with a shortcut" =>
            new Residual(new Convolution(6, Window.Square(3, stride: 2, padding: 1)), Kit.Of("gelu"), new Convolution(5, Window.Square(1)))
                { Shortcut = [new Convolution(5, Window.Square(1, stride: 2), bias: false), new BatchNorm()] },
        "residual of pooled activations" => new Residual(Kit.Of("elu"), new MaxPool(Window.Square(3, stride: 1, padding: 1)),
            new Convolution(4, Window.Square(3, padding: 1)), Kit.Of("tanh"), new MaxPool(Window.Square(3, stride: 1, padding: 1))),
        "rows" or "rows of images" => new RowsToSteps(),
        "repeat" => new RepeatInTime(3),
        "last" => new LastStep(),
        "mean" or "sum" => new SumOverSteps(kind == "mean"),
        "recurrent" => new ElmanLayer(3),
        "recurrent gelu" => new ElmanLayer(3, new(ActivationKind.Gelu)),
        "gru" => new GruLayer(3),
        "leaky" => new ClockedNeurons(new(1, SpikeReset.None, Fires: false), 0.8),
        "leaky that learns" => new ClockedNeurons(new(1, SpikeReset.None, Fires: false), 0.8, learnsLeak: true),
        "linear" or "linear in time" => new Linear(3),
        "linear to one" => new Linear(1),
        "linear without bias" => new Linear(3, hasBias: false),
        "batch norm" => new BatchNorm(),
        "layer norm" => new LayerNorm(),
        "dropout" => new Dropout(0.4),
        "residual" => new Residual(new Linear(6), Kit.Of("tanh"), new Linear(Units)),
        "residual of norms" => new Residual(new BatchNorm(), Kit.Of("gelu"), new Linear(3), new LayerNorm(), Kit.Of("logistic"),
            new Dropout(0.3), new Linear(Units)),
        "residual in a residual" =>
            new Residual(Kit.Of("tanh"), new Linear(3), new Residual(new Linear(3), Kit.Of("softplus")), new Linear(Units)),
        _ => Kit.Of(kind),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void BackwardIsTheDerivative(string kind, bool training)
    {
        using var bench = new Bench(Make(kind), training, input: InputOf(kind));
        var (signal, gradients) = bench.Backward(inputSignal: true, learn: true);
        Kit.Close(bench.Numerical(bench.X), signal!.ToArray(), 1e-7, "input signal");
        Assert.Equal(bench.Layer.Parameters.Count, gradients.Count);
        foreach (var parameter in bench.Layer.Parameters)
            Kit.Close(bench.Numerical(parameter.Value), gradients[parameter].ToArray(), 1e-7, parameter.Name);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EitherHalfOfBackwardMayBeAbsent(string kind, bool training)
    {
        using var bench = new Bench(Make(kind), training, input: InputOf(kind));
        var (signal, gradients) = bench.Backward(inputSignal: true, learn: true);
        var (none, alone) = bench.Backward(inputSignal: false, learn: true);
        var (only, nothing) = bench.Backward(inputSignal: true, learn: false);
        Assert.Null(none);
        Assert.Empty(nothing);
        Assert.Equal(signal!.ToArray(), only!.ToArray());
        foreach (var (parameter, gradient) in gradients) Assert.Equal(gradient.ToArray(), alone[parameter].ToArray());
    }

    [Theory]
    [MemberData(nameof(CasesWithTangents))]
    public void PushforwardIsTheDirectionalDerivativeAndTheAdjoint(string kind, bool training)
    {
        using var bench = new Bench(Make(kind), training, input: InputOf(kind));
        var (v, jv) = bench.Pushforward();
        const double Step = 1e-6;
        var center = bench.X.ToArray();
        double[] Moved(double step)
        {
            bench.X.CopyFrom([.. center.Zip(v.ToArray(), (x, dot) => x + step * dot)]);
            bench.Forward();
            var y = bench.Y.ToArray();
            bench.X.CopyFrom(center);
            return y;
        }
        Kit.Close([.. Moved(Step).Zip(Moved(-Step), (up, down) => (up - down) / (2 * Step))], jv.ToArray(), 1e-7, "pushforward");
        bench.Forward();
        var (signal, _) = bench.Backward(inputSignal: true, learn: false);
        Kit.Close([Dot(bench.U, jv)], [Dot(signal!, v)], 1e-12, "adjoint");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void BackwardWritesNeitherSignalNorTape(string kind, bool training)
    {
        using var bench = new Bench(Make(kind), training, input: InputOf(kind));
        double[] before = [.. bench.X.ToArray(), .. bench.Y.ToArray(), .. bench.U.ToArray()];
        var first = bench.Backward(inputSignal: true, learn: true).Signal!.ToArray();
        Assert.Equal(before, (double[])[.. bench.X.ToArray(), .. bench.Y.ToArray(), .. bench.U.ToArray()]);
        Assert.Equal(first, bench.Backward(inputSignal: true, learn: true).Signal!.ToArray());
    }

    [Fact]
    public void HardSignPassesTheSignalStraightThroughBetweenMinusOneAndOne()
    {
        using var kernels = Kit.Double();
        Tensor x = kernels.Allocate(new(1, 7)), y = kernels.Allocate(new(1, 7)), ones = kernels.Allocate(new(1, 7)),
            slope = kernels.Allocate(new(1, 7));
        x.CopyFrom([-3, -1, -0.5, 0, 0.5, 1, 3]);
        kernels.Fill(ones, 1);
        var f = ActivationLayer.ByName["hard-sign"];
        kernels.Activate(f, x, y);
        kernels.MultiplyByDerivative(f, x, y, ones, slope);
        Assert.Equal([-1, -1, -1, 1, 1, 1, 1], y.ToArray());
        Assert.Equal([0, 1, 1, 1, 1, 1, 0], slope.ToArray());
    }

    [Fact]
    public void BatchNormFollowsTheMomentsAndUsesThemInEvaluation()
    {
        var norm = new BatchNorm(momentum: 0.25);
        using var bench = new Bench(norm, training: true);
        bench.Tape.MovesStatistics = true;
        bench.Reset();
        double[] mean = new double[Units], variance = [.. Enumerable.Repeat(1.0, Units)];
        for (var pass = 0; pass < 3; pass++)
        {
            bench.X.CopyFrom([.. bench.X.ToArray().Select(x => 1.5 * x + 0.2)]);
            bench.Forward();
            for (var j = 0; j < Units; j++)
            {
                var column = Enumerable.Range(0, Rows).Select(n => bench.X[n * Units + j]).ToArray();
                var (m, s) = (column.Average(), column.Sum(x => (x - column.Average()) * (x - column.Average())) / (Rows - 1));
                (mean[j], variance[j]) = (0.75 * mean[j] + 0.25 * m, 0.75 * variance[j] + 0.25 * s);
            }
        }
        Kit.Close(mean, norm.Buffers[0].Tensor.ToArray(), 1e-12, "running mean");
        Kit.Close(variance, norm.Buffers[1].Tensor.ToArray(), 1e-12, "running variance");
        bench.Tape.Training = false;
        bench.Forward();
        Kit.Close([norm.Gain.Value[2] * (bench.X[2] - mean[2]) / Math.Sqrt(variance[2] + 1e-5) + norm.Shift.Value[2]], [bench.Y[2]], 1e-12);
        var frozen = norm.Buffers[0].Tensor.ToArray();
        bench.Forward();
        Assert.Equal(frozen, norm.Buffers[0].Tensor.ToArray());
    }

    [Fact]
    public void AFrozenBatchNormIsInEvaluation()
    {
        using var kernels = Kit.Double();
        static Network Frozen()
        {
            var made = Kit.Network("mlp:6-5-3,tanh,batchnorm");
            foreach (var parameter in made.Blocks[0].Layers[1].Parameters) parameter.Frozen = true;
            return made;
        }
        var network = Frozen();
        var norm = (BatchNorm)network.Blocks[0].Layers[1];
        var learner = new Concord.Training.Learner(Kit.Made(network, Kit.Rule("backprop")), default, Kit.PlainSgd, kernels, Kit.Seed);
        norm.Buffers[0].Tensor.CopyFrom([0.1, 0.2, 0.3, 0.4, 0.5]);
        var before = norm.Buffers.SelectMany(buffer => buffer.Tensor.ToArray()).ToArray();
        kernels.Log = new OperationLog();
        Kit.Step(learner, 1);   // even one sample will do
        Assert.Equal(before, norm.Buffers.SelectMany(buffer => buffer.Tensor.ToArray()));
        Assert.Equal(Concord.Cost.StepWork.Of(new(Frozen, () => Kit.Rule("backprop")), new(1)).Of(Phase.Forward),
            kernels.Log[Phase.Forward]);
        var trained = learner.Pass.Logits.ToArray();
        Kit.Step(learner, 1, rate: 0);
        var now = learner.Pass.Logits.ToArray();
        learner.Pass.Forward(0, training: false);
        Assert.Equal(now, learner.Pass.Logits.ToArray());
        Assert.NotEqual(trained, now);
    }

    [Fact]
    public void BatchNormRefusesATrainingBatchOfOne()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-3,batchnorm", "backprop", kernels);
        Assert.Contains("batch of one sample", Assert.Throws<ConcordException>(() => Kit.Step(learner, 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void DropoutKeepsTheMeanAndDoesNothingInEvaluation()
    {
        var layer = new Dropout(0.25);
        using var bench = new Bench(layer, training: true, rows: 500);
        for (var i = 0; i < bench.X.Length; i++) bench.X[i] = 1;
        bench.Forward();
        Assert.All(bench.Y.ToArray(), y => Assert.True(y == 0 || Math.Abs(y - 1 / 0.75) < 1e-15));
        Assert.InRange(bench.Y.ToArray().Average(), 0.93, 1.07);
        bench.Tape.Training = false;
        bench.Forward();
        Assert.Equal(bench.X.ToArray(), bench.Y.ToArray());
        Assert.Throws<ConcordException>(() => new Dropout(1).Attach("d", new(3)));
        Assert.Throws<ConcordException>(() => new Dropout(double.NaN).Attach("d", new(3)));
    }

    private static double Dot(Tensor a, Tensor b) => a.ToArray().Zip(b.ToArray(), (x, y) => x * y).Sum();

    /// <summary>One layer on a bench: input, output, a signal u on the output, and no network around it.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly Kernels _kernels = Kit.Double();
        private readonly Workspace _workspace = new();

        public Bench(Layer layer, bool training, int rows = Rows, Shape? input = null)
        {
            Layer = layer;
            var sample = input ?? new(Units);
            var output = layer.Attach("bench", sample);
            foreach (var parameter in layer.Parameters)
            {
                parameter.Initialize(_kernels, RandomStream.FromSeed(3));
                // gains are not 1, shifts not 0
                parameter.Value.CopyFrom(
                    [.. Kit.Normals(RandomStream.FromSeed(4).Split(parameter.Name), parameter.Shape.Length).Select(value => 0.5 + value)]);
            }
            layer.Reset(_kernels);
            foreach (var (name, tensor) in layer.Buffers)
                tensor.CopyFrom([.. Kit.Normals(RandomStream.FromSeed(6).Split(name), tensor.Length).Select(value => 0.3 + value * value)]);
            Tape = new(_kernels, _workspace) { Training = training, Dropout = RandomStream.FromSeed(11) };
            X = _kernels.Allocate(sample.Batch(rows));
            // away from the kinks at 0
            X.CopyFrom([.. Kit.Normals(RandomStream.FromSeed(12), X.Length).Select(x => x + Math.CopySign(0.05, x))]);
            Y = _kernels.Allocate(output.Batch(rows));
            U = Kit.Tensor(_kernels, Y.Shape, "u");
            Forward();
        }

        public Layer Layer { get; }
        public Tape Tape { get; }
        public Tensor X { get; }
        public Tensor Y { get; }
        public Tensor U { get; }

        public void Reset() => Layer.Reset(_kernels);

        public void Forward() => Layer.Forward(X, Y, Tape);

        public (Tensor? Signal, Dictionary<Parameter, Tensor> Gradients) Backward(bool inputSignal, bool learn)
        {
            var signal = inputSignal ? _kernels.Allocate(X.Shape) : null;
            var keeper = new GradientKeeper(_kernels);
            Layer.Backward(X, Y, U, signal, Tape, new Walk(_kernels, _workspace, learn ? keeper : null));
            return (signal, keeper.Gradients);
        }

        public (Tensor V, Tensor Jv) Pushforward()
        {
            var (v, jv) = (Kit.Tensor(_kernels, X.Shape, "v"), _kernels.Allocate(Y.Shape));
            Layer.Pushforward(X, Y, v, jv, Tape);
            return (v, jv);
        }

        /// <summary>d &lt;u, y&gt; / d variable, by central differences.</summary>
        public double[] Numerical(Tensor variable)
        {
            const double Step = 1e-6;
            var derivative = new double[variable.Length];
            for (var i = 0; i < derivative.Length; i++)
            {
                var center = variable[i];
                variable[i] = center + Step;
                Forward();
                var up = Dot(U, Y);
                variable[i] = center - Step;
                Forward();
                derivative[i] = (up - Dot(U, Y)) / (2 * Step);
                variable[i] = center;
            }
            Forward();
            return derivative;
        }

        public void Dispose() => _kernels.Dispose();
    }

    private sealed class Walk(Kernels kernels, Workspace workspace, IGradientSink? sink) : BackwardContext
    {
        public override Kernels Kernels => kernels;
        public override Workspace Workspace => workspace;
        public override int Lane => 0;

        public override void Cross(Connection connection, Tensor delta, Tensor input) =>
            Carrier.Own.Cross(kernels, connection, delta, input);

        public override Tensor MatrixOf(Connection connection) => connection.Weight.Value;

        public override bool TryTake(Parameter parameter, out Accumulator gradient)
        {
            gradient = default;
            return sink is not null && sink.TryTake(parameter, out gradient);
        }
    }
}
