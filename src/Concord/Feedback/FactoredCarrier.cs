using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// A fixed random feedback B = P Q of two factors: P [in, r], Q [r, out] in memory, where a kernel has kh kw C inputs, so that s = (d Q') P' goes through r numbers a sample. With r
/// below both sides B is of low rank (as in the control of Hanut, Kadmon 2025); with more it is a product that a full-rank B could be written as. P Q is scaled to the Frobenius norm that a
/// full B of the same distribution is expected to have, or else rank and scale could not be told apart.
/// <para>A dense connection is crossed in two products. Any other is crossed through the product of the factors, which is then kept.</para>
/// </summary>
public sealed class FactoredCarrier : Carrier
{
    private readonly Shape _shape;
    private readonly Workspace _between = new();
    private Tensor? _product;

    /// <summary>Draws the factors.</summary>
    /// <param name="connection">What B stands for.</param>
    /// <param name="rank">r, at least 1.</param>
    /// <param name="initializer">Whose deviation a full B would have; null for the weight's own distribution.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="stream">Decides the draw.</param>
    public FactoredCarrier(Connection connection, int rank, Initializer? initializer, Kernels kernels, RandomStream stream)
    {
        var weight = connection.Weight;
        _shape = weight.Shape;
        var full = initializer ?? (weight.Initializer.Kind is InitializerKind.Zero or InitializerKind.Constant ? new(InitializerKind.PyTorch) : weight.Initializer);
        (In, Out) = (kernels.Allocate(new(weight.MatrixShape.Rows, rank), Role.Feedback), kernels.Allocate(new(rank, weight.MatrixShape.RowLength), Role.Feedback));
        kernels.FillNormal(stream.Split("in"), 0, 1, In);
        kernels.FillNormal(stream.Split("out"), 0, 1, Out);
        var norm = Math.Sqrt(kernels.SumSquares(Product(kernels)));
        if (norm > 0) kernels.Combine(full.Deviation(weight.FanIn, weight.FanOut) * Math.Sqrt(_shape.Length) / norm, Out, 0, Out);
        _product = connection is DenseConnection ? null : Product(kernels);
        Kernels = kernels;
    }

    /// <summary>P.</summary>
    public Tensor In { get; }

    /// <summary>Q.</summary>
    public Tensor Out { get; }

    /// <summary>Words of the product, where it is kept.</summary>
    public long WordsBesides => _product?.Length ?? 0;

    private Kernels Kernels { get; }

    private int Rank => Out.Shape.Rows;

    /// <inheritdoc/>
    public override string Description => FormattableString.Invariant($"random {_shape}, a product through {Rank}");

    /// <inheritdoc/>
    public override Tensor Matrix(Connection connection) => _product ??= Product(Kernels);

    /// <inheritdoc/>
    public override void Cross(Kernels kernels, Connection connection, Tensor delta, Tensor input)
    {
        if (connection is not DenseConnection)
        {
            base.Cross(kernels, connection, delta, input);
            return;
        }
        var between = _between.Get(kernels, this, "between", new(delta.Shape.Rows, Rank), Role.Error);
        kernels.Product(delta, false, Out, true, between);
        kernels.Product(between, false, In, true, input);
    }

    /// <summary>What would be drawn for that connection.</summary>
    internal static IEnumerable<TensorRoom.Extent> ExtentsOf(Connection connection, int rank)
    {
        var (what, matrix) = ($"A factor of the feedback of {connection.Weight.Name}", connection.Weight.MatrixShape);
        return [new(what, matrix.Rows, rank), new(what, rank, matrix.RowLength)];
    }

    private Tensor Product(Kernels kernels)
    {
        var product = kernels.Allocate(_shape, Role.Feedback);
        kernels.Product(In, false, Out, false, product.Reshape(new(In.Shape.Rows, Out.Shape.RowLength)));
        return product;
    }
}
