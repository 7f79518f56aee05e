using System.Buffers;
using System.Runtime.InteropServices;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Data;

/// <summary>
/// Samples of one shape, kept as they came: 8-bit images as bytes, own data in single precision, events as spike trains; each with the
/// class it is of, or with real numbers that a network's outputs are to be (<see cref="HasClasses"/>). A batch is normalised on its way out
/// (<see cref="Load(Kernels, ReadOnlySpan{int}, Normalization, Tensor)"/>); spike trains go out as they are (<see cref="LoadEvents"/>).
/// A subset is a view by index over the same elements.
/// </summary>
public sealed class Samples
{
    private const int OnStack = 1024;
    private readonly byte[]? _bytes;
    private readonly float[]? _singles;
    private readonly SpikeTrains? _trains;
    private readonly int[]? _index;   // this view's rows in the whole; null for the whole itself
    private readonly int[] _labels;
    private readonly int[]? _lengths;   // of the whole; null where all samples last as long
    private readonly float[]? _targets;   // of the whole, [rows, Classes]; null where samples are of classes

    /// <summary>8-bit samples, as images are. The arrays are kept, not copied.</summary>
    /// <param name="shape">One sample's axes: <c>[channels, height, width]</c>, or <c>[features]</c>.</param>
    /// <param name="elements">All samples, one after another.</param>
    /// <param name="labels">One class number per sample, from 0.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <exception cref="ArgumentException">The lengths disagree, or a label is not in 0..classes - 1.</exception>
    public Samples(Shape shape, byte[] elements, int[] labels, int classes) : this(shape, labels, classes, elements.Length) =>
        _bytes = elements;

    /// <summary>Samples in single precision. The arrays are kept, not copied.</summary>
    /// <inheritdoc cref="Samples(Shape, byte[], int[], int)"/>
    public Samples(Shape shape, float[] elements, int[] labels, int classes) : this(shape, labels, classes, elements.Length) =>
        _singles = elements;

    /// <summary>Spike trains, whose samples have the shape [neurons]. They and the labels are kept, not copied.</summary>
    /// <param name="trains">One for each sample, times in seconds.</param>
    /// <param name="labels">One class number per sample, from 0.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <exception cref="ArgumentException">The lengths disagree, or a label is not in 0..classes - 1.</exception>
    public Samples(SpikeTrains trains, int[] labels, int classes)
        : this(new(trains.Neurons), labels, classes, (long)trains.Samples * trains.Neurons) => _trains = trains;

