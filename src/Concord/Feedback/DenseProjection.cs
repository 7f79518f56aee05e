using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// s = g e D with a full matrix: N n K multiply-accumulates. D stands as [K, n], or, where several ports share the leading
/// columns of one matrix, as the leading rows of its transpose [n, K], which are contiguous.
/// </summary>
/// <param name="matrix">[K, n], or [n, K] if <paramref name="unitsFirst"/>.</param>
/// <param name="unitsFirst">Whether the port's units are the rows.</param>
/// <param name="gain">g.</param>
/// <param name="distribution">What it was drawn from, for people.</param>
public sealed class DenseProjection(Tensor matrix, bool unitsFirst = false, double gain = 1, string distribution = "given") : Projection
{
    private int Sources => unitsFirst ? matrix.Shape.RowLength : matrix.Shape.Rows;
    private int Units => unitsFirst ? matrix.Shape.Rows : matrix.Shape.RowLength;

    /// <inheritdoc/>
    public override string Description => $"dense {Sources}x{Units}, {distribution}";

    /// <inheritdoc/>
    public override void Apply(Kernels kernels, Workspace workspace, Tensor source, Tensor result) => kernels.Product(source, false, matrix, unitsFirst, result, gain);

    /// <inheritdoc/>
    public override void MarkHeard(Span<bool> sources) => sources.Fill(true);

    /// <inheritdoc/>
    public override Tensor ToMatrix(Kernels kernels)
    {
        var written = kernels.Allocate(new(Units, Sources));
        for (var j = 0; j < Units; j++)
            for (var k = 0; k < Sources; k++)
                written[j * Sources + k] = gain * matrix[unitsFirst ? j * Sources + k : k * Units + j];
        return written;
    }
}
