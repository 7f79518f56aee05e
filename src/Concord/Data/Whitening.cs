using System.Globalization;
using System.Runtime.CompilerServices;
using Concord.Numerics;
using Concord.Numerics.Engines;
using MathNet.Numerics.LinearAlgebra;

namespace Concord.Data;

/// <summary>
/// ZCA whitening (Bell and Sejnowski, 1997; Krizhevsky, 2009, appendix A): y = (x - m) U (L + eps)^(-1/2) U', where x is a sample after
/// <see cref="NormalizationKind.MeanStd"/>, m its mean and C = U L U' its covariance (dividing by the number) over the training samples.
/// Features become uncorrelated and stay as near to x as whitened ones can. The samples are whitened once, into single precision,
/// and not batch by batch.
/// </summary>
/// <remarks>Computed by the managed engine, which gives the same bits on any number of threads.</remarks>
public sealed class Whitening
{
    /// <summary>The most features of a sample: the decomposition takes time by their cube.</summary>
    public const int MostFeatures = 4096;

    /// <summary>
    /// The epsilon if none is given, in units of the variance of a normalised feature: what Goodfellow et al. (2013, Maxout networks) used
    /// on CIFAR-10 contrast-normalised to about unit variance.
    /// </summary>
    public const double UsualEpsilon = 0.1;

    private const int Chunk = 1024;
    private readonly int _threads;
    private readonly ConditionalWeakTable<Samples, Samples> _done = [];

    internal Whitening(Normalization normalization, Tensor mean, Tensor matrix, int threads) =>
        (Normalization, Mean, Matrix, _threads) = (normalization, mean, matrix, threads);

    /// <summary>What comes before: x is what this makes of a sample.</summary>
    internal Normalization Normalization { get; }

    /// <summary>m.</summary>
    internal Tensor Mean { get; }

    /// <summary>U (L + eps)^(-1/2) U', [features, features].</summary>
    internal Tensor Matrix { get; }

    internal bool IsSameAs(Whitening other) =>
        Mean.AsBytes().SequenceEqual(other.Mean.AsBytes()) && Matrix.AsBytes().SequenceEqual(other.Matrix.AsBytes())
        && Normalization.Offset.SequenceEqual(other.Normalization.Offset) && Normalization.Scale.SequenceEqual(other.Normalization.Scale);

    /// <summary>The whitening of these training samples.</summary>
    /// <param name="train">Training samples, and no others.</param>
    /// <param name="epsilon">Added to every eigenvalue, so that directions that are but noise are not blown up; above 0.</param>
    /// <param name="threads">Threads of the engine; 0 for one per processor. They change no bit.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">Epsilon is not above 0, there is no sample,
    /// or samples have more than <see cref="MostFeatures"/> features.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static Whitening Fit(Samples train, double epsilon = UsualEpsilon, int threads = 0, CancellationToken cancellation = default)
    {
        CheckEpsilon(epsilon);
        CheckSize(train.Shape, 0);
        if (train.Count == 0) throw new ConcordException("Whitening needs at least one training sample.");
        var normalization = Data.Normalization.Fit(train);
        var n = train.Shape.Length;
        using var kernels = Engines.Create("managed", threads);
        Tensor mean = kernels.Allocate(new(n)), covariance = kernels.Allocate(new(n, n));
        ForChunks(kernels, train, normalization, (batch, _) => kernels.SumRows(batch, new(mean, 1.0 / train.Count, 1)), cancellation);
        ForChunks(kernels, train, normalization, (batch, _) =>
        {
            Centre(kernels, mean, batch);
            kernels.Product(batch, true, batch, false, covariance, 1.0 / train.Count, 1);
        }, cancellation);
        var symmetric = Matrix<double>.Build.Dense(n, n, (i, j) => 0.5 * (covariance[i * n + j] + covariance[j * n + i]));
        var decomposed = CancellableCall.Run(() => symmetric.Evd(Symmetricity.Symmetric), cancellation);
        Tensor vectors = kernels.Allocate(new(n, n)), scaled = kernels.Allocate(new(n, n));
        for (var j = 0; j < n; j++)
        {
            var scale = 1 / Math.Sqrt(Math.Max(0, decomposed.EigenValues[j].Real) + epsilon);
            for (var i = 0; i < n; i++)
            {
                vectors[i * n + j] = decomposed.EigenVectors[i, j];
                scaled[i * n + j] = decomposed.EigenVectors[i, j] * scale;
            }
        }
        kernels.Product(scaled, false, vectors, true, covariance);   // the covariance is no longer wanted
        return new(normalization, mean, covariance, threads);
    }

