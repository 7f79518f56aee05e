using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// |A|, the largest singular value of a matrix [in, out], by power iteration from a start that is drawn once:
/// <para>v = A'A v / |A'A v|, so many times; then |A v|.</para>
/// A function of the matrix alone, so that doing it again changes nothing. It is a lower bound, and nearest where the largest singular
/// value stands apart from the rest. Of a kernel, A is the matrix whose last axis is the output.
/// </summary>
internal sealed class SpectralNorm
{
    /// <summary>Iterations: a test holds the error below 2 % for random matrices, where singular values crowd below the largest.</summary>
    public const int Iterations = 30;

    private readonly Tensor _start, _in, _out;
    private readonly Dictionary<Tensor, Tensor> _matrices = new(ReferenceEqualityComparer.Instance);   // a step allocates nothing

    /// <summary>Draws the start.</summary>
    /// <param name="shape">Of the matrices.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="stream">Decides the start.</param>
    public SpectralNorm(Shape shape, Kernels kernels, RandomStream stream)
    {
        var outputs = shape[shape.Rank - 1];
        (_start, _out, _in) = (kernels.Allocate(new(1, outputs), Role.Feedback), kernels.Allocate(new(1, outputs), Role.Feedback),
            kernels.Allocate(new(1, shape.Length / outputs), Role.Feedback));
        kernels.FillNormal(stream, 0, 1, _start);
    }

    /// <summary>Words of memory.</summary>
    public long Words => _start.Length + _out.Length + _in.Length;

    /// <summary>The norm; 0 of a matrix that is zero.</summary>
    public double Of(Kernels kernels, Tensor matrix)
    {
        if (!_matrices.TryGetValue(matrix, out var a)) _matrices[matrix] = a = matrix.Reshape(new(_in.Length, _out.Length));
        kernels.Copy(_start, _out);
        for (var i = 0; i < Iterations; i++)
        {
            kernels.Product(_out, false, a, true, _in);
            kernels.Product(_in, false, a, false, _out);
            var squares = kernels.SumSquares(_out);
            kernels.Combine(squares > 0 ? 1 / Math.Sqrt(squares) : 0, _out, 0, _out);
        }
        kernels.Product(_out, false, a, true, _in);
        return Math.Sqrt(kernels.SumSquares(_in));
    }
}
