using Concord.Numerics;

namespace Concord.Data;

/// <summary>The way of samples into a batch: normalised or whitened by what the training samples say, in training as the augmentation draws them.</summary>
internal sealed class BatchLoader
{
    private readonly DataSplit _data;
    private readonly Normalization _normalization;
    private readonly double _zcaEpsilon;
    private readonly Augmentation _augmentation;
    private readonly RandomStream _stream;
    private Whitening? _whitening;
    private SampleWindow[] _windows = [];

    /// <param name="data">Whose training samples decide offsets and scales.</param>
    /// <param name="normalization">Of which kind.</param>
    /// <param name="zcaEpsilon">For <see cref="NormalizationKind.Zca"/>.</param>
    /// <param name="augmentation">For training.</param>
    /// <param name="stream">The run's stream of augmentation.</param>
    /// <exception cref="ConcordException">The samples are too small, or too many, for what is asked.</exception>
    public BatchLoader(DataSplit data, NormalizationKind normalization, double zcaEpsilon, Augmentation augmentation, RandomStream stream)
    {
        Shape = augmentation.ViewOf(data.Train.Shape);
        if (normalization == NormalizationKind.Zca) Whitening.CheckSize(data.Train.Shape, data.Train.Count + (long)data.Validation.Count + data.Test.Count);
        _data = data;
        _normalization = Normalization.Fit(data.Train, normalization);
        foreach (var part in (Samples[])[data.Train, data.Validation, data.Test]) _normalization.CheckFinite(part);
        _zcaEpsilon = zcaEpsilon;
        _augmentation = augmentation;
        _stream = stream;
    }

    /// <summary>A sample's shape in the batch.</summary>
    public Shape Shape { get; }

    /// <summary>y_n = a view of sample rows[n], drawn for this step. Allocates nothing once warm.</summary>
    public void LoadTraining(Kernels kernels, Samples samples, ReadOnlySpan<int> rows, long step, Tensor y)
    {
        if (_augmentation.IsNone)
        {
            Prepared(kernels, samples).Load(kernels, rows, _normalization, y);
            return;
        }
        var windows = Windows(rows.Length);
        _augmentation.Draw(_stream.At(step), samples.Shape, windows);
        Prepared(kernels, samples).Load(kernels, rows, windows, _normalization, Shape, y);
    }

    /// <summary>y_n = sample rows[n], or its centre.</summary>
    public void LoadEvaluation(Kernels kernels, Samples samples, ReadOnlySpan<int> rows, Tensor y)
    {
        if (Shape == samples.Shape)
        {
            Prepared(kernels, samples).Load(kernels, rows, _normalization, y);
            return;
        }
        var windows = Windows(rows.Length);
        windows.Fill(_augmentation.Centre(samples.Shape));
        Prepared(kernels, samples).Load(kernels, rows, windows, _normalization, Shape, y);
    }

    private Samples Prepared(Kernels kernels, Samples samples) =>
        _normalization.Kind == NormalizationKind.Zca ? (_whitening ??= _data.Whitening(_zcaEpsilon, kernels.Threads)).Apply(samples) : samples;

    private Span<SampleWindow> Windows(int count)
    {
        if (_windows.Length < count) _windows = new SampleWindow[count];
        return _windows.AsSpan(0, count);
    }
}
