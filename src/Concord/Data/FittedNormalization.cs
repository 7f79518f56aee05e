using System.Globalization;
using System.Text.Json;
using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>
/// What the training samples decided about samples on their way into a network, and the same for all others: y = (x - offset) * scale by
/// channel, and for <see cref="NormalizationKind.Zca"/> then (y - mean) matrix. Kept in a safetensors file of its own, so that new samples
/// can be treated alike.
/// </summary>
internal sealed class FittedNormalization
{
    private const string Version = "1", VersionKey = "concord-normalization", KindKey = "kind", ShapeKey = "shape";
    private const string Offset = "offset", Scale = "scale", Mean = "mean", MatrixName = "matrix", Lowest = "lowest", Highest = "highest";
    private const string FeaturesKey = "features", LabelKey = "label", HeaderKey = "header", ColumnOffset = "columnOffset",
        ColumnScale = "columnScale";
    private readonly Lazy<(float[] Lowest, float[] Highest)> _range;
    private Func<int, CancellationToken, Whitening>? _fit;
    private Whitening? _whitening;

    private FittedNormalization(Shape shape, Normalization normalization, TableColumns? columns, Lazy<(float[], float[])> range) =>
        (Shape, Normalization, Columns, _range) = (shape, normalization, columns, range);

    /// <summary>One sample's axes.</summary>
    public Shape Shape { get; }

    /// <summary>Offset and scale by channel; for whitened samples nothing is left to do by channel.</summary>
    public Normalization Normalization { get; }

    /// <summary>
    /// The columns of the table that the samples came from, and what was taken out of them before; null where they came from none.
    /// </summary>
    public TableColumns? Columns { get; }

    /// <summary>
    /// The least and the largest value of each channel among the training samples; empty for bytes, which go from 0 to 255.
    /// </summary>
    public (float[] Lowest, float[] Highest) Range => _range.Value;

    /// <summary>That of training samples. A whitening is computed at first use.</summary>
    /// <exception cref="ConcordException">The samples are too many to be whitened.</exception>
    public static FittedNormalization Fit(DataSplit data, NormalizationKind kind, double zcaEpsilon)
    {
        if (kind == NormalizationKind.Zca && data.Train.AreEvents)
            throw new ConcordException("Spike trains have no values to be whitened. Leave out --normalization zca.");
        if (kind == NormalizationKind.Zca)
            Whitening.CheckSize(data.Train.Shape, data.Train.Count + (long)data.Validation.Count + data.Test.Count);
        var normalization = Normalization.Fit(data.Train, kind);
        foreach (var part in (Samples[])[data.Train, data.Validation, data.Test]) normalization.CheckFinite(part);
        return new(data.Train.Shape, normalization, data.Train.Columns, new(() => RangeOf(data.Train)))
            { _fit = (threads, cancellation) => data.Whitening(zcaEpsilon, threads, cancellation) };
    }

    /// <summary>Samples as batches are loaded from them: whitened, or as they are.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="threads">Threads to whiten with; they change no bit.</param>
    public Samples Prepared(Samples samples, int threads) =>
        Normalization.Kind == NormalizationKind.Zca ? WhiteningOn(threads).Apply(samples) : samples;

    /// <summary>Does beforehand what would make the first batches wait long: whitens samples.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="threads">Threads to whiten with; they change no bit.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public void Prepare(DataSplit data, int threads, CancellationToken cancellation)
    {
        if (Normalization.Kind != NormalizationKind.Zca) return;
        foreach (var part in (Samples[])[data.Train, data.Validation, data.Test])
            if (part.Count > 0) WhiteningOn(threads, cancellation).Apply(part, cancellation);
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads to compute a whitening with, where that is still to be done.</param>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public void Write(string path, int threads)
    {
        var whitening = Normalization.Kind == NormalizationKind.Zca ? WhiteningOn(threads) : null;
        var normalization = whitening?.Normalization ?? Normalization;
        List<SafeTensorsEntry> entries = [new(Offset, Vector(normalization.Offset)), new(Scale, Vector(normalization.Scale))];
        if (whitening is not null) entries.AddRange([new(Mean, whitening.Mean), new(MatrixName, whitening.Matrix)]);
        if (Range.Lowest.Length > 0) entries.AddRange([new(Lowest, Vector(Range.Lowest)), new(Highest, Vector(Range.Highest))]);
        Dictionary<string, string> metadata = new()
        {
            [VersionKey] = Version, [KindKey] = Normalization.ByName.First(word => word.Value == Normalization.Kind).Key,
            [ShapeKey] = Shape.ToString(),
        };
        if (Columns is { } columns)
        {
            metadata[FeaturesKey] = JsonSerializer.Serialize([.. columns.Features], ColumnNames.Default.StringArray);
            if (columns.Label is { } label) metadata[LabelKey] = label;
            metadata[HeaderKey] = columns.HasHeader ? "true" : "false";
            if (!columns.AreAsRead) entries.AddRange([new(ColumnOffset, Vector(columns.Offset)), new(ColumnScale, Vector(columns.Scale))]);
        }
        SafeTensors.WriteChecked(path, entries, metadata);
    }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What the run's settings say.</param>
    /// <exception cref="ConcordException">It is none of this version, of another kind, or damaged.</exception>
    public static FittedNormalization Read(string path, NormalizationKind expected)
    {
        using var file = SafeTensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(VersionKey) is not Version)
            throw new ConcordException($"'{path}' holds no normalisation of this version: it has no '{VersionKey}: {Version}' in its "
                + "metadata. Use the program that wrote it, or another copy of the file.");
        if (!Normalization.ByName.TryGetValue(file.Metadata.GetValueOrDefault(KindKey, ""), out var kind)
            || ShapeOf(file.Metadata.GetValueOrDefault(ShapeKey, "")) is not { } shape)
            throw Damaged(path, $"its metadata have no '{KindKey}' or no '{ShapeKey}' that can be read");
        file.CheckValues("; without it the run's own data are read to have it again");
        if (kind != expected) throw Damaged(path, $"it is of the kind {kind}, and the run's settings say {expected}");
        var channels = shape.Rank == 3 ? shape[0] : shape.Length;
        var stored = new Normalization(kind == NormalizationKind.Zca ? NormalizationKind.MeanStd : kind, Values(file, Offset, channels),
            Values(file, Scale, channels));
        var range = file.Contains(Lowest) ? (Values(file, Lowest, channels), Values(file, Highest, channels)) : ([], []);
        var columns = ColumnsOf(file, shape.Length);
        if (kind != NormalizationKind.Zca) return new(shape, stored, columns, new(range));
        Tensor mean = new(new(shape.Length)), matrix = new(new(shape.Length, shape.Length));
        file.Read(Mean, mean);
        file.Read(MatrixName, matrix);
        Finite(file, Mean, mean);
        Finite(file, MatrixName, matrix);
        return new(shape, new(kind, new float[channels], [.. Enumerable.Repeat(1f, channels)]), columns, new(range))
            { _whitening = new(stored, mean, matrix, threads: 0) };
    }

