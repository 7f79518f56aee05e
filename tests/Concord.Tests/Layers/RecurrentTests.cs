using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Tests.Layers;

/// <summary>Recurrent layers against their equations written out in double precision, step by step and sample by sample.</summary>
public sealed class RecurrentTests
{
    private const int Steps = 5, Samples = 3, Inputs = 2, Units = 4;

    public static TheoryData<string, int, bool> Walks()
    {
        var data = new TheoryData<string, int, bool>();
        foreach (var kind in (string[])["recurrent", "gru"])
            foreach (var steps in (int[])[0, 1, 2, 3, 4, 9])
                foreach (var carried in (bool[])[false, true]) data.Add(kind, steps, carried);
        return data;
    }

    // The signal of each step is walked back by itself, over so many steps, across U or what stands in its place.
    [Theory]
    [MemberData(nameof(Walks))]
    public void ASignalWalksBackAsManySteps(string kind, int steps, bool carried)
    {
        using var kernels = Kit.Double();
        Truncation truncation = new(steps == 9 ? null : steps);
        RecurrentLayer layer = kind == "gru" ? new GruLayer(Units, truncation: truncation) : new ElmanLayer(Units, truncation: truncation);
        var output = layer.Attach("cell", new Shape(Inputs).WithSteps(Steps));
        Assert.Equal(new Shape(Units).WithSteps(Steps), output);
        foreach (var parameter in layer.Parameters) parameter.Initialize(kernels, RandomStream.FromSeed(3));
        Tensor x = Kit.Tensor(kernels, new(Steps * Samples, Inputs), "x"), y = kernels.Allocate(output.Batch(Samples)),
            signal = Kit.Tensor(kernels, y.Shape, "signal"), below = kernels.Allocate(x.Shape),
            stand = Kit.Tensor(kernels, layer.Recurrent.Weight.Shape, "stand");
        var tape = new Tape(kernels, new Workspace());
        layer.Forward(x, y, tape);
        var keeper = new GradientKeeper(kernels);
        layer.Backward(x, y, signal, below, tape, new Walk(kernels, keeper, carried ? (layer.Recurrent, stand) : null));

        var reference = new Reference(layer, carried ? stand : layer.Recurrent.Weight.Value);
        var gradients = layer.Parameters.Select(parameter => new double[parameter.Shape.Length]).ToArray();
        for (var n = 0; n < Samples; n++)
        {
            var sample = n;
            reference.Forward([.. Enumerable.Range(0, Steps).Select(t => Row(x, t, sample))]);
            for (var t = 0; t < Steps; t++) Kit.Close(reference.States[t], Row(y, t, n), 1e-13, $"state {t}");
            var signals = Enumerable.Range(0, Steps).Select(t => Row(signal, t, sample)).ToArray();
            var inputs = reference.Backward(signals, steps, gradients);
            for (var t = 0; t < Steps; t++) Kit.Close(inputs[t], Row(below, t, n), 1e-12, $"input signal {t}");
        }
        foreach (var (parameter, gradient) in layer.Parameters.Zip(gradients))
            Kit.Close(gradient, keeper.Gradients[parameter].ToArray(), 1e-12, parameter.Name);
    }

    [Fact]
    public void AWarmWalkAllocatesNothing()
    {
        using var kernels = Kit.Single();
        foreach (var text in (string[])["rnn:4x3-5-3", "gru:4x3-5-3", "rnn:4x3-5-3,truncate=2,ends=mean",
            "gru:4x3-5-3,truncate=1,ends=each"])
        {
            var learner = Kit.Learner(text, "fa", kernels);
            TimeKit.Fill(learner.Pass, 6);
            for (var i = 0; i < 3; i++) learner.Step(0.1);
            Assert.True(Allocation.Of(() => learner.Step(0.1)) == 0, $"{text} allocates.");
        }
    }

    private static double[] Row(Tensor tensor, int t, int n) =>
        [.. Enumerable.Range(0, tensor.Shape.RowLength).Select(j => tensor[(t * Samples + n) * tensor.Shape.RowLength + j])];

    private sealed class Walk(Kernels kernels, GradientKeeper keeper, (Connection Connection, Tensor Stand)? carried) : BackwardContext
    {
        public override Kernels Kernels => kernels;
        public override Workspace Workspace { get; } = new();
        public override int Lane => 0;

