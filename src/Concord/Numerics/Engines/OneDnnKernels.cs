using System.Numerics;
using Concord.Numerics.Engines.Products;

namespace Concord.Numerics.Engines;

/// <summary>
/// The oneDNN engine: its products, and all other operations in C#, on the same OpenMP threads. It lives on one thread of its
/// own, for OpenMP starts a team for every thread that calls: calls from elsewhere are carried there, and
/// <see cref="Run"/> carries a whole piece of work at once.
/// </summary>
internal unsafe class OneDnnKernels : ManagedKernels<float>
{
    private readonly OneDnnLibrary _library;
    private readonly EngineThread _thread;
    private readonly bool _ownsThread;
    private readonly PanelProduct _managed;
    private readonly PooledConvolution _pooled;
    private readonly ProductChoices.Trial _trial;
    private OneDnnProducts? _products;
    private IConvolutions? _convolutions;
    private Tensor? _gradient;

    /// <summary>Starts an engine.</summary>
    /// <param name="library">The loaded library.</param>
    /// <param name="threads">How many threads; one where the library was not built upon OpenMP, whose threads could not be shared.</param>
    /// <param name="choices">Folder of the choices that were measured on this machine; null to take those of the table.</param>
    /// <param name="notice">Told if they cannot be read or written.</param>
    /// <param name="beside">An engine of as many threads, which this one uses too; null for threads of its own.</param>
    public OneDnnKernels(OneDnnLibrary library, int threads, string? choices = null, Action<string>? notice = null,
        OneDnnKernels? beside = null) : this(library, threads, beside?._thread ?? new EngineThread("Concord oneDNN"))
    {
        _ownsThread = beside is null;
        var narrow = library.Bfloat16Instructions is { } instructions ? $" and {instructions}" : "";
        var instructionSet = FormattableString.Invariant($"{library.InstructionSet}{narrow}, vectors of {Vector<byte>.Count * 8} bits");
        Choices = new(choices is null ? null : new(choices, FormattableString.Invariant(
            $"{ProcessorName.Value}, oneDNN {library.Version}, {instructionSet}, {Threads} threads"), notice));
    }

    private OneDnnKernels(OneDnnLibrary library, int threads, EngineThread thread)
        : base(library.OpenMp is null ? new SerialTeam() : new OpenMpTeam(library.OpenMp, threads, thread))
    {
        _library = library;
        _thread = thread;
        _managed = new PanelProduct(Team);
        _pooled = new PooledConvolution(Team);
        _trial = Trial;
        thread.Run(() => (_products, _convolutions) = (library.Products(OneDnnPrimitives.Single), library.Convolutions()));
    }

    /// <inheritdoc/>
    public override string Name => "onednn";

    /// <inheritdoc/>
    public override string Version => _library.Version;

    /// <inheritdoc/>
    public override string Arithmetic =>
        $"{base.Arithmetic}, oneDNN {Version}{(PutsOffPools ? ", signals of max pools by their maxima" : "")}";

    /// <inheritdoc/>
    public override string InstructionSet => _library.InstructionSet;

    /// <inheritdoc/>
    public override void Run(Action work) => _thread.Run(work);

    /// <inheritdoc/>
    internal override ProductChoices Choices { get; } = new(null);

