namespace Concord.Numerics.Engines;

/// <summary>
/// oneDNN's matrix products by primitives (C API of 2.x), of singles or of numbers in bf16, with results in single precision. A product is
/// prepared once for each shape and pair of factors and then kept, since preparing takes up to some milliseconds. All calls come from the
/// engine's thread.
/// </summary>
internal sealed unsafe class OneDnnProducts : IBfloat16Products
{
    /// <summary>Products kept. Only factors that differ from step to step reach it; then all are made anew.</summary>
    private const int MostPrepared = 512;

    private readonly OneDnnPrimitives _api;
    private readonly int _type;
    private readonly Dictionary<Key, Prepared?> _prepared = [];

    private OneDnnProducts(OneDnnPrimitives api, int type) => (_api, _type) = (api, type);

    /// <summary>The products of a library; null where it is not of the 2.x kind.</summary>
    /// <param name="library">The library.</param>
    /// <param name="type">What the operands are, as <see cref="OneDnnPrimitives.Single"/>.</param>
    public static OneDnnProducts? Of(nint library, int type) => OneDnnPrimitives.Of(library) is { } api ? new(api, type) : null;

    /// <summary>y = beta y + alpha op(a) op(b), all dense and row-major, where the library has a fast way.</summary>
    public bool TryMultiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, void* a, void* b, float beta, float* y)
    {
        var prepared = Find(transposeA, transposeB, m, n, k, alpha, beta, packs: false);
        prepared?.Run(a, b, y);
        return prepared is not null;
    }

    private Prepared? Find(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float beta, bool packs)
    {
        var key = new Key(transposeA, transposeB, m, n, k, alpha, beta, packs);
        if (!_prepared.TryGetValue(key, out var prepared))
        {
            if (_prepared.Count == MostPrepared) Clear();
            _prepared[key] = prepared = Prepared.Create(_api, _type, transposeA, transposeB, m, n, k, alpha, beta, packs);
        }
        return prepared;
    }

    /// <inheritdoc/>
    IBfloat16Product? IBfloat16Products.Find(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float beta, bool packs) =>
        Find(transposeA, transposeB, m, n, k, alpha, beta, packs);

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

    private readonly record struct Key(bool TransposeA, bool TransposeB, int M, int N, int K, float Alpha, float Beta, bool Packs);

    /// <summary>A product of one shape.</summary>
    private sealed class Prepared : IBfloat16Product, IDisposable
    {
        private readonly OneDnnPrimitives _api;
        private nint _primitive, _a, _b, _y;

        private Prepared(OneDnnPrimitives api) => _api = api;

        /// <inheritdoc/>
        public int PanelWidth { get; private set; }

        /// <summary>
        /// Prepares a product; null where the library has none, or none better than its slow reference, or where b is to be packed and
        /// the library wants it in an order that is not known here.
        /// </summary>
        public static Prepared? Create(OneDnnPrimitives api, int type, bool transposeA, bool transposeB, int m, int n, int k, float alpha,
            float beta, bool packs)
        {
            byte* a = stackalloc byte[OneDnnPrimitives.DescriptionBytes], b = stackalloc byte[OneDnnPrimitives.DescriptionBytes];
            var y = stackalloc byte[OneDnnPrimitives.DescriptionBytes];
            var made = new Prepared(api);
            nint description = 0;
            try
            {
                if (api.Describe(a, [m, k], Layout(transposeA), type)
                    && api.Describe(b, [k, n], packs ? OneDnnPrimitives.Any : Layout(transposeB), type)
                    && api.Describe(y, [m, n], OneDnnPrimitives.Matrix) && api.Product(out description, a, b, y, alpha, beta)
                    && !api.Implementation(description).Contains("ref", StringComparison.Ordinal))
                {
                    var wanted = api.Query(description, OneDnnPrimitives.QueryWeights);
                    if (packs) made.PanelWidth = PanelsOf(api, wanted, transposeB, k, n);
                    if (packs == (made.PanelWidth > 0) && api.Create(out made._primitive, description)
                        && api.Memory(out made._a, a) && api.Memory(out made._b, wanted) && api.Memory(out made._y, y)) return made;
                }
                made.Dispose();
                return null;
            }
            finally
            {
                api.DestroyDescription(description);
            }
        }

        /// <summary>
        /// The width of panels that a layout consists of; 0 where it consists of none. A matrix is packed, and the bytes are compared with
        /// those that the library makes of it.
        /// </summary>
        private static int PanelsOf(OneDnnPrimitives api, byte* wanted, bool transpose, int k, int n)
        {
            var size = api.Size(wanted);
            var plain = stackalloc byte[OneDnnPrimitives.DescriptionBytes];
            Tensor x = new(transpose ? new(n, k) : new(k, n)), theirs = new(new((int)(size / sizeof(float))));
            for (var i = 0; i < x.Length; i++) x.Singles[i] = i % 8191 - 4000;
            if (!api.Describe(plain, [k, n], Layout(transpose))
                || !api.Reorder(plain, x.Pointer<float>(), wanted, theirs.Pointer<float>())) return 0;
            foreach (var width in (ReadOnlySpan<int>)[64, 48, 32, 16])
            {
                var panels = new Bfloat16Panels(k, n, width);
                if (panels.Length * sizeof(ushort) != size) continue;
                var ours = new Tensor(theirs.Shape);
                if (transpose) panels.WriteTransposed(x.Pointer<float>(), 0, n, (ushort*)ours.Pointer<float>());
                else panels.Write(x.Pointer<float>(), 0, k, (ushort*)ours.Pointer<float>());
                if (ours.AsBytes().SequenceEqual(theirs.AsBytes())) return width;
            }
            return 0;
        }

        private static int Layout(bool transpose) => transpose ? OneDnnPrimitives.TransposedMatrix : OneDnnPrimitives.Matrix;

        /// <inheritdoc/>
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

        /// <inheritdoc/>
        public void Dispose()
        {
            foreach (var memory in (ReadOnlySpan<nint>)[_a, _b, _y]) _api.DestroyMemory(memory);
            _api.DestroyPrimitive(_primitive);
        }
    }
}
