using Concord.Numerics;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Concord.Tests.Numerics;

/// <summary>Least squares by the pseudo-inverse, beside another implementation of it.</summary>
public sealed class PseudoInverseTests
{
    [Theory]
    [InlineData(7, 4)]
    [InlineData(4, 7)]
    public void ThePseudoInverseIsMoorePenrosesWhateverTheRank(int rows, int columns)
    {
        // Rank 3 of at most 4: the fourth direction is a sum of the others.
        DenseMatrix Draw(int r, int c, int at) => DenseMatrix.Create(r, c, (i, j) => Math.Sin(1 + at * 97 + i * 13 + j * 7 + (i * j)));
        var d = (DenseMatrix)(Draw(rows, 3, 1) * Draw(3, columns, 2));
        var s = Draw(rows, 5, 3);
        Assert.InRange((PseudoInverse.Solve(d, s) - (d.PseudoInverse() * s)).FrobeniusNorm(), 0, 1e-8);
    }
}
