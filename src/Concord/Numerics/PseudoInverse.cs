using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Concord.Numerics;

/// <summary>
/// Least squares by the pseudo-inverse of Moore and Penrose, of numbers that were computed in single precision: singular values below
/// max(rows, columns) 2^-23 times the largest are rounding and count as zero.
/// </summary>
internal static class PseudoInverse
{
    private const double Rounding = 1.0 / (1 << 23);

    /// <summary>X of least norm among those with the smallest |d X - s|: pinv(d) s.</summary>
    /// <param name="d">N x m.</param>
    /// <param name="s">N x n.</param>
    /// <returns>m x n.</returns>
    public static DenseMatrix Solve(DenseMatrix d, DenseMatrix s)
    {
        // The eigenvalues of the smaller Gram matrix are the squared singular values; double precision leaves room for the squares.
        var wide = d.RowCount <= d.ColumnCount;
        var gram = wide ? d.TransposeAndMultiply(d) : d.TransposeThisAndMultiply(d);
        var eigen = gram.Evd(Symmetricity.Symmetric);
        var values = eigen.EigenValues.Select(value => value.Real).ToArray();
        var cut = Math.Max(d.RowCount, d.ColumnCount) * Rounding;
        var least = values.Max() * cut * cut;
        var inverse = DiagonalMatrix.OfDiagonal(values.Length, values.Length, values.Select(value => value > least ? 1 / value : 0));
        var pseudo = eigen.EigenVectors * inverse * eigen.EigenVectors.Transpose();
        return (DenseMatrix)(wide ? d.TransposeThisAndMultiply(pseudo * s) : pseudo * d.TransposeThisAndMultiply(s));
    }
}
