using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// <c>sim</c>: how far the similarities of a batch's samples are from those of their targets. With x [N, n], U [n, n] without bias
/// (of an image a 3x3 convolution) and the rows of z and y of mean 0 and mean square 1,
/// <para>z = norm(x U), y = norm(t), R = z z'/n - y y'/K (differences of cosines), loss = w |R|^2 / N^2,</para>
/// <para>dloss/dz = 4 w R z / (n N^2), which the norm and U carry to x; times N it is the signal. U learns by it.</para>
/// <para>In the bio variant there is no U, and y = norm(t P), P [K, M] random and fixed. A sample's signal depends on the whole
/// batch.</para>
/// </summary>
internal sealed class SimilarityLoss : LocalLoss
{
    private readonly object _shared;
    private readonly OwnNetwork _activities, _labels;
    private readonly ProjectedTargets? _targets;
    private readonly double _weight;

    /// <summary>Makes the map.</summary>
    /// <param name="shared">Whose N x N matrix it is: blocks take turns in it.</param>
    /// <param name="state">The rule's state.</param>
    /// <param name="port">The port.</param>
    /// <param name="group">What the map learns in; null without one.</param>
    /// <param name="targets">Projections of the targets; null for the targets themselves.</param>
    /// <param name="options">The options.</param>
    public SimilarityLoss(
        object shared, RuleState state, Port port, ParameterGroup? group, ProjectedTargets? targets, LocalOptions options)
    {
        (_shared, _targets, _weight) = (shared, targets, options.Similarity);
        var (shape, pool) = (port.Shape, options.PoolOf(port.Shape));
        Layer Map() => shape.Rank == 3
            ? new Convolution(shape[2], Window.Square(3, padding: 1), bias: false)
            : new Linear(shape.Length, hasBias: false);
        _activities = state.NetworkOf($"sim.{port.Name}", shape, [.. options.IsBio ? (Layer[])[] : [Map()], .. pool, Norm()], group);
        _labels = state.NetworkOf($"labels.{port.Name}", new(targets?.Length ?? state.Network.Output.Length), [Norm()]);

        static LayerNorm Norm() => new(epsilon: 1e-8, learns: false);
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Tensor activity, RulePass pass)
    {
        var (kernels, rows) = (pass.Kernels, pass.Rows);
        var z = _activities.Forward(activity, pass);
        var y = _labels.Forward(_targets?.Of(pass) ?? pass.Targets, pass);
        // Both axes change with the batch: a buffer for each size, so that a short last batch takes none from the others.
        var differences = Buffer(pass, _shared, "differences", new(rows, rows), index: rows);
        kernels.Product(y, false, y, true, differences, 1.0 / y.Shape.RowLength);
        kernels.Product(z, false, z, true, differences, 1.0 / z.Shape.RowLength, -1);
        var signal = Buffer(pass, this, "signal", z.Shape);
        kernels.Product(differences, false, z, false, signal, 4 * _weight / ((double)z.Shape.RowLength * rows));
        return _activities.Backward(signal, pass)!;
    }
}