    /// <summary>Whether the caller is on the engine's thread.</summary>
    protected bool IsOnThread => _thread.IsCurrent;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _thread.Run(DisposePrimitives);
        base.Dispose(disposing);
        if (disposing && _ownsThread) _thread.Dispose();
    }

    /// <inheritdoc/>
    protected override void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, float* b,
        float beta, float* y)
    {
        if (!_thread.IsCurrent)
        {
            Carry(transposeA, transposeB, m, n, k, alpha, a, b, beta, y);
            return;
        }
        using var mode = Team.Compute();
        var shape = new ProductShape(transposeA, transposeB, m, n, k, beta != 0);
        var way = Choices.Of(shape, alpha == 0 ? ProductWay.Panel : UsualWay(shape), _trial);
        Multiply(way, transposeA, transposeB, m, n, k, alpha, a, b, beta, y);
    }

    private void Multiply(ProductWay way, bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, float* b,
        float beta, float* y)
    {
        if (way == ProductWay.Matmul && _products?.TryMultiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, y) == true) return;
        if (way == ProductWay.Panel) _managed.Multiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, y);
        else _library.Multiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, y);
    }

    /// <inheritdoc/>
    internal override IEnumerable<ProductShape> ChoicesOf(ProductShape product) =>
        product.Convolution is null ? [product with { IsNarrow = false }] : [];

    /// <inheritdoc/>
    internal override void Choose(in ProductShape shape, CancellationToken cancellation)
    {
        using var mode = Team.Compute();
        Choices.Of(shape, UsualWay(shape), _trial, cancellation);
    }

    private ProductWay UsualWay(in ProductShape shape) =>
        shape.Macs == 0 || ManagedIsFaster(shape.TransposeA, shape.TransposeB, shape.M, shape.N, shape.K)
            ? ProductWay.Panel : ProductWay.Sgemm;

    /// <inheritdoc/>
    private protected override bool PutsOffSigns => true;

    /// <inheritdoc/>
    private protected override bool TryCross(Tensor a, bool transposeA, in Concordance b, bool transposeB, Tensor y, int m, int n, int k,
        double alpha, double beta) => _thread.IsCurrent
        ? TryCross(_managed, a, transposeA, b, transposeB, y, m, n, k, alpha, beta)
        : CarryCross(a, transposeA, b, transposeB, y, m, n, k, alpha, beta);

    private bool CarryCross(Tensor a, bool transposeA, Concordance b, bool transposeB, Tensor y, int m, int n, int k, double alpha,
        double beta)
    {
        var done = false;
        _thread.Run(() => done = TryCross(_managed, a, transposeA, b, transposeB, y, m, n, k, alpha, beta));
        return done;
    }

    /// <summary>The ways of a product in single precision, on numbers of no account.</summary>
    private IReadOnlyList<(ProductWay, Action)> Trial(ProductShape shape)
    {
        var (a, b, y) = (new Tensor(new(shape.M, shape.K)), new Tensor(new(shape.K, shape.N)), new Tensor(new(shape.M, shape.N)));
        return [Of(ProductWay.Sgemm), Of(ProductWay.Matmul), Of(ProductWay.Panel)];

        (ProductWay, Action) Of(ProductWay way) => (way, () => Multiply(way, shape.TransposeA, shape.TransposeB, shape.M, shape.N,
            shape.K, 1, a.Pointer<float>(), b.Pointer<float>(), shape.Adds ? 0.9f : 0, y.Pointer<float>()));
    }

    /// <summary>Apart, so that only a call from elsewhere pays for the closure.</summary>
    private void Carry(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, float* b, float beta, float* y) =>
        _thread.Run(() => Multiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, y));

    /// <inheritdoc/>
    protected override void ConvolveCore(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y)
    {
        if (!_thread.IsCurrent)
        {
            CarryConvolve(window, groups, x, w, bias, y);
            return;
        }
        using var mode = Team.Compute();
        var (first, then) = ConvolutionsOf(new(ConvolutionDirection.Forward, window, groups, x.Shape, w.Shape, y.Shape), x, w);
        if (first?.TryForward(window, groups, x, w, bias, y) != true && then?.TryForward(window, groups, x, w, bias, y) != true)
            base.ConvolveCore(window, groups, x, w, bias, y);
    }

    /// <inheritdoc/>
    protected override void ConvolveTransposedCore(Window window, int groups, Tensor d, Tensor w, Tensor x)
    {
        if (!_thread.IsCurrent)
        {
            CarryTransposed(window, groups, d, w, x);
            return;
        }
        using var mode = Team.Compute();
        var isMade = d.Pooled is { } put && groups == 1 && Fits(put, d)
            && _pooled.TryTransposed(new(window, x.Shape, d.Shape), Maxima(put), w.ReadPointer<float>(), Pointer(x));
        if (!isMade)
        {
            var (first, then) = ConvolutionsOf(new(ConvolutionDirection.ToInput, window, groups, x.Shape, w.Shape, d.Shape), d, w);
            if (first?.TryTransposed(window, groups, d, w, x) != true && then?.TryTransposed(window, groups, d, w, x) != true)
                base.ConvolveTransposedCore(window, groups, d, w, x);
        }
        GC.KeepAlive(d);
        GC.KeepAlive(w);
        GC.KeepAlive(x);
    }

    /// <inheritdoc/>
    protected override void ConvolveWeightGradientCore(Window window, int groups, Tensor x, Tensor d, in Accumulator w)
    {
        if (!_thread.IsCurrent)
        {
            CarryWeightGradient(window, groups, x, d, w);
            return;
        }
        using var mode = Team.Compute();
        var kernel = w.Target;
        var direct = w is { Alpha: 1, Beta: 0 };
        var gradient = Pointer(direct ? kernel : Buffer(ref _gradient, kernel.Length));
        var isMade = d.Pooled is { } put && groups == 1 && Fits(put, d)
            && _pooled.TryWeightGradient(new(window, x.Shape, d.Shape), x.ReadPointer<float>(), Maxima(put), gradient);
        if (!isMade)
        {
            var (first, then) = ConvolutionsOf(new(ConvolutionDirection.ToKernel, window, groups, x.Shape, kernel.Shape, d.Shape), x, d);
            isMade = first?.TryWeightGradient(window, groups, x, d, kernel.Shape, gradient) == true
                || then?.TryWeightGradient(window, groups, x, d, kernel.Shape, gradient) == true;
        }
        if (!isMade) base.ConvolveWeightGradientCore(window, groups, x, d, w);
        else if (!direct) Combine((float)w.Alpha, gradient, (float)w.Beta, Pointer(kernel), kernel.Length);
        GC.KeepAlive(x);
        GC.KeepAlive(d);
        GC.KeepAlive(kernel);
    }

    /// <summary>The convolutions that are tried before those made of products, one after the other.</summary>
    /// <param name="shape">Of which shape.</param>
    /// <param name="a">The first operand.</param>
    /// <param name="b">The second.</param>
    protected virtual (IConvolutions? First, IConvolutions? Then) ConvolutionsOf(in ConvolutionShape shape, Tensor a, Tensor b) =>
        (_convolutions, null);

    /// <inheritdoc/>
    private protected override bool PutsOffPools => true;

    private bool Fits(in PooledSignal put, Tensor d) => put.IsOf(this, d) && put.Result.Shape == d.Shape;

    private PooledConvolution.Maxima Maxima(in PooledSignal put) =>
        new(new(put.Window, put.Result.Shape, put.Places.Shape), Gated(put), put.Places.ReadPointer<float>());

    private void DisposePrimitives()
    {
        _products?.Dispose();
        _convolutions?.Dispose();
    }

    private void CarryConvolve(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y) =>
        _thread.Run(() => ConvolveCore(window, groups, x, w, bias, y));

    private void CarryTransposed(Window window, int groups, Tensor d, Tensor w, Tensor x) =>
        _thread.Run(() => ConvolveTransposedCore(window, groups, d, w, x));

    private void CarryWeightGradient(Window window, int groups, Tensor x, Tensor d, Accumulator w) =>
        _thread.Run(() => ConvolveWeightGradientCore(window, groups, x, d, w));

    /// <summary>
    /// The table: where oneDNN's sgemm (2.6.3, on a Zen 5 of two cores) was measured to be slower than <see cref="PanelProduct"/>; the
    /// time is oneDNN's over ours.
    /// <list type="bullet">
    /// <item>A transposed operand or result with rows of a multiple of 2 KB: its strided reads fall on few cache sets.
    /// Gradient 1024x1024, two threads: 8 at batch 1, 1.6 at batch 32, 1.15 at batch 128; error 32x1000x1024: 3.8.</item>
    /// <item>A transposed operand with a weight of over a million elements. Gradient 3072x1000: 4.9, 1.7, 1.15.</item>
    /// <item>A transposed b on several threads: it does not share few rows. Error product 1000x1000: 1.4 at batch 32, 1.1 at 128.</item>
    /// </list>
    /// Everywhere else it is up to 1.2 times faster, at the narrow output layer up to 2 times.
    /// </summary>
    private bool ManagedIsFaster(bool transposeA, bool transposeB, int m, int n, int k)
    {
        const int Page = 512, Large = 1 << 20;
        if (transposeA) return n % Page == 0 || (long)m * n > Large;
        return transposeB && m > 1 && k > 64 && (Threads > 1 || k % Page == 0 || (long)n * k > Large);
    }
}
