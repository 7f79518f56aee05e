using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// A fixed random feedback B = P Q of two factors: P [in, r], Q [r, out] in memory, where a kernel has kh kw C inputs, so that s = (d Q')
/// P' goes through r numbers per sample. With r below both sides B is of low rank (as in the control of Hanut, Kadmon 2025); with more it
/// is a product that a full-rank B could be written as. P Q is scaled to the Frobenius norm that a full B of the same distribution is
/// expected to have, or else rank and scale could not be told apart.
/// <para>A dense connection is crossed in two products. Any other is crossed through the product of the factors, which is then kept.</para>
/// </summary>
/// <param name="connection">What B stands for.</param>
/// <param name="rank">r, at least 1.</param>
/// <param name="initializer">Whose deviation a full B would have; null for the weight's own distribution.</param>
public sealed class FactoredCarrier(Connection connection, int rank, Initializer? initializer) : FeedbackCarrier(connection)
{
    private readonly Workspace _between = new();
    private Tensor _in = null!, _out = null!;   // P, Q
    private Tensor? _product;
    private Kernels _kernels = null!;

    /// <inheritdoc/>
    public override string Description => FormattableString.Invariant($"random {Weight.Shape}, a product through {rank}");

    /// <inheritdoc/>
    public override IEnumerable<TensorMemory.Extent> Extents
    {
        get
        {
            var (what, instead) = ($"A factor of the feedback of {Weight.Name}", "Use a smaller feedback.rank.");
            var matrix = Weight.MatrixShape;
            return [new(what, matrix.Rows, rank) { Instead = instead }, new(what, rank, matrix.RowLength) { Instead = instead }];
        }
    }

    /// <inheritdoc/>
    public override bool IsInPlace => false;

    /// <inheritdoc/>
    public override void Draw(FeedbackState state)
    {
        var (kernels, stream, matrix) = (_kernels = state.Kernels, state.Stream(Weight.Name), Weight.MatrixShape);
        (_in, _out) = (kernels.Allocate(new(matrix.Rows, rank), Role.Feedback),
            kernels.Allocate(new(rank, matrix.RowLength), Role.Feedback));
        kernels.FillNormal(stream.Split("in"), 0, 1, _in);
        kernels.FillNormal(stream.Split("out"), 0, 1, _out);
        var norm = Math.Sqrt(kernels.SumSquares(Product()));
        var full = RandomCarrier.Distribution(initializer, Weight).Deviation(Weight.FanIn, Weight.FanOut) * Math.Sqrt(Weight.Shape.Length);
        if (norm > 0) kernels.Combine(full / norm, _out, 0, _out);
        _product = Connection is DenseConnection ? null : Product();
        state.Keep($"{Weight.Name}.in", _in, _product?.Length ?? 0);
        state.Keep($"{Weight.Name}.out", _out);
    }

    /// <inheritdoc/>
    public override Tensor Matrix(Connection connection) => _product ??= Product();

    /// <inheritdoc/>
    public override void Cross(Kernels kernels, Connection connection, Tensor delta, Tensor input)
    {
        if (connection is not DenseConnection)
        {
            base.Cross(kernels, connection, delta, input);
            return;
        }
        var between = _between.Get(kernels, this, "between", new(delta.Shape.Rows, rank), Role.Error);
        kernels.Product(delta, false, _out, true, between);
        kernels.Product(between, false, _in, true, input);
    }

    private Tensor Product()
    {
        var product = _kernels.Allocate(Weight.Shape, Role.Feedback);
        _kernels.Product(_in, false, _out, false, product.Reshape(Weight.MatrixShape));
        return product;
    }
}