    /// <summary>Samples in single precision with real targets, such as a network is to give. The arrays are kept, not copied.</summary>
    /// <param name="shape">One sample's axes.</param>
    /// <param name="elements">All samples, one after another.</param>
    /// <param name="targets">Targets t [N, K] of the K outputs, sample after sample, finite.</param>
    /// <param name="outputs">K, at least 1.</param>
    /// <exception cref="ArgumentException">The lengths disagree, or a target is not finite.</exception>
    public Samples(Shape shape, float[] elements, float[] targets, int outputs)
        : this(shape, new int[outputs < 1 ? 0 : targets.Length / outputs], outputs, elements.Length)
    {
        if (outputs < 1 || targets.Length != Count * outputs)
            throw new ArgumentException($"{targets.Length} targets are not those of {Count} samples with {outputs} outputs.");
        if (targets.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            throw new ArgumentException("A target is not finite.");
        (_singles, _targets) = (elements, targets);
    }

    private Samples(Shape shape, int[] labels, int classes, long length)
    {
        if (shape.Length == 0 || shape.Rank > 3)
            throw new ArgumentException($"A sample has one to three axes, none of length zero, but {shape} was given.");
        if (length != (long)labels.Length * shape.Length)
            throw new ArgumentException($"{length} elements are not {labels.Length} samples of shape {shape}.");
        foreach (var label in labels)
            if ((uint)label >= (uint)classes) throw new ArgumentException($"Label {label} does not lie in 0..{classes - 1}.");
        Shape = shape;
        Classes = classes;
        _labels = labels;
    }

    private Samples(Samples whole, int[] index, int[] labels, int classes)
    {
        Shape = whole.Shape;
        Classes = classes;
        _bytes = whole._bytes;
        _singles = whole._singles;
        _trains = whole._trains;
        _targets = whole._targets;
        _lengths = whole._lengths;
        Columns = whole.Columns;
        IsUnitRange = whole.IsUnitRange;
        _index = index;
        _labels = labels;
    }

    /// <summary>How many samples.</summary>
    public int Count => _labels.Length;

    /// <summary>One sample's axes.</summary>
    public Shape Shape { get; private init; }

    /// <summary>
    /// The columns that the features come from, one per element of a sample;
    /// null where they have no names and nothing was taken out of them.
    /// </summary>
    public TableColumns? Columns { get; internal init; }

    /// <summary>
    /// Whether each sample is of a class; else it has real targets, and what is said by classes (accuracy, confusion) is not said of it.
    /// </summary>
    public bool HasClasses => _targets is null;

    /// <summary>
    /// How many classes the labels are out of; of real targets, how many each sample has: as many outputs as a network needs.
    /// </summary>
    public int Classes { get; }

    /// <summary>The class of every sample; 0 of samples with real targets.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>Whether the samples are spike trains, which have no elements.</summary>
    public bool AreEvents => _trains is not null;

    /// <summary>Whether the elements are bytes, 0 to 255; else they are singles, or there are none.</summary>
    public bool AreBytes => _bytes is not null;

    /// <summary>Whether values of single precision are from 0 to 1 by their nature, whatever the training samples have.</summary>
    internal bool IsUnitRange { get; init; }

    /// <summary>Channels: the first axis of three, and each element by itself where a sample has fewer axes.</summary>
    public int Channels => Shape.Rank == 3 ? Shape[0] : Shape.Length;

    /// <summary>The elements of an 8-bit sample, before normalisation.</summary>
    /// <exception cref="InvalidOperationException">The samples are singles.</exception>
    public ReadOnlySpan<byte> Bytes(int row) =>
        Row(_bytes ?? throw new InvalidOperationException("The samples are in single precision."), row);

    /// <summary>The elements of a sample in single precision, before normalisation.</summary>
    /// <exception cref="InvalidOperationException">The samples are bytes or spike trains.</exception>
    public ReadOnlySpan<float> Singles(int row) =>
        Row(_singles ?? throw new InvalidOperationException($"The samples are {Kind} and not in single precision."), row);

    /// <summary>The spikes of these samples: a batch. Allocates nothing once warm.</summary>
    /// <param name="rows">Row numbers in these samples.</param>
    /// <param name="batch">Receives them, in its own precision; of as many neurons as <see cref="Shape"/> says.</param>
    /// <exception cref="InvalidOperationException">The samples are no spike trains.</exception>
    /// <exception cref="ArgumentException">The batch is of another number of neurons.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    public void LoadEvents(ReadOnlySpan<int> rows, SpikeTrains batch)
    {
        if (_trains is null) throw new InvalidOperationException("The samples are numbers, which an encoder turns into spikes.");
        batch.Clear();
        foreach (var row in rows) batch.AppendSample(_trains, InWhole(Checked(row)));
    }

    /// <summary>When the last spike of all samples is, seconds; 0 where there is none.</summary>
    /// <exception cref="InvalidOperationException">The samples are no spike trains.</exception>
    public double LastEvent()
    {
        var trains = _trains ?? throw new InvalidOperationException("The samples are numbers and have no times.");
        var last = 0.0;
        for (var row = 0; row < Count; row++)
            if (trains.CountOf(InWhole(row)) > 0) last = Math.Max(last, trains.Times[trains.Offsets[InWhole(row) + 1] - 1]);
        return last;
    }

    /// <summary>y_n = sample rows[n], normalised: a batch. Allocates nothing once warm.</summary>
    /// <param name="kernels">The engine that y belongs to.</param>
    /// <param name="rows">Row numbers in these samples.</param>
    /// <param name="normalization">What to subtract and divide by.</param>
    /// <param name="y">One row per sample, <see cref="Shape"/>'s length long; images [C, H, W] fill a batch [N, H, W,
    /// C] channels last.</param>
    /// <exception cref="ArgumentException">The batch or the normalisation does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    public void Load(Kernels kernels, ReadOnlySpan<int> rows, Normalization normalization, Tensor y)
    {
        if (y.Shape.RowLength != Shape.Length)
            throw new ArgumentException($"Samples of shape {Shape} do not fill a batch of shape {y.Shape}.");
        if (normalization.Channels != Channels)
            throw new ArgumentException($"A normalisation of {normalization.Channels} channels does not fit samples of shape {Shape}, "
                + $"which have {Channels}.");
        Load(kernels, rows, [], normalization, default, y);
    }

    /// <summary>y_n = a window of sample rows[n], normalised: a batch of views. Allocates nothing once warm.</summary>
    /// <param name="kernels">The engine that y belongs to.</param>
    /// <param name="rows">Row numbers in these samples, which are images of [C, H, W].</param>
    /// <param name="windows">Which part of each.</param>
    /// <param name="normalization">What to subtract and divide by.</param>
    /// <param name="view">[C, h, w]: the shape of every window.</param>
    /// <param name="y">One row per sample, that shape's length long.</param>
    /// <exception cref="ArgumentException">The batch, the windows or the normalisation do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    public void Load(Kernels kernels, ReadOnlySpan<int> rows, ReadOnlySpan<SampleWindow> windows, Normalization normalization,
        Shape view, Tensor y)
    {
        if (AreEvents) throw new ConcordException("The samples are spike trains, but numbers were expected. Use a data set of numbers.");
        if (_index is null)
        {
            LoadWhole(kernels, rows, windows, normalization, view, y);
            return;
        }
        var rented = rows.Length > OnStack ? ArrayPool<int>.Shared.Rent(rows.Length) : null;
        var inWhole = rented is null ? stackalloc int[OnStack] : rented;
        try
        {
            for (var n = 0; n < rows.Length; n++) inWhole[n] = _index[Checked(rows[n])];
            LoadWhole(kernels, inWhole[..rows.Length], windows, normalization, view, y);
        }
        finally
        {
            if (rented is not null) ArrayPool<int>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// How many time steps each sample lasts, where a network reads its rows as steps and some samples end earlier: what stands behind the
    /// end is padding. One number a sample, from 1.
    /// </summary>
    /// <exception cref="ArgumentException">There are not as many lengths as samples, or a length is below 1.</exception>
    public IReadOnlyList<int> StepLengths
    {
        init
        {
            if (value.Count != Count || value.Any(length => length < 1))
                throw new ArgumentException($"{value.Count} lengths of at least 1 were expected to be those of {Count} samples.");
            _lengths = [.. value];
        }
    }

    /// <summary>Whether samples end at time steps of their own (<see cref="StepLengths"/>).</summary>
    public bool HasLengths => _lengths is not null;

    /// <summary>lengths[n] = how many time steps sample rows[n] lasts.</summary>
    /// <exception cref="InvalidOperationException">There are no lengths.</exception>
    public void LoadLengths(ReadOnlySpan<int> rows, Span<int> lengths)
    {
        if (_lengths is null) throw new InvalidOperationException("The samples have no lengths.");
        for (var n = 0; n < rows.Length; n++) lengths[n] = _lengths[InWhole(Checked(rows[n]))];
    }

    /// <summary>labels[n] = the class of sample rows[n].</summary>
    /// <exception cref="ArgumentException">There is not exactly one place a row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    public void LoadLabels(ReadOnlySpan<int> rows, Span<int> labels)
    {
        if (rows.Length != labels.Length) throw new ArgumentException($"{rows.Length} rows do not fill {labels.Length} labels.");
        for (var n = 0; n < rows.Length; n++) labels[n] = _labels[Checked(rows[n])];
    }

    /// <summary>t_n = the real targets of sample rows[n]: a batch. Allocates nothing once warm.</summary>
    /// <param name="kernels">The engine that t belongs to.</param>
    /// <param name="rows">Row numbers in these samples.</param>
    /// <param name="t">N x K.</param>
    /// <exception cref="InvalidOperationException">The samples are of classes.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    public void LoadTargets(Kernels kernels, ReadOnlySpan<int> rows, Tensor t)
    {
        var targets = OfTargets;
        var inWhole = ArrayPool<int>.Shared.Rent(rows.Length);
        try
        {
            for (var n = 0; n < rows.Length; n++) inWhole[n] = InWhole(Checked(rows[n]));
            kernels.LoadRows(targets, inWhole.AsSpan(0, rows.Length), [0], [1], t);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(inWhole);
        }
    }

    /// <summary>The real targets of a sample.</summary>
    /// <exception cref="InvalidOperationException">The samples are of classes.</exception>
    public ReadOnlySpan<float> Targets(int row) => OfTargets.AsSpan(InWhole(Checked(row)) * Classes, Classes);

    /// <summary>The variance of the real targets, summed over the outputs; NaN of classes.</summary>
    public double TargetVariance()
    {
        if (_targets is null || Count == 0) return double.NaN;
        var variance = 0.0;
        for (var output = 0; output < Classes; output++)
        {
            var (mean, squares) = (0.0, 0.0);
            for (var row = 0; row < Count; row++) mean += Targets(row)[output] / (double)Count;
            for (var row = 0; row < Count; row++) squares += Math.Pow(Targets(row)[output] - mean, 2);
            variance += squares / Count;
        }
        return variance;
    }

    /// <summary>The samples of these rows, in this order, as a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A row does not exist.</exception>
    public Samples Subset(ReadOnlySpan<int> rows)
    {
        var index = new int[rows.Length];
        var labels = new int[rows.Length];
        for (var n = 0; n < rows.Length; n++)
        {
            labels[n] = _labels[Checked(rows[n])];
            index[n] = InWhole(rows[n]);
        }
        return new(this, index, labels, Classes);
    }

    /// <summary>The same samples with other numbers for their classes, as a view.</summary>
    /// <param name="numbers">For each class its new number.</param>
    /// <param name="classes">How many classes there are then.</param>
    internal Samples Relabelled(int[] numbers, int classes)
    {
        var labels = new int[Count];
        for (var n = 0; n < labels.Length; n++) labels[n] = numbers[_labels[n]];
        return new(this, Rows.ToArray(), labels, classes);
    }

    /// <summary>The same elements on other axes, as a view.</summary>
    internal Samples OnAxes(Shape shape) => shape == Shape ? this : new(this, Rows.ToArray(), _labels, Classes) { Shape = shape };

    /// <summary>A copy of which is taken out by columns what was taken out of others.</summary>
    internal Samples TakenOutBy(TableColumns columns)
    {
        var elements = new float[(long)Count * Shape.Length];
        for (var n = 0; n < Count; n++)
            for (var i = 0; i < Shape.Length; i++)
            {
                double value = AreBytes ? Bytes(n)[i] : Singles(n)[i];
                elements[n * Shape.Length + i] = columns.IsAsRead(i) ? (float)value : columns.Narrow(i, value);
            }
        return WithElements(elements, columns);
    }

    /// <summary>Other elements for the same labels or targets.</summary>
    internal Samples WithElements(float[] elements, TableColumns? columns = null)
    {
        var made = OfElements(elements, columns);
        if (_lengths is null) return made;
        var lengths = new int[Count];
        LoadLengths(Ascending(Count), lengths);
        return new(made, Ascending(Count), [.. made._labels], Classes) { StepLengths = lengths };
    }

    private Samples OfElements(float[] elements, TableColumns? columns)
    {
        if (_targets is null) return new(Shape, elements, _labels, Classes) { Columns = columns };
        var targets = new float[Count * Classes];
        for (var row = 0; row < Count; row++) Targets(row).CopyTo(targets.AsSpan(row * Classes));
        return new(Shape, elements, targets, Classes) { Columns = columns };
    }

    /// <summary>The first samples, as a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public Samples First(int count) => count == Count ? this : Subset(Ascending(AtMostAll(count)));

    /// <summary>As many samples drawn without replacement, in the order they stand here, as a view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many.</exception>
    public Samples Draw(int count, RandomStream stream)
    {
        if (AtMostAll(count) == Count) return this;
        var rows = Ascending(Count);
        stream.Shuffle(rows.AsSpan());
        Array.Sort(rows, 0, count);
        return Subset(rows.AsSpan(0, count));
    }

    /// <summary>How many samples of each class there are; nothing where there are no classes.</summary>
    public int[] ClassCounts()
    {
        if (!HasClasses) return [];
        var counts = new int[Classes];
        foreach (var label in _labels) counts[label]++;
        return counts;
    }

    /// <summary>What is to be answered: <c>in 10 classes</c>, or <c>with 1 real target each</c>.</summary>
    internal string Answers =>
        HasClasses ? $"in {Things.Of(Classes, "class", "classes")}" : $"with {Things.Of(Classes, "real target")} each";

    /// <summary>Number, shape and classes, as in <c>60000 samples of 1x28x28 in 10 classes</c>.</summary>
    public override string ToString() => $"{Things.Of(Count, "sample")} of {Shape} {Answers}";

    /// <summary>Whether these are views over the very elements of others.</summary>
    internal bool SharesElementsWith(Samples other) => ReferenceEquals(_bytes, other._bytes) && ReferenceEquals(_singles, other._singles)
        && ReferenceEquals(_trains, other._trains);

    /// <summary>Where each sample stands in what these are a view of.</summary>
    internal ReadOnlySpan<int> Rows => _index ?? Ascending(Count);

    /// <summary>How the samples are kept, in a word.</summary>
    internal string Kind => AreEvents ? "events" : AreBytes ? "bytes" : "singles";

    /// <summary>Goes through all elements as they lie in memory, sample after sample; of spike trains, times and then neurons.</summary>
    internal void ForElements(Action<ReadOnlySpan<byte>> piece)
    {
        const int AtOnce = 1 << 16;
        if (_trains is not null)
            for (var row = 0; row < Count; row++)
            {
                var (start, end) = (_trains.Offsets[InWhole(row)], _trains.Offsets[InWhole(row) + 1]);
                piece(_trains.Times.AsBytes()[(start * sizeof(float))..(end * sizeof(float))]);
                piece(MemoryMarshal.AsBytes(_trains.NeuronsOfEvents[start..end]));
            }
        else if (_index is not null)
            for (var row = 0; row < Count; row++) piece(AreBytes ? Bytes(row) : MemoryMarshal.AsBytes(Singles(row)));
        else if (_bytes is not null) piece(_bytes);
        else
            for (var start = 0; start < _singles!.Length; start += AtOnce)
                piece(MemoryMarshal.AsBytes(_singles.AsSpan(start, Math.Min(AtOnce, _singles.Length - start))));
    }

    internal static int[] Ascending(int count)
    {
        var rows = new int[count];
        for (var i = 0; i < count; i++) rows[i] = i;
        return rows;
    }

    /// <summary>Whole samples where the view is no shape, else windows of them.</summary>
    private void LoadWhole(Kernels kernels, ReadOnlySpan<int> rows, ReadOnlySpan<SampleWindow> windows, Normalization normalization,
        Shape view, Tensor y)
    {
        if (view.Rank == 0 && _bytes is not null) kernels.LoadRows(_bytes, rows, normalization.Offset, normalization.Scale, y);
        else if (view.Rank == 0) kernels.LoadRows(_singles, rows, normalization.Offset, normalization.Scale, y);
        else if (_bytes is not null) kernels.LoadWindows(_bytes, Shape, rows, windows, normalization.Offset, normalization.Scale, view, y);
        else kernels.LoadWindows(_singles, Shape, rows, windows, normalization.Offset, normalization.Scale, view, y);
    }

    private float[] OfTargets => _targets ?? throw new InvalidOperationException("The samples are of classes and have no real targets.");

    private ReadOnlySpan<T> Row<T>(T[] elements, int row) => elements.AsSpan(InWhole(Checked(row)) * Shape.Length, Shape.Length);

    private int InWhole(int row) => _index is null ? row : _index[row];

    private int Checked(int row) => (uint)row < (uint)Count
        ? row
        : throw new ArgumentOutOfRangeException(nameof(row), $"Row {row} does not lie in 0..{Count - 1}.");

    private int AtMostAll(int count) => count >= 0 && count <= Count
        ? count
        : throw new ArgumentOutOfRangeException(nameof(count), $"{count} samples were asked for, but there are {Count}.");
}
