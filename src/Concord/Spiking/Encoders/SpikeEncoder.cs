using System.Globalization;
using System.Numerics;
using Concord.Numerics;

namespace Concord.Spiking.Encoders;

/// <summary>
/// Turns numbers from 0 to 1, as the pixels of an image, into spikes. A kind overrides how one number is encoded; the order of the events
/// is made afterwards. What is drawn depends on the stream, the sample and the feature alone, so drawing again gives the same spikes.
/// </summary>
public abstract class SpikeEncoder
{
    /// <summary>The most spikes of a number: beyond, a sample of a few thousand numbers would not fit into memory.</summary>
    private protected const int MostSpikes = 10_000;

    /// <summary>How many input neurons stand for one number.</summary>
    public virtual int NeuronsPerFeature => 1;

    /// <summary>When the last spike may come, seconds.</summary>
    public abstract double Duration { get; }

    /// <summary>Spike trains that hold what is encoded.</summary>
    /// <param name="features">Numbers of a sample.</param>
    /// <param name="elementType">Precision of the times.</param>
    public SpikeTrains Trains(int features, ElementType elementType = ElementType.Single) =>
        new(checked(features * NeuronsPerFeature), elementType);

    /// <summary>Adds samples to spike trains.</summary>
    /// <param name="values">N x features, each from 0 to 1.</param>
    /// <param name="trains">Take features x <see cref="NeuronsPerFeature"/> neurons.</param>
    /// <param name="stream">Where draws come from, if any are made.</param>
    /// <param name="first">The number of the first sample, by which draws are keyed.</param>
    /// <param name="slack">
    /// How far numbers may lie outside 0 to 1, to count as the nearer end: new samples may lie beyond those that their scale was fitted to.
    /// </param>
    /// <exception cref="ConcordException">A number is not from 0 to 1, or the trains have another number of neurons.</exception>
    public void Encode(Tensor values, SpikeTrains trains, RandomStream stream = default, long first = 0, double slack = 0) =>
        Encode(values, 0, values.Shape.Rows, trains, stream, first, slack);

    /// <summary>The same of some of the rows.</summary>
    internal void Encode(Tensor values, int start, int end, SpikeTrains trains, RandomStream stream, long first, double slack)
    {
        var features = values.Shape.RowLength;
        if (trains.Neurons != features * NeuronsPerFeature)
            throw new ConcordException($"Samples of {features} numbers give spikes of {features * NeuronsPerFeature} neurons, but the "
                + $"spike trains have {trains.Neurons}. Give the model that many inputs.");
        if (values.ElementType == ElementType.Single) Encode<float>(values.Singles, features, start, end, trains, stream, first, slack);
        else Encode<double>(values.Doubles, features, start, end, trains, stream, first, slack);
    }

    private void Encode<T>(ReadOnlySpan<T> values, int features, int start, int end, SpikeTrains trains, RandomStream stream, long first,
        double slack) where T : INumber<T>
    {
        for (var sample = start; sample < end; sample++)
        {
            var draws = stream.At(first + sample);
            var row = values.Slice(sample * features, features);
            for (var feature = 0; feature < row.Length; feature++)
            {
                var value = double.CreateTruncating(row[feature]);
                if (!(value >= -slack && value <= 1 + slack)) throw OutOfRange(value, feature, sample);
                Encode(Math.Clamp(value, 0, 1), feature, draws, trains);
            }
            trains.EndSample();
        }
    }

    private static ConcordException OutOfRange(double value, int feature, int sample) => new(string.Create(CultureInfo.InvariantCulture,
        $"Feature {feature} of sample {sample} is {value}; spikes encode numbers from 0 to 1. Scale the data to it (--normalization "
            + $"unit-range)."));

    /// <summary>dLoss/dvalue from dLoss/dt, for encoders whose times have a derivative after the numbers.</summary>
    /// <param name="trains">What was encoded.</param>
    /// <param name="signal">dLoss/dt for each event.</param>
    /// <param name="result">Receives dLoss/dvalue, N x features.</param>
    /// <exception cref="ConcordException">They have none.</exception>
    public virtual void Backward(SpikeTrains trains, Tensor signal, Tensor result) => throw new ConcordException(
        $"The {this} encoding has no derivative after the numbers that it encodes, so no gradient can be taken to the input. "
            + "Use the latency encoding.");

    /// <summary>Adds the events of one number.</summary>
    /// <param name="value">From 0 to 1.</param>
    /// <param name="feature">Which number of the sample.</param>
    /// <param name="draws">The sample's stream; <c>draws.At(feature)</c> is this number's.</param>
    /// <param name="trains">Where events are added.</param>
    protected abstract void Encode(double value, int feature, RandomStream draws, SpikeTrains trains);

    /// <summary>The name of the encoding.</summary>
    public abstract override string ToString();

    /// <summary>A length of time that is given, in seconds.</summary>
    private protected static double Positive(double value, string what) => double.IsFinite(value) && value > 0 ? value
        : throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"{what} is above 0, but {value} was given."));
}
