using Concord.Numerics;

namespace Concord.Data;

/// <summary>How inputs are brought to a common size.</summary>
public enum NormalizationKind
{
    /// <summary>Mean 0 and standard deviation 1 in each channel over the training samples.</summary>
    MeanStd,

    /// <summary>0 to 1: bytes divided by 255; singles by each channel's smallest and largest training value.</summary>
    UnitRange,

    /// <summary>As they are.</summary>
    None,

    /// <summary>Whitened as a whole (<see cref="Whitening"/>), before batches are loaded; nothing is left to do on the way.</summary>
    Zca,

    /// <summary>-1 to 1: twice <see cref="UnitRange"/>, less 1.</summary>
    SymmetricRange,
}

/// <summary>
/// y = (x - offset_c) * scale_c for channel c of a sample. Fitted to the training samples alone, and used on
/// validation and test samples as it is.
/// </summary>
public sealed class Normalization
{
    private readonly float[] _offset, _scale;

    /// <summary>A normalisation with given figures, as a run keeps them.</summary>
    /// <param name="kind">Where the figures came from.</param>
    /// <param name="offset">What is subtracted, one entry per channel.</param>
    /// <param name="scale">What is then multiplied by, one entry per channel.</param>
    /// <exception cref="ArgumentException">Not one finite offset and scale a channel.</exception>
    public Normalization(NormalizationKind kind, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale)
    {
        if (offset.Length == 0 || offset.Length != scale.Length) throw new ArgumentException(
            $"A normalisation takes one offset and one scale a channel, but {offset.Length} and {scale.Length} were given.");
        foreach (var value in offset) Finite(value);
        foreach (var value in scale) Finite(value);
        Kind = kind;
        _offset = offset.ToArray();
        _scale = scale.ToArray();
    }

    /// <summary>The kinds by the words that settings and files have for them.</summary>
    internal static IReadOnlyDictionary<string, NormalizationKind> ByName { get; } = new Dictionary<string, NormalizationKind>
    {
        ["mean-std"] = NormalizationKind.MeanStd, ["unit-range"] = NormalizationKind.UnitRange,
        ["symmetric-range"] = NormalizationKind.SymmetricRange, ["none"] = NormalizationKind.None, ["zca"] = NormalizationKind.Zca,
    };

    /// <summary>Where the figures come from.</summary>
    public NormalizationKind Kind { get; }

    /// <summary>How many channels: 1 for grey images, 3 for colour, one a feature for own data.</summary>
    public int Channels => _offset.Length;

    /// <summary>What is subtracted: the channel's mean, for <see cref="NormalizationKind.MeanStd"/>, in units of the raw samples.</summary>
    public ReadOnlySpan<float> Offset => _offset;

    /// <summary>What is then multiplied by: one over the channel's standard deviation. A channel that never changes has scale 1.</summary>
    public ReadOnlySpan<float> Scale => _scale;

    /// <summary>The normalisation of these training samples; spike trains are left as they are.</summary>
    /// <param name="train">Training samples, and no others.</param>
    /// <param name="kind">Which.</param>
    /// <exception cref="ArgumentException">There is no sample to learn from.</exception>
    public static Normalization Fit(Samples train, NormalizationKind kind = NormalizationKind.MeanStd)
    {
        if (kind is not (NormalizationKind.None or NormalizationKind.Zca) && train.Count == 0)
            throw new ArgumentException("A normalisation needs at least one training sample.");
        var offset = new float[train.Channels];
        var scale = new float[train.Channels];
        for (var c = 0; c < offset.Length; c++)
        {
            var (subtract, divide) = kind switch
            {
                NormalizationKind.None or NormalizationKind.Zca => (0, 1),
                _ when train.AreEvents => (0, 1),
                NormalizationKind.UnitRange => Range(train, c),
                NormalizationKind.SymmetricRange => Middle(Range(train, c)),
                _ => train.AreBytes ? ByteMoments(train, c) : SingleMoments(train, c),
            };
            offset[c] = (float)subtract;
            if (divide > 1 && !float.IsNormal((float)(1 / divide))) throw NotFinite(train, c);
            // a spread that single precision takes for zero is no spread
            scale[c] = float.IsNormal((float)divide) && float.IsNormal((float)(1 / divide)) ? (float)(1 / divide) : 1;
        }
        return new(kind, offset, scale);
    }