    /// <summary>These samples, whitened. The same samples are whitened once.</summary>
    /// <param name="samples">Of the shape of those fitted to.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">There is not enough memory for them in single precision.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public Samples Apply(Samples samples, CancellationToken cancellation = default) =>
        // no closure for every batch
        _done.TryGetValue(samples, out var whitened) ? whitened : _done.GetValue(samples, given => Whitened(given, cancellation));

    internal static void CheckEpsilon(double epsilon)
    {
        if (!(epsilon > 0 && double.IsFinite(epsilon))) throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
            $"The epsilon of ZCA whitening was given as {epsilon}; it takes a number above 0, such as {UsualEpsilon}."));
    }

    /// <summary>Refuses what takes too long or too much memory.</summary>
    internal static void CheckSize(Shape sample, long count)
    {
        var n = sample.Length;
        if (n > MostFeatures)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"ZCA whitening of samples of {sample} would decompose "
                + $"a matrix of {n:N0} x {n:N0}; up to {MostFeatures:N0} features are taken. Use --normalization mean-std."));
        var bytes = sizeof(float) * n * count + 2L * sizeof(double) * n * n + 3L * sizeof(float) * n * n;
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > available)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
                $"ZCA whitening of {count:N0} samples of {sample} takes {bytes / 1e9:0.0} GB, but {available / 1e9:0.0} GB are available. "
                    + $"Use fewer samples (--train, --test) or --normalization mean-std."));
        if (n * count > Array.MaxLength)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"ZCA whitening of {count:N0} samples of {sample} makes "
                + $"more numbers than fit in one array. Use fewer samples (--train, --test)."));
    }

    private Samples Whitened(Samples samples, CancellationToken cancellation)
    {
        CheckSize(samples.Shape, samples.Count);
        Normalization.CheckFinite(samples);
        var n = samples.Shape.Length;
        using var kernels = Engines.Create("managed", _threads);
        var elements = new float[(long)samples.Count * n];
        var result = kernels.Allocate(new(Math.Min(Chunk, samples.Count), n));
        ForChunks(kernels, samples, Normalization, (batch, start) =>
        {
            Centre(kernels, Mean, batch);
            var whitened = result.Rows(batch.Shape.Rows);
            kernels.Product(batch, false, Matrix, false, whitened);
            whitened.Singles.CopyTo(elements.AsSpan(start * n));
        }, cancellation);
        return samples.WithElements(elements);
    }

    private static void Centre(Kernels kernels, Tensor mean, Tensor batch)
    {
        var minus = kernels.Allocate(mean.Shape);
        kernels.Combine(-1, mean, 0, minus);
        kernels.AddRow(minus, batch);
    }

    private static void ForChunks(Kernels kernels, Samples samples, Normalization normalization, Action<Tensor, int> act,
        CancellationToken cancellation)
    {
        var batch = kernels.Allocate(new(Math.Min(Chunk, samples.Count), samples.Shape.Length));
        var rows = new int[Math.Min(Chunk, samples.Count)];
        for (var start = 0; start < samples.Count; start += Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(Chunk, samples.Count - start);
            for (var i = 0; i < count; i++) rows[i] = start + i;
            var part = batch.Rows(count);
            samples.Load(kernels, rows.AsSpan(0, count), normalization, part);
            act(part, start);
        }
    }
}
