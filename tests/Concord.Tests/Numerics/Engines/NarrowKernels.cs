using Concord.Numerics;
using Concord.Numerics.Engines;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics.Engines;

/// <summary>
/// Engines in bf16 for tests: oneDNN's where the processor has bf16; elsewhere one of which only the products differ, which are sums in
/// double precision here. So what is converted when, and what is packed when, is tested on every machine that has oneDNN.
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

    /// <summary>Starts the one whose products are in C#.</summary>
    /// <param name="threads">Threads.</param>
    /// <param name="packsWeights">Whether the optimizer packs weights, as it does with AMX.</param>
    public static Kernels StartInCode(int threads = 1, bool packsWeights = false) =>
        new Bfloat16Kernels(OneDnnLibrary.TryLoad(threads, out _)!, threads, new Products(),
            packsWeights ? OneDnnLibrary.Amx : "sums in double precision");

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
