namespace Concord.Numerics.Engines;

/// <summary>
/// The oneDNN engine with operands of products and convolutions in bf16. Only those that a step consists of: what is measured, what
/// moves weights and feedback, and losses are computed in single precision (<see cref="NarrowOperands"/>).
/// <para>An operand is converted when a product first reads it, and read as it is by those after it (<see cref="Bfloat16Copy"/>). From then
/// on the optimizer's pass writes the copy of a weight, and an activation function or its derivative that of an activity or a signal, along
/// with the numbers (<see cref="Bfloat16Along"/>).</para>
/// </summary>
internal sealed unsafe class Bfloat16Kernels : OneDnnKernels
{
    private readonly ProductChoices.Trial _trial;
    private readonly bool _hasAmx;
    private IBfloat16Products? _products;
    private IConvolutions? _convolutions;

    /// <summary>Starts an engine.</summary>
    /// <param name="library">The loaded library, which has instructions for bf16.</param>
    /// <param name="threads">How many threads.</param>
    /// <param name="choices">Folder of the choices that were measured on this machine; null to take those of the table.</param>
    /// <param name="notice">Told if they cannot be read or written.</param>
    /// <param name="beside">An engine of as many threads, which this one uses too; null for threads of its own.</param>
    public Bfloat16Kernels(OneDnnLibrary library, int threads, string? choices, Action<string>? notice, OneDnnKernels? beside = null)
        : this(library, threads, library.Bfloat16Instructions ?? "singles", choices, notice, beside) => Run(() =>
    {
        _products = library.Products(OneDnnPrimitives.Bfloat16);
        _convolutions = library.Convolutions(tensor => Narrow(tensor));
    });

    /// <summary>Starts an engine with other products and convolutions: for processors that have no bf16.</summary>
    /// <param name="library">The loaded library.</param>
    /// <param name="threads">How many threads.</param>
    /// <param name="products">The products.</param>
    /// <param name="convolutions">The convolutions, made of what says where a tensor stands in bf16.</param>
    /// <param name="instructions">By which instructions both are made; with <see cref="OneDnnLibrary.Amx"/> weights are packed.</param>
    /// <param name="choices">Folder of the choices that were measured on this machine; null to take those of the table.</param>
    public Bfloat16Kernels(OneDnnLibrary library, int threads, IBfloat16Products products,
        Func<OneDnnConvolutions.Operand, IConvolutions> convolutions, string instructions, string? choices = null)
        : this(library, threads, instructions, choices, notice: null, beside: null)
    {
        _products = products;
        _convolutions = convolutions(tensor => Narrow(tensor));
    }

    private Bfloat16Kernels(OneDnnLibrary library, int threads, string instructions, string? choices, Action<string>? notice,
        OneDnnKernels? beside) : base(library, threads, choices, notice, beside)
    {
        _trial = Trial;
        _hasAmx = instructions == OneDnnLibrary.Amx;
        InstructionSet = $"{library.InstructionSet}, products by {instructions}";
    }

    /// <inheritdoc/>
    public override Precision Precision => Precision.Bfloat16;

    /// <inheritdoc/>
    public override string InstructionSet { get; }

    /// <inheritdoc/>
    protected override void ProductCore(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k, double alpha,
        double beta)
    {
        if (!IsNarrow(a, b) || m == 0 || n == 0 || k == 0 || alpha == 0)
            base.ProductCore(a, transposeA, b, transposeB, y, m, n, k, alpha, beta);
        else if (!IsOnThread) Carry(a, transposeA, b, transposeB, y, m, n, k, alpha, beta);
        else if (!TakesNarrow(new(transposeA, transposeB, m, n, k, beta != 0, IsNarrow: true)))
            base.ProductCore(a, transposeA, b, transposeB, y, m, n, k, alpha, beta);
        else
        {
            using var mode = Team.Compute();
            if (!TryMultiply(a, transposeA, b, transposeB, y, m, n, k, (float)alpha, (float)beta))
                base.ProductCore(a, transposeA, b, transposeB, y, m, n, k, alpha, beta);
            GC.KeepAlive(a);
            GC.KeepAlive(b);
            GC.KeepAlive(y);
        }
    }

    private bool TryMultiply(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k, float alpha, float beta)
    {
        var packs = PanelsOf(b, transposeB).IsWanted(moves: _hasAmx && b.Role == Role.Weight);
        return (packs && TryMultiply(packs: true, a, transposeA, b, transposeB, y, m, n, k, alpha, beta))
            || TryMultiply(packs: false, a, transposeA, b, transposeB, y, m, n, k, alpha, beta);
    }

    private bool TryMultiply(bool packs, Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k, float alpha,
        float beta)
    {
        if (_products?.Find(transposeA, transposeB, m, n, k, alpha, beta, packs) is not { } product) return false;
        var right = packs ? PanelsOf(b, transposeB).Current(product.PanelWidth, Team) : Narrow(b);
        product.Run(Narrow(a), right, Pointer(y));
        return true;
    }

    private static Bfloat16PanelCopy PanelsOf(Tensor b, bool transpose) =>
        transpose ? b.TransposedPanels ??= new(b, transposed: true) : b.Panels ??= new(b, transposed: false);

