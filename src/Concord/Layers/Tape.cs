using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// What a layer may know of the pass it is in, and where it keeps what its backward pass needs besides input and output: a
/// dropout mask, a batch's moments. Backward and pushforward read a tape and never write it.
/// </summary>
public sealed class Tape
{
    /// <summary>A tape on a workspace.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="workspace">Where buffers live.</param>
    /// <param name="passing">Where activities stand that no derivative reads; they are lost with the block's turn.
    /// The workspace itself unless given.</param>
    public Tape(Kernels kernels, Workspace workspace, Workspace? passing = null)
    {
        Kernels = kernels;
        Workspace = workspace;
        Passing = passing ?? workspace;
    }

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    internal Workspace Workspace { get; }

    internal Workspace Passing { get; }

    /// <summary>Whether dropout drops and batch norm uses the batch's own moments.</summary>
    public bool Training { get; set; }

    /// <summary>Whether batch norm moves its running moments; a second pass over the same batch never does.</summary>
    public bool MovesStatistics { get; set; }

    /// <summary>The stream of this step's dropout masks; a layer splits it by its own name.</summary>
    public RandomStream Dropout { get; set; }

    /// <summary>The direction of a parameter on the tangent that is being carried; null where it has none.</summary>
    public Tensor? DirectionOf(Parameter parameter) => Lane?.DirectionOf(parameter);

    /// <summary>The tangent that is being carried.</summary>
    internal TangentLane? Lane { get; set; }

    /// <summary>A buffer for a tangent, which is read no more when the next block has had its turn.</summary>
    internal Tensor Tangent(Layer layer, string name, Shape shape) =>
        (Lane?.Room ?? Workspace).Get(Kernels, layer, name, shape, Role.Activation, Lane?.Number ?? 0);

    /// <summary>result = w tangent + v x + c, with v and c the directions of a connection's weight w and of its bias.</summary>
    internal void Pushforward(Layer layer, Connection connection, Parameter? bias, Tensor x, Tensor? tangent, Tensor result)
    {
        if (tangent is not null) connection.Apply(Kernels, connection.Weight.Value, tangent, result);
        if (DirectionOf(connection.Weight) is { } v)
        {
            var change = tangent is null ? result : Tangent(layer, "change", result.Shape);
            connection.Apply(Kernels, v, x, change);
            if (tangent is not null) Kernels.Combine(1, change, 1, result);
        }
        else if (tangent is null) Kernels.Fill(result, 0);
        if (bias is not null && DirectionOf(bias) is { } c)
            Kernels.AddRow(c, c.Length == result.Shape.RowLength ? result : result.Matrix(c.Length));
    }

    /// <summary>A buffer of the layer's, kept until its next forward.</summary>
    public Tensor Keep(Layer layer, string name, Shape shape, int index = 0) =>
        Workspace.Get(Kernels, layer, name, shape, Role.Activation, index);
}
