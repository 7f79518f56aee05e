using Concord.Numerics.Engines.Products;

namespace Concord.Numerics.Engines;

/// <summary>The managed engine in single precision: everything in C#, on managed threads. Needs nothing but .NET.</summary>
internal sealed unsafe class SingleKernels : ManagedKernels<float>
{
    private readonly PanelProduct _product;
    private readonly DirectConvolution _convolution;

    /// <summary>Starts the engine.</summary>
    /// <param name="threads">How many threads, the caller included.</param>
    /// <param name="width">The registers of products; the widest there are if not given. Others round some sums differently.</param>
    public SingleKernels(int threads, VectorWidth? width = null)
        : this(threads == 1 ? new SerialTeam() : new ThreadTeam(threads), width) { }

    private SingleKernels(Team team, VectorWidth? width) : base(team)
    {
        _product = new PanelProduct(team, width);
        _convolution = new DirectConvolution(team, width);
    }

    /// <inheritdoc/>
    protected override DirectConvolution? Direct => _convolution;

    /// <inheritdoc/>
    public override string Name => "managed";

    /// <inheritdoc/>
    protected override void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, float* b,
        float beta, float* y) =>
        _product.Multiply(transposeA, transposeB, m, n, k, alpha, a, b, beta, y);

    /// <inheritdoc/>
    private protected override bool PutsOffSigns => true;

    /// <inheritdoc/>
    private protected override bool TryCross(Tensor a, bool transposeA, in Concordance b, bool transposeB, Tensor y, int m, int n, int k,
        double alpha, double beta) => TryCross(_product, a, transposeA, b, transposeB, y, m, n, k, alpha, beta);
}