    /// <summary>Apart, so that only a call from elsewhere pays for the closure.</summary>
    private void Carry(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k, double alpha, double beta) =>
        Run(() => ProductCore(a, transposeA, b, transposeB, y, m, n, k, alpha, beta));

    /// <inheritdoc/>
    protected override (IConvolutions? First, IConvolutions? Then) ConvolutionsOf(in ConvolutionShape shape, Tensor a, Tensor b)
    {
        var (single, _) = base.ConvolutionsOf(shape, a, b);
        return IsNarrow(a, b) && TakesNarrow(shape.AsProduct) ? (_convolutions, single) : (single, null);
    }

    /// <inheritdoc/>
    /// <remarks>A quarter of the products in single precision is less work than all of them in bf16, but not with AMX.</remarks>
    private protected override bool PutsOffPools => !_hasAmx;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Run(DisposePrimitives);
        base.Dispose(disposing);
    }

    private void DisposePrimitives()
    {
        _products?.Dispose();
        _convolutions?.Dispose();
    }

    /// <inheritdoc/>
    internal override IEnumerable<ProductShape> ChoicesOf(ProductShape product) =>
        product.IsNarrow ? [.. base.ChoicesOf(product), product] : base.ChoicesOf(product);

    /// <inheritdoc/>
    internal override void Choose(in ProductShape shape, CancellationToken cancellation)
    {
        if (shape.IsNarrow) Choices.Of(shape, UsualWay, _trial, cancellation);
        else base.Choose(shape, cancellation);
    }

    private bool IsNarrow(Tensor a, Tensor b) => NarrowOperands.Are(Phase, a, b);

    /// <summary>Whether a product or a convolution is to be in bf16, which depends on its shape and the processor.</summary>
    private bool TakesNarrow(in ProductShape shape) => Choices.Of(shape, UsualWay, _trial) != ProductWay.Single;

    /// <summary>Without AMX bf16 has to show that it is faster, where that is measured; small products cannot.</summary>
    private ProductWay UsualWay => !_hasAmx && Choices.AreMeasured ? ProductWay.Single : ProductWay.Bfloat16;

    /// <summary>A product in either precision, on numbers of no account; with AMX what may be a weight is packed.</summary>
    private List<(ProductWay Way, Action Product)> Trial(ProductShape shape)
    {
        if (shape.Convolution is { } convolution) return Trial(convolution);
        var (m, n, k, beta) = (shape.M, shape.N, shape.K, shape.Adds ? 0.9 : 0);
        Tensor a = Room(shape.TransposeA ? new(k, m) : new(m, k)), b = Room(shape.TransposeB ? new(n, k) : new(k, n)), y = Room(new(m, n));
        var packs = _hasAmx && !shape.TransposeA;
        return
        [
            (ProductWay.Bfloat16, () => _ =
                (packs && TryMultiply(packs: true, a, shape.TransposeA, b, shape.TransposeB, y, m, n, k, 1, (float)beta))
                || TryMultiply(packs: false, a, shape.TransposeA, b, shape.TransposeB, y, m, n, k, 1, (float)beta)),
            (ProductWay.Single, () => base.ProductCore(a, shape.TransposeA, b, shape.TransposeB, y, m, n, k, 1, beta)),
        ];
    }

    /// <summary>
    /// A convolution in either precision, where there is a fast way for both. The copy in bf16 of an image or a signal is made anew each
    /// time, as in a step, and so is that of a kernel; the gradient reads what the two others left.
    /// </summary>
    private List<(ProductWay Way, Action Product)> Trial(ConvolutionShape shape)
    {
        Tensor x = Room(shape.Input), w = Room(shape.Kernel), y = Room(shape.Output);
        var (single, _) = base.ConvolutionsOf(shape, x, y);
        return [.. from one in new[] { (ProductWay.Bfloat16, _convolutions), (ProductWay.Single, single) }
            where Try(one.Item2)
            select (one.Item1, (Action)(() => Try(one.Item2)))];

        bool Try(IConvolutions? with)
        {
            if (with is null) return false;
            switch (shape.Direction)
            {
                case ConvolutionDirection.Forward:
                    _ = Pointer(x);   // counts as written
                    return with.TryForward(shape.Window, shape.Groups, x, w, null, y);
                case ConvolutionDirection.ToInput:
                    _ = Pointer(y);
                    return with.TryTransposed(shape.Window, shape.Groups, y, w, x);
                default:
                    return with.TryWeightGradient(shape.Window, shape.Groups, x, y, shape.Kernel, w.Pointer<float>());
            }
        }
    }

    private Tensor Room(Shape of) => Allocate(of, Role.Activation);

    /// <summary>The elements in bf16, as they stand.</summary>
    private ushort* Narrow(Tensor tensor)
    {
        var copy = tensor.Bfloat16 ??= new(tensor);
        if (!copy.IsCurrent)
        {
            var work = new NarrowWork(tensor.ReadPointer<float>(), copy.Pointer);
            Team.For(ref work, tensor.Length, Cheap, unit: 32);
            GC.KeepAlive(tensor);
            copy.Renewed();
        }
        return copy.Pointer;
    }

    private readonly struct NarrowWork(float* x, ushort* y) : IRangeWork
    {
        public void Run(int start, int end) => Bfloat16.Convert(x + start, y + start, end - start);
    }
}
