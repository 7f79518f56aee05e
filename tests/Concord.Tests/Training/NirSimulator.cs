using PureHDF;

namespace Concord.Tests.Training;

/// <summary>
/// A NIR file read and simulated by somebody who knows the documentation of the format alone: nodes and edges of the HDF5 file, and each
/// neuron's differential equation solved for a step of held input. What comes round a cycle arrives a step later.
/// </summary>
internal static class NirSimulator
{
    public static double[][] Run(string path, Func<int, double[]> input, int steps, double dt)
    {
        using var file = H5File.OpenRead(path);
        Assert.NotEmpty(file.Dataset("/version").Read<string>());
        Assert.Equal("NIRGraph", file.Dataset("/node/type").Read<string>());
        var nodes = file.Group("/node/nodes").Children().OfType<IH5Group>().ToDictionary(group => group.Name, group => new Node(group));
        var edges = file.Dataset("/node/edges").Read<string[]>().Chunk(2).ToList();
        List<string> order = [];
        void Visit(string name)
        {
            if (order.Contains(name)) return;
            order.Add(name);
            // what leads back comes last, so that neurons see what was said a step before
            foreach (var next in edges.Where(edge => edge[0] == name).Select(edge => edge[1])) Visit(next);
        }
        Visit(nodes.Single(pair => pair.Value.Type == "Input").Key);
        Dictionary<string, double[]> said = [];
        return [.. Enumerable.Range(0, steps).Select(t =>
        {
            foreach (var name in order)
            {
                double[][] sources = [.. edges.Where(edge => edge[1] == name).Select(edge => said.GetValueOrDefault(edge[0]))
                    .OfType<double[]>()];
                double[] sum = sources.Length == 0 ? input(t) : [.. sources[0].Select((_, i) => sources.Sum(source => source[i]))];
                said[name] = nodes[name].Step(sum, dt);
            }
            return said[nodes.Single(pair => pair.Value.Type == "Output").Key];
        })];
    }

    private sealed class Node(IH5Group group)
    {
        private double[]? _v;
        private int[] _image = [];   // of what goes through it, where that is one

        public string Type { get; } = group.Dataset("type").Read<string>();

        public double[] Step(double[] x, double dt)
        {
            switch (Type)
            {
                case "Input" or "Output":
                    return x;
                case "Flatten":
                    Assert.Equal((0, -1), (Scalar("start_dim"), Scalar("end_dim")));
                    return x;
                case "Linear" or "Affine":
                    var (weight, bias) = (Floats("weight"), Type == "Affine" ? Floats("bias") : null);
                    return [.. Enumerable.Range(0, weight.Length / x.Length).Select(
                        o => x.Select((value, i) => value * weight[o * x.Length + i]).Sum() + (bias?[o] ?? 0))];
                case "Conv2d":
                    return Convolve(x);
                case "AvgPool2d":
                    return Pool(x);
                case "Threshold":
                    var threshold = Floats("threshold");
                    return [.. x.Select((value, i) => value > threshold[i] ? 1.0 : 0)];
                case "LIF" or "LI" or "IF" or "I":
                    return Integrate(x, dt);
                default:
                    throw new InvalidOperationException(Type);
            }
        }

        private double[] Integrate(double[] x, double dt)
        {
            var r = Floats("r");
            var (tau, rest) = Type[0] == 'L' ? (Floats("tau"), Floats("v_leak")) : (null, null);
            _v ??= new double[x.Length];
            for (var i = 0; i < x.Length; i++)
                _v[i] = tau is null ? _v[i] + dt * r[i] * x[i]
                    : rest![i] + r[i] * x[i] + (_v[i] - rest[i] - r[i] * x[i]) * Math.Exp(-dt / tau[i]);
            if (Type[^1] == 'I') return [.. _v];
            var (threshold, reset) = (Floats("v_threshold"), Floats("v_reset"));
            var spikes = new double[x.Length];
            for (var i = 0; i < x.Length; i++)
                if (_v[i] > threshold[i]) (spikes[i], _v[i]) = (1, reset[i]);
            return spikes;
        }

        // A number by itself: in readers of Python an array of one is another thing.
        private long Scalar(string name)
        {
            Assert.Equal(0, group.Dataset(name).Space.Rank);
            return group.Dataset(name).Read<long>();
        }

        private double[] Convolve(double[] x)
        {
            var (weight, bias, pad, stride) = (Floats("weight"), Floats("bias"), (int)Longs("padding")[0], (int)Longs("stride")[0]);
            var shape = group.Dataset("weight").Space.Dimensions.Select(axis => (int)axis).ToArray();
            var (rows, columns) = ((int)Longs("input_shape")[0], (int)Longs("input_shape")[1]);
            Assert.Equal(1, Scalar("groups"));
            var (high, wide) = ((rows + 2 * pad - shape[2]) / stride + 1, (columns + 2 * pad - shape[3]) / stride + 1);
            var y = new double[shape[0] * high * wide];
            for (var o = 0; o < shape[0]; o++)
                for (var i = 0; i < high; i++)
                    for (var j = 0; j < wide; j++)
                    {
                        var sum = (double)bias[o];
                        for (var c = 0; c < shape[1]; c++)
                            for (var a = 0; a < shape[2]; a++)
                                for (var b = 0; b < shape[3]; b++)
                                    if (i * stride + a - pad is var p && j * stride + b - pad is var q && p >= 0 && q >= 0 && p < rows
                                        && q < columns)
                                        sum += weight[((o * shape[1] + c) * shape[2] + a) * shape[3] + b] * x[(c * rows + p) * columns + q];
                        y[(o * high + i) * wide + j] = sum;
                    }
            return y;
        }

        private double[] Pool(double[] x)
        {
            // Of the one network that pools: an image of 3 channels, 6 high and 7 wide.
            _image = x.Length == 3 * 6 * 7 ? [3, 6, 7] : throw new InvalidOperationException("not the image of the test");
            var (size, stride) = ((int)Longs("kernel_size")[0], (int)Longs("stride")[0]);
            var (high, wide) = ((_image[1] - size) / stride + 1, (_image[2] - size) / stride + 1);
            return [.. from c in Enumerable.Range(0, _image[0]) from i in Enumerable.Range(0, high) from j in Enumerable.Range(0, wide)
                select (from a in Enumerable.Range(0, size) from b in Enumerable.Range(0, size)
                    select x[(c * _image[1] + i * stride + a) * _image[2] + j * stride + b]).Average()];
        }

        private float[] Floats(string name) => group.Dataset(name).Read<float[]>();

        private long[] Longs(string name) => group.Dataset(name).Read<long[]>();
    }
}
