using Concord.Numerics;

namespace Concord.Layers;

/// <summary>What a teaching signal crosses a connection through, on its way down.</summary>
public abstract class Carrier
{
    /// <summary>The weight itself: backpropagation, and the only weight transport there is.</summary>
    public static Carrier Own { get; } = new OwnCarrier();

    /// <summary>One line for the plan's table, as <c>random 10x256</c>.</summary>
    public abstract string Description { get; }

    /// <summary>Whether the signal that comes out is the true derivative of the one that went in.</summary>
    public virtual bool Exact => false;

    /// <summary>
    /// The tensor that stands for the weight; what the weight angle is measured on where it has the weight's shape. A carrier that
    /// is another kind of map than the weight has another shape.
    /// </summary>
    /// <param name="connection">The connection that is crossed.</param>
    public abstract Tensor Matrix(Connection connection);

    /// <summary>
    /// Whether it crosses the connection as the weight itself would, with <see cref="Matrix"/> in its place: what spikes can cross.
    /// </summary>
    public virtual bool IsInPlace => true;

    /// <summary>Carries the signal at the connection's output to its input.</summary>
    public virtual void Cross(Kernels kernels, Connection connection, Tensor delta, Tensor input) =>
        connection.Transposed(kernels, Matrix(connection), delta, input);

    /// <summary>
    /// What it took over from the weight in the first so many steps, were the feedback a memory of its own. Where it starts is not counted:
    /// a copied start is a start.
    /// </summary>
    public virtual Transport Transported(Connection connection, long steps) => default;

    private sealed class OwnCarrier : Carrier
    {
        public override string Description => "its own weight";
        public override bool Exact => true;
        public override Tensor Matrix(Connection connection) => connection.Weight.Value;

        public override Transport Transported(Connection connection, long steps)
        {
            var weights = steps * connection.Weight.Shape.Length;
            return new(weights, 0, weights * Transport.WordBits);
        }
    }
}