        public override void Cross(Connection connection, Tensor delta, Tensor input) =>
            connection.Transposed(kernels, MatrixOf(connection), delta, input);

        public override Tensor MatrixOf(Connection connection) =>
            carried is { } replaced && replaced.Connection == connection ? replaced.Stand : connection.Weight.Value;

        public override bool TryTake(Parameter parameter, out Accumulator gradient) => keeper.TryTake(parameter, out gradient);
    }

    /// <summary>One sample at a time, in plain loops: PyTorch's equations.</summary>
    private sealed class Reference(RecurrentLayer layer, Tensor back)
    {
        private readonly bool _gated = layer is GruLayer;
        private readonly double[][] _weights = [.. layer.Parameters.Select(parameter => parameter.Value.ToArray())];
        private double[][] _inputs = [], _r = [], _z = [], _n = [], _c = [];

        public double[][] States { get; private set; } = [];

        private int Width => (_gated ? 3 : 1) * Units;

        public void Forward(double[][] inputs)
        {
            (_inputs, States) = (inputs, new double[Steps][]);
            (_r, _z, _n, _c) = (new double[Steps][], new double[Steps][], new double[Steps][], new double[Steps][]);
            for (var t = 0; t < Steps; t++)
            {
                var h = t == 0 ? new double[Units] : States[t - 1];
                double[] a = Sum(_weights[0], inputs[t], _weights[2]), c = Sum(_weights[1], h, _gated ? _weights[3] : new double[Width]);
                States[t] = new double[Units];
                (_r[t], _z[t], _n[t], _c[t]) = (new double[Units], new double[Units], new double[Units], c);
                for (var j = 0; j < Units; j++)
                    if (_gated)
                    {
                        _r[t][j] = Logistic(a[j] + c[j]);
                        _z[t][j] = Logistic(a[Units + j] + c[Units + j]);
                        _n[t][j] = Math.Tanh(a[2 * Units + j] + _r[t][j] * c[2 * Units + j]);
                        States[t][j] = (1 - _z[t][j]) * _n[t][j] + _z[t][j] * h[j];
                    }
                    else States[t][j] = Math.Tanh(a[j] + c[j]);
            }
        }

        public double[][] Backward(double[][] signals, int steps, double[][] gradients)
        {
            var below = signals.Select(_ => new double[Inputs]).ToArray();
            for (var from = 0; from < Steps; from++)
            {
                var d = signals[from];
                for (var t = from; t >= 0 && from - t <= steps; t--)
                {
                    var h = t == 0 ? new double[Units] : States[t - 1];
                    double[] a = new double[Width], c = new double[Width], before = new double[Units];
                    for (var j = 0; j < Units; j++)
                        if (_gated)
                        {
                            double r = _r[t][j], z = _z[t][j], n = _n[t][j], sent = _c[t][2 * Units + j];
                            a[2 * Units + j] = d[j] * (1 - z) * (1 - n * n);
                            c[2 * Units + j] = a[2 * Units + j] * r;
                            a[j] = c[j] = a[2 * Units + j] * sent * r * (1 - r);
                            a[Units + j] = c[Units + j] = d[j] * (h[j] - n) * z * (1 - z);
                            before[j] = d[j] * z;
                        }
                        else a[j] = c[j] = d[j] * (1 - States[t][j] * States[t][j]);
                    for (var k = 0; k < Width; k++)
                    {
                        for (var i = 0; i < Inputs; i++) gradients[0][i * Width + k] += _inputs[t][i] * a[k];
                        for (var i = 0; i < Units; i++) gradients[1][i * Width + k] += h[i] * c[k];
                        gradients[2][k] += a[k];
                        if (_gated) gradients[3][k] += c[k];
                        for (var i = 0; i < Inputs; i++) below[t][i] += _weights[0][i * Width + k] * a[k];
                        for (var i = 0; i < Units; i++) before[i] += back[i * Width + k] * c[k];
                    }
                    d = before;
                }
            }
            return below;
        }

        private double[] Sum(double[] w, double[] x, double[] bias) =>
            [.. Enumerable.Range(0, Width).Select(k => bias[k] + x.Select((value, i) => value * w[i * Width + k]).Sum())];

        private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));
    }
}
