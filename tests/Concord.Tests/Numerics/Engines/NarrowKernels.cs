using Concord.Numerics;
using Concord.Numerics.Engines;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics.Engines;

/// <summary>
/// Engines in bf16 for tests: oneDNN's where the processor has bf16; elsewhere one of which only products and convolutions differ, which
/// are sums in double precision here. So what is converted when, and what is packed when, is tested on every machine that has oneDNN.
/// </summary>
internal static class NarrowKernels
{
    /// <summary>Why there are none, or null.</summary>
    public static string? Obstacle { get; } = OneDnnLibrary.TryLoad(2, out var missing) is { HasPrimitives: true } ? null
        : $"No oneDNN 2.x: {missing}.";

    /// <summary>Why those of oneDNN are not there, or null.</summary>
    public static string? ObstacleInHardware { get; } =
        Factory.Bfloat16Obstacle(threads: 2) is { } obstacle ? $"No bf16: {obstacle}." : null;

    /// <summary>Starts an engine: oneDNN's where the processor has bf16.</summary>
    public static Kernels Start(int threads = 1) => ObstacleInHardware is null
        ? Factory.Create("auto", threads, precision: Precision.Bfloat16)
        : StartInCode(threads);

    /// <summary>Starts the one whose products and convolutions are here.</summary>
    /// <param name="threads">Threads.</param>
    /// <param name="packsWeights">Whether the optimizer packs weights, as it does with AMX.</param>
    /// <param name="choices">Folder of choices that were measured; null for those of the table.</param>
    /// <param name="declines">Whether there are no convolutions in bf16.</param>
    public static Kernels StartInCode(int threads = 1, bool packsWeights = false, string? choices = null, bool declines = false) =>
        new Bfloat16Kernels(OneDnnLibrary.TryLoad(threads, out _)!, threads, new Products(), narrow => new Convolutions(narrow, declines),
            packsWeights ? OneDnnLibrary.Amx : "sums in double precision", choices);

    private sealed class Products : IBfloat16Products
    {
        private readonly Dictionary<Key, Product> _made = [];

        public IBfloat16Product Find(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float beta, bool packs)
        {
            var key = new Key(transposeA, transposeB, m, n, k, alpha, beta, packs);
            if (!_made.TryGetValue(key, out var made))
                _made[key] = made = new(transposeA, transposeB, m, n, k, alpha, beta, packs ? Math.Min((n + 15) / 16 * 16, 64) : 0);
            return made;
        }

        public void Dispose() => _made.Clear();

        // A tuple of so many would be boxed for each search.
        private readonly record struct Key(bool TransposeA, bool TransposeB, int M, int N, int K, float Alpha, float Beta, bool Packs);
    }

    private sealed unsafe class Product(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float beta, int width)
        : IBfloat16Product
    {
        public int PanelWidth => width;

        public void Run(void* a, void* b, float* y)
        {
            for (var i = 0; i < m; i++)
                for (var j = 0; j < n; j++)
                {
                    var sum = 0.0;
                    for (var p = 0; p < k; p++)
                        sum += (double)Bfloat16.Widen(((ushort*)a)[transposeA ? p * m + i : i * k + p])
                            * Bfloat16.Widen(((ushort*)b)[PlaceInB(p, j)]);
                    var before = beta == 0 ? 0.0 : (double)beta * y[i * n + j];
                    y[i * n + j] = (float)(alpha * sum + before);
                }
        }

        // Packed: pairs of rows side by side, in panels that are as deep as the next multiple of 32.
        private int PlaceInB(int p, int j) => width == 0 ? transposeB ? j * k + p : p * n + j
            : j / width * ((k + 31) / 32 * 32) * width + p / 2 * 2 * width + j % width * 2 + p % 2;
    }

    private sealed unsafe class Convolutions(OneDnnConvolutions.Operand narrow, bool declines) : IConvolutions
    {
        private double[] _sums = [];

        private enum Sought
        {
            Output,
            Image,
            Kernel,
        }

        public bool TryForward(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y)
        {
            if (declines) return false;
            Sum(Sought.Output, window, groups, x.Shape, w.Shape, y.Shape, narrow(x), w.Pointer<float>(), null);
            for (var i = 0; i < y.Length; i++) y.Singles[i] = (float)(_sums[i] + (bias is null ? 0 : bias[i % bias.Length]));
            return true;
        }

        public bool TryTransposed(Window window, int groups, Tensor d, Tensor w, Tensor x)
        {
            if (declines) return false;
            Sum(Sought.Image, window, groups, x.Shape, w.Shape, d.Shape, null, w.Pointer<float>(), narrow(d));
            for (var i = 0; i < x.Length; i++) x.Singles[i] = (float)_sums[i];
            return true;
        }

        public bool TryWeightGradient(Window window, int groups, Tensor x, Tensor d, Shape kernel, float* w)
        {
            if (declines) return false;
            Sum(Sought.Kernel, window, groups, x.Shape, kernel, d.Shape, narrow(x), null, narrow(d));
            for (var i = 0; i < kernel.Length; i++) w[i] = (float)_sums[i];
            return true;
        }

        public void Dispose() => _sums = [];

        // By the definition: an output, an input that it sees, a channel of each. The kernel is rounded as it is read.
        private void Sum(Sought sought, Window window, int groups, Shape x, Shape w, Shape y, void* image, float* kernel, void* output)
        {
            var length = sought switch { Sought.Output => y.Length, Sought.Image => x.Length, _ => w.Length };
            if (_sums.Length < length) _sums = new double[length];
            Array.Clear(_sums);
            for (var place = 0; place < y[0] * y[1] * y[2]; place++)
                for (var seen = 0; seen < window.Area; seen++)
                {
                    var row = place / y[2] % y[1] * window.Stride - window.Padding + seen / window.Width * window.Dilation;
                    var column = place % y[2] * window.Stride - window.Padding + seen % window.Width * window.Dilation;
                    if (row < 0 || row >= x[1] || column < 0 || column >= x[2]) continue;
                    var pixel = (place / (y[1] * y[2]) * x[1] + row) * x[2] + column;
                    for (var filter = 0; filter < w[3]; filter++)
                        for (var channel = 0; channel < w[2]; channel++)
                        {
                            var atX = pixel * x[3] + filter / (w[3] / groups) * w[2] + channel;
                            int atW = (seen * w[2] + channel) * w[3] + filter, atY = place * w[3] + filter;
                            _sums[sought switch { Sought.Output => atY, Sought.Image => atX, _ => atW }] +=
                                (image == null ? 1.0 : Bfloat16.Widen(((ushort*)image)[atX]))
                                * (kernel == null ? 1.0 : Bfloat16.Widen(Bfloat16.Round(kernel[atW])))
                                * (output == null ? 1.0 : Bfloat16.Widen(((ushort*)output)[atY]));
                        }
                }
        }
    }
}

/// <summary>A test of products in bf16; skipped, and said so, on a machine without oneDNN.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Bfloat16FactAttribute : FactAttribute
{
    /// <param name="inHardware">Whether it takes oneDNN's own, and so a processor that has them.</param>
    public Bfloat16FactAttribute(bool inHardware = false) =>
        Skip = inHardware ? NarrowKernels.ObstacleInHardware : NarrowKernels.Obstacle;
}

/// <summary>The same for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Bfloat16TheoryAttribute : TheoryAttribute
{
    /// <param name="inHardware">Whether it takes oneDNN's own, and so a processor that has them.</param>
    public Bfloat16TheoryAttribute(bool inHardware = false) =>
        Skip = inHardware ? NarrowKernels.ObstacleInHardware : NarrowKernels.Obstacle;
}
