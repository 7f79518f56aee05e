using System.Numerics.Tensors;
using Concord.Layers;
using Concord.Numerics;
using Tensor = Concord.Numerics.Tensor;

namespace Concord.Diagnostics;

/// <summary>
/// Linear centred kernel alignment of representations X [n, p] and Y [n, q] of the same samples (Kornblith, Norouzi, Lee, Hinton 2019),
/// from minibatches (Nguyen, Raghu, Kornblith 2021):
/// <para>CKA = sum over batches of HSIC1(K, L) / sqrt(sum HSIC1(K, K) * sum HSIC1(L, L)), K = X X', L = Y Y',
/// both with zero diagonals,</para>
/// <para>HSIC1(K, L) = (tr(K L) + (1'K1)(1'L1) / ((n-1)(n-2)) - 2 / (n-2) 1'K L1) / (n (n-3)),
/// unbiased (Song, Smola, Gretton, Bedo, Borgwardt 2012).</para>
/// <para>1 for the same representation, rotated or scaled as a whole; 0 on average for independent ones, so that a small batch does not
/// look similar, and a value may lie a little below 0. Shifting a representation changes nothing; so means are taken off first,
/// which keeps single precision's digits.</para>
/// </summary>
public sealed class LinearCka
{
    /// <summary>The least samples of a batch, for n - 3 is divided by.</summary>
    public const int LeastSamples = 4;

    private readonly Kernels _kernels;
    private readonly Workspace _workspace = new();
    private double[,] _cross = new double[0, 0];
    private double[] _first = [], _second = [];

    /// <summary>Nothing seen so far.</summary>
    /// <param name="kernels">The engine of the representations.</param>
    public LinearCka(Kernels kernels) => _kernels = kernels;

    /// <summary>Takes a batch of samples as two networks represent it, in so many layers each.</summary>
    /// <param name="first">A layer an entry, samples by units, axes after the first taken together; left as they are.</param>
    /// <param name="second">The same samples.</param>
    /// <exception cref="ArgumentException">There are fewer than <see cref="LeastSamples"/>, numbers of samples differ, or numbers of layers
    /// are not those of the batches before.</exception>
    public void Add(IReadOnlyList<Tensor> first, IReadOnlyList<Tensor> second)
    {
        var rows = first.Concat(second).Select(layer => layer.Shape.Rows).Distinct().ToList();
        if (rows is not [>= LeastSamples])
            throw new ArgumentException($"Representations are compared on the same samples, {LeastSamples} at least; "
                + $"{string.Join(", ", rows)} were given.");
        if (_first.Length == 0)
            (_cross, _first, _second) = (new double[first.Count, second.Count], new double[first.Count], new double[second.Count]);
        if (_first.Length != first.Count || _second.Length != second.Count)
            throw new ArgumentException($"{first.Count} and {second.Count} layers follow batches of {_first.Length} and {_second.Length}.");
        Gram[] k = [.. first.Select(Of)], l = [.. second.Select(Of)];
        for (var i = 0; i < k.Length; i++)
        {
            _first[i] += k[i].Hsic(k[i]);
            for (var j = 0; j < l.Length; j++) _cross[i, j] += k[i].Hsic(l[j]);
        }
        for (var j = 0; j < l.Length; j++) _second[j] += l[j].Hsic(l[j]);
    }

    /// <summary>CKA of a layer of the first and one of the second over all batches so far; NaN where one never varies.</summary>
    public double Between(int first, int second)
    {
        var norm = _first[first] * _second[second];
        return norm > 0 ? _cross[first, second] / Math.Sqrt(norm) : double.NaN;
    }

    private Gram Of(Tensor layer)
    {
        var n = layer.Shape.Rows;
        Tensor centred = _workspace.Get(_kernels, this, "centred", new(n, layer.Shape.RowLength), Role.Activation),
            mean = _workspace.Get(_kernels, this, "mean", new(1, layer.Shape.RowLength), Role.Activation),
            products = _workspace.Get(_kernels, this, "products", new(n, n), Role.Activation);
        _kernels.Copy(layer, centred);
        _kernels.SumRows(centred, new(mean, -1.0 / n, 0));
        _kernels.AddRow(mean, centred);
        _kernels.Product(centred, false, centred, true, products);
        return new(products.ToArray(), n);
    }

    /// <summary>K with a zero diagonal, n x n, and the sums of its rows: small, and in double.</summary>
    private readonly struct Gram
    {
        private readonly double[] _elements, _sums;
        private readonly double _sum;

        public Gram(double[] elements, int n)
        {
            (_elements, _sums) = (elements, new double[n]);
            for (var i = 0; i < n; i++)
            {
                elements[i * n + i] = 0;
                _sums[i] = TensorPrimitives.Sum<double>(elements.AsSpan(i * n, n));
            }
            _sum = TensorPrimitives.Sum<double>(_sums);
        }

        public double Hsic(in Gram other)
        {
            double n = _sums.Length;
            return (TensorPrimitives.Dot<double>(_elements, other._elements) + _sum * other._sum / ((n - 1) * (n - 2))
                - 2 / (n - 2) * TensorPrimitives.Dot<double>(_sums, other._sums)) / (n * (n - 3));
        }
    }
}
