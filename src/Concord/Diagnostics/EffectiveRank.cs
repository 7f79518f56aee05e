using System.Numerics.Tensors;
using Concord.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Concord.Diagnostics;

/// <summary>
/// How many directions a signal really has (Roy, Vetterli 2007): exp(-sum_i p_i log p_i), p_i = sigma_i / sum sigma, over the singular
/// values sigma of the signal, samples by units. Between 1 and the rank; k equal singular values give k.
/// </summary>
public static class EffectiveRank
{
    private const double Rounding = 1.0 / (1L << 52);   // squares below this, times their number, are rounding of the largest

    /// <summary>The effective rank of a matrix, axes after the first taken together.</summary>
    /// <param name="signal">Samples by units.</param>
    /// <returns>NaN if it is zero or not finite.</returns>
    public static double Of(Numerics.Tensor signal)
    {
        var (rows, columns) = (signal.Shape.Rows, signal.Shape.RowLength);
        var elements = signal.ToArray();
        var extent = Math.Min(rows, columns);
        if (extent == 0) return double.NaN;
        var scale = Math.Abs(TensorPrimitives.MaxMagnitude<double>(elements));
        if (!double.IsFinite(scale) || scale == 0) return double.NaN;
        TensorPrimitives.Divide(elements, scale, elements);   // squares of tiny signals would vanish
        if (columns < rows) elements = Turn(elements, columns);

        var (length, gram) = (elements.Length / extent, new double[extent * extent]);
        for (var i = 0; i < extent; i++)
            for (var j = 0; j <= i; j++)
                gram[i * extent + j] = gram[j * extent + i] = TensorPrimitives.Dot<double>(elements.AsSpan(i * length, length),
                    elements.AsSpan(j * length, length));
        return OfSquares([.. new DenseMatrix(extent, extent, gram).Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real)]);
    }

    private static double OfSquares(double[] squares)
    {
        var least = squares.Max() * squares.Length * Rounding;
        double[] values = [.. squares.Where(square => square > least).Select(Math.Sqrt)];
        var sum = values.Sum();
        return Math.Exp(-values.Sum(value => value / sum * Math.Log(value / sum)));
    }

    private static double[] Turn(double[] elements, int columns)
    {
        var (rows, turned) = (elements.Length / columns, new double[elements.Length]);
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++) turned[j * rows + i] = elements[i * columns + j];
        return turned;
    }
}