    /// <summary>The same for the very training samples it was fitted to, so that runs on them share what is whitened.</summary>
    public FittedNormalization SharedWith(DataSplit data, double zcaEpsilon)
    {
        if (_whitening is { } kept) _whitening = data.Shared(zcaEpsilon, kept);
        return this;
    }

    private Whitening WhiteningOn(int threads, CancellationToken cancellation = default) => _whitening ??= _fit!(threads, cancellation);

    private static Tensor Vector(ReadOnlySpan<float> values)
    {
        var tensor = new Tensor(new(values.Length));
        values.CopyTo(tensor.Singles);
        return tensor;
    }

    private static Tensor Vector(IReadOnlyList<double> values)
    {
        var tensor = new Tensor(new(values.Count), ElementType.Double);
        for (var i = 0; i < values.Count; i++) tensor[i] = values[i];
        return tensor;
    }

    private static TableColumns? ColumnsOf(SafeTensorsFile file, int features)
    {
        if (!file.Metadata.TryGetValue(FeaturesKey, out var text)) return null;
        try
        {
            var names = JsonSerializer.Deserialize(text, ColumnNames.Default.StringArray);
            if (names?.Length != features || Array.Exists(names, name => name is null)) throw Damaged(file.Path, $"its metadata do not "
                + $"name {features} columns");
            double[]? Read(string name)
            {
                if (!file.Contains(name)) return null;
                var tensor = new Tensor(new(features), ElementType.Double);
                file.Read(name, tensor);
                return tensor.Doubles.ToArray();
            }
            return new(names, file.Metadata.GetValueOrDefault(LabelKey), file.Metadata.GetValueOrDefault(HeaderKey) != "false",
                Read(ColumnOffset), Read(ColumnScale));
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw Damaged(file.Path, error.Message.ReplaceLineEndings(" ").TrimEnd('.'));
        }
    }

    private static float[] Values(SafeTensorsFile file, string name, int count)
    {
        var tensor = new Tensor(new(count));
        file.Read(name, tensor);
        Finite(file, name, tensor);
        return tensor.Singles.ToArray();
    }

    private static void Finite(SafeTensorsFile file, string name, Tensor tensor)
    {
        if (tensor.Singles.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw Damaged(file.Path, $"'{name}' holds numbers "
            + "that are not finite");
    }

    private static ConcordException Damaged(string path, string what) =>
        new($"'{path}' is damaged: {what}. Use another copy of the file; without it the run's own data are read to have it again.");

    private static Shape? ShapeOf(string text)
    {
        var axes = text.Split('x')
            .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var axis) ? axis : 0).ToArray();
        return axes is { Length: <= 3 } && axes.All(axis => axis > 0)
            && axes.Aggregate(1L, (product, axis) => product * axis) <= Array.MaxLength ? new(axes) : null;
    }

    private static (float[] Lowest, float[] Highest) RangeOf(Samples samples)
    {
        if (samples.AreBytes || samples.AreEvents || samples.Count == 0) return ([], []);
        float[] low = [.. Enumerable.Repeat(float.PositiveInfinity, samples.Channels)],
            high = [.. Enumerable.Repeat(float.NegativeInfinity, samples.Channels)];
        var length = samples.Shape.Length / samples.Channels;
        for (var n = 0; n < samples.Count; n++)
        {
            var values = samples.Singles(n);
            for (var i = 0; i < values.Length; i++)
            {
                var channel = i / length;
                low[channel] = Math.Min(low[channel], values[i]);
                high[channel] = Math.Max(high[channel], values[i]);
            }
        }
        return (low, high);
    }
}