    /// <summary>Makes sure that no number becomes infinite.</summary>
    /// <exception cref="ConcordException">One does; the message names its column.</exception>
    internal void CheckFinite(Samples samples)
    {
        if (samples.AreBytes || samples.AreEvents) return;
        var length = samples.Shape.Length / Channels;
        for (var n = 0; n < samples.Count; n++)
        {
            var sample = samples.Singles(n);
            for (var i = 0; i < sample.Length; i++)
                if (!float.IsFinite((sample[i] - _offset[i / length]) * _scale[i / length])) throw NotFinite(samples, i / length);
        }
    }

    /// <summary>Kind, and mean and deviation where there are at most three channels.</summary>
    public override string ToString()
    {
        if (Kind is NormalizationKind.None or NormalizationKind.Zca || Channels > 3) return Kind.ToString();
        var channels = Enumerable.Range(0, Channels)
            .Select(c => FormattableString.Invariant($"-{_offset[c]:0.###}, /{1 / _scale[c]:0.###}"));
        return $"{Kind} ({string.Join("; ", channels)})";
    }

    /// <summary>Mean and standard deviation (dividing by the number), from exact sums over a histogram.</summary>
    private static (double Mean, double Deviation) ByteMoments(Samples samples, int channel)
    {
        var length = samples.Shape.Length / samples.Channels;
        // four histograms, so that a run of equal pixels does not wait for its own last increment
        Span<long> counts = stackalloc long[4 * 256];
        counts.Clear();
        for (var n = 0; n < samples.Count; n++)
        {
            var plane = samples.Bytes(n).Slice(channel * length, length);
            var i = 0;
            for (; i + 4 <= plane.Length; i += 4)
            {
                counts[plane[i]]++;
                counts[256 + plane[i + 1]]++;
                counts[512 + plane[i + 2]]++;
                counts[768 + plane[i + 3]]++;
            }
            for (; i < plane.Length; i++) counts[plane[i]]++;
        }
        long sum = 0, squares = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            sum += counts[i] * (i & 255);
            squares += counts[i] * (i & 255) * (i & 255);
        }
        var total = (double)samples.Count * length;
        var mean = sum / total;
        return (mean, Math.Sqrt(Math.Max(0, squares / total - mean * mean)));
    }

    private static (double Mean, double Deviation) SingleMoments(Samples samples, int channel)
    {
        var length = samples.Shape.Length / samples.Channels;
        var total = (double)samples.Count * length;
        double sum = 0, squares = 0;
        for (var n = 0; n < samples.Count; n++)
            foreach (var x in samples.Singles(n).Slice(channel * length, length)) sum += x;
        var mean = sum / total;
        for (var n = 0; n < samples.Count; n++)
            foreach (var x in samples.Singles(n).Slice(channel * length, length)) squares += (x - mean) * (x - mean);
        return (mean, Math.Sqrt(squares / total));
    }

    // That of bytes is what they can hold, so that an image is the same whatever the others are.
    internal static (double Low, double Width) Range(Samples samples, int channel)
    {
        if (samples.AreBytes) return (0, 255);
        if (samples.IsUnitRange) return (0, 1);
        var length = samples.Shape.Length / samples.Channels;
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (var n = 0; n < samples.Count; n++)
            foreach (var x in samples.Singles(n).Slice(channel * length, length))
            {
                low = Math.Min(low, x);
                high = Math.Max(high, x);
            }
        return (low, high - low);
    }

    private static (double Subtract, double Divide) Middle((double Low, double Width) range) =>
        (range.Low + range.Width / 2, range.Width / 2);

    private static ConcordException NotFinite(Samples samples, int channel)
    {
        var (low, width) = Range(samples, channel);
        var name = samples.Shape.Rank == 3 ? $"Channel {channel}" : samples.Columns is { } columns
            ? $"The column '{columns.Features[channel]}'" : $"Feature {channel}";
        return new(FormattableString.Invariant($"{name} is not finite after normalising: its values go from {low:g3} to {low + width:g3}, ")
            + "and single precision ends at 3.4e38. Divide its values by a power of ten in the data, "
            + "or leave it out.");
    }

    private static void Finite(float value)
    {
        if (!float.IsFinite(value)) throw new ArgumentException($"A normalisation takes finite figures, but {value} was given.");
    }
}
