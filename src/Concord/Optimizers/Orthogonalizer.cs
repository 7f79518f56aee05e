using Concord.Numerics;

namespace Concord.Optimizers;

/// <summary>
/// Turns a matrix G = U S V' into nearly U V': five steps of the Newton-Schulz iteration with the coefficients of Jordan and others 2024
/// (Muon),
/// <para>X = G / (|G|_F + 1e-7), then five times A = X X', X = a X + (b A + c A A) X, with a = 3.4445, b = -4.7750, c = 2.0315,</para>
/// <para>where A stands on the shorter side. These coefficients are chosen for speed: singular values end between about 0.7 and 1.2,
/// not at 1.</para>
/// </summary>
internal sealed class Orthogonalizer(Kernels kernels, Shape shape)
{
    private const int Iterations = 5;
    private const double A = 3.4445, B = -4.7750, C = 2.0315;

    private readonly bool _wide = shape.Rows <= shape.RowLength;
    private readonly Tensor _other = kernels.Allocate(shape, Role.Gradient);
    private readonly Tensor _square = kernels.Allocate(Square(shape), Role.Gradient),
        _fourth = kernels.Allocate(Square(shape), Role.Gradient);

    /// <summary>G, to be filled; overwritten.</summary>
    public Tensor Input { get; } = kernels.Allocate(shape, Role.Gradient);

    /// <summary>sqrt(max(1, out / in)): the factor on the rate.</summary>
    public double Gain { get; } = Math.Sqrt(Math.Max(1, (double)shape.RowLength / Math.Max(1, shape.Rows)));

    /// <summary>Bytes of its buffers.</summary>
    public long Bytes => 2 * Input.Bytes + 2 * _square.Bytes;

    /// <summary>What <see cref="Input"/> becomes.</summary>
    public Tensor Orthogonalize()
    {
        var (x, next) = (Input, _other);
        kernels.Combine(1 / (Math.Sqrt(kernels.SumSquares(x)) + 1e-7), x, 0, x);
        for (var i = 0; i < Iterations; i++)
        {
            kernels.Product(x, !_wide, x, _wide, _square);
            kernels.Product(_square, false, _square, false, _fourth, C);
            kernels.Combine(B, _square, 1, _fourth);
            if (_wide) kernels.Product(_fourth, false, x, false, next);
            else kernels.Product(x, false, _fourth, false, next);
            kernels.Combine(A, x, 1, next);
            (x, next) = (next, x);
        }
        return x;
    }

    private static Shape Square(Shape shape) => new(Math.Min(shape.Rows, shape.RowLength), Math.Min(shape.Rows, shape.RowLength));
}
