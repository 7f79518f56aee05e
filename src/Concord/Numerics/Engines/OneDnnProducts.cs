namespace Concord.Numerics.Engines;

/// <summary>
/// oneDNN's matrix products by primitives (C API of 2.x), of singles or of numbers in bf16, with results in single precision. A product is
/// prepared once for each shape and pair of factors and then kept, since preparing takes up to some milliseconds. All calls come from the
/// engine's thread.
/// </summary>
internal sealed unsafe class OneDnnProducts : IDisposable
{
    /// <summary>Products kept. Only factors that differ from step to step reach it; then all are made anew.</summary>
    private const int MostPrepared = 512;

    private readonly OneDnnPrimitives _api;
    private readonly int _type;
    private readonly Dictionary<(bool, bool, int, int, int, float, float), Prepared?> _prepared = [];

    private OneDnnProducts(OneDnnPrimitives api, int type) => (_api, _type) = (api, type);

    /// <summary>The products of a library; null where it is not of the 2.x kind.</summary>
    /// <param name="library">The library.</param>
    /// <param name="type">What the operands are, as <see cref="OneDnnPrimitives.Single"/>.</param>
    public static OneDnnProducts? Of(nint library, int type) => OneDnnPrimitives.Of(library) is { } api ? new(api, type) : null;

    /// <summary>y = beta y + alpha op(a) op(b), all dense and row-major, where the library has a fast way.</summary>
    public bool TryMultiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, void* a, void* b, float beta, float* y)
    {
        var key = (transposeA, transposeB, m, n, k, alpha, beta);
        if (!_prepared.TryGetValue(key, out var prepared))
        {
            if (_prepared.Count == MostPrepared) Clear();
            _prepared[key] = prepared = Prepared.Create(_api, _type, transposeA, transposeB, m, n, k, alpha, beta);
        }
        prepared?.Run(a, b, y);
        return prepared is not null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        _api.Dispose();
    }

    private void Clear()
    {
        foreach (var prepared in _prepared.Values) prepared?.Dispose();
        _prepared.Clear();
    }

    private sealed class Prepared : IDisposable
    {
        private readonly OneDnnPrimitives _api;
        private nint _primitive, _a, _b, _y;

        private Prepared(OneDnnPrimitives api) => _api = api;

        /// <summary>Prepares a product; null where the library has none, or none better than its slow reference.</summary>
        public static Prepared? Create(OneDnnPrimitives api, int type, bool transposeA, bool transposeB, int m, int n, int k, float alpha,
            float beta)
        {
            byte* a = stackalloc byte[OneDnnPrimitives.DescriptionBytes], b = stackalloc byte[OneDnnPrimitives.DescriptionBytes];
            var y = stackalloc byte[OneDnnPrimitives.DescriptionBytes];
            var made = new Prepared(api);
            nint description = 0;
            try
            {
                if (api.Describe(a, [m, k], Layout(transposeA), type)
                    && api.Describe(b, [k, n], Layout(transposeB), type)
                    && api.Describe(y, [m, n], OneDnnPrimitives.Matrix) && api.Product(out description, a, b, y, alpha, beta)
                    && !api.Implementation(description).Contains("ref", StringComparison.Ordinal)
                    && api.Create(out made._primitive, description)
                    && api.Memory(out made._a, a) && api.Memory(out made._b, b) && api.Memory(out made._y, y)) return made;
                made.Dispose();
                return null;
            }
            finally
            {
                api.DestroyDescription(description);
            }
        }

        private static int Layout(bool transpose) => transpose ? OneDnnPrimitives.TransposedMatrix : OneDnnPrimitives.Matrix;

        public void Run(void* a, void* b, float* y)
        {
            _api.Set(_a, a);
            _api.Set(_b, b);
            _api.Set(_y, y);
            var arguments = stackalloc OneDnnPrimitives.Argument[3]
            {
                new(OneDnnPrimitives.Source, _a), new(OneDnnPrimitives.Weights, _b), new(OneDnnPrimitives.Destination, _y),
            };
            _api.Execute(_primitive, arguments, 3);
        }

        public void Dispose()
        {
            foreach (var memory in (ReadOnlySpan<nint>)[_a, _b, _y]) _api.DestroyMemory(memory);
            _api.DestroyPrimitive(_primitive);
        }
    }
}
