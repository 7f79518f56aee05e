using Concord.Numerics;

namespace Concord.Data;

/// <summary>
/// The way of samples into a batch: normalised or whitened by what the training samples say, in training as the augmentation draws them.
/// </summary>
internal sealed class BatchLoader
{
    private readonly FittedNormalization _normalization;
    private readonly Augmentation _augmentation;
    private readonly RandomStream _stream;
    private SampleWindow[] _windows = [];

    /// <param name="normalization">What the training samples decided.</param>
    /// <param name="augmentation">For training.</param>
    /// <param name="stream">The run's stream of augmentation.</param>
    /// <exception cref="ConcordException">The samples are too small for the augmentation.</exception>
    public BatchLoader(FittedNormalization normalization, Augmentation augmentation, RandomStream stream)
    {
        Shape = augmentation.ViewOf(normalization.Shape);
        _normalization = normalization;
        _augmentation = augmentation;
        _stream = stream;
    }

    /// <summary>What is done to samples.</summary>
    public FittedNormalization Normalization => _normalization;

    /// <summary>A sample's shape in the batch.</summary>
    public Shape Shape { get; }

    /// <summary>y_n = a view of sample rows[n], drawn for this step. Allocates nothing once warm.</summary>
    public void LoadTraining(Kernels kernels, Samples samples, ReadOnlySpan<int> rows, long step, Tensor y)
    {
        if (_augmentation.IsNone)
        {
            Prepared(kernels, samples).Load(kernels, rows, _normalization.Normalization, y);
            return;
        }
        var windows = Windows(rows.Length);
        _augmentation.Draw(_stream.At(step), samples.Shape, windows);
        Prepared(kernels, samples).Load(kernels, rows, windows, _normalization.Normalization, Shape, y);
    }

    /// <summary>y_n = sample rows[n], or its centre.</summary>
    public void LoadEvaluation(Kernels kernels, Samples samples, ReadOnlySpan<int> rows, Tensor y)
    {
        if (Shape == samples.Shape)
        {
            Prepared(kernels, samples).Load(kernels, rows, _normalization.Normalization, y);
            return;
        }
        var windows = Windows(rows.Length);
        windows.Fill(_augmentation.Centre(samples.Shape));
        Prepared(kernels, samples).Load(kernels, rows, windows, _normalization.Normalization, Shape, y);
    }

    private Samples Prepared(Kernels kernels, Samples samples) => _normalization.Prepared(samples, kernels.Threads);

    private Span<SampleWindow> Windows(int count)
    {
        if (_windows.Length < count) _windows = new SampleWindow[count];
        return _windows.AsSpan(0, count);
    }
}
