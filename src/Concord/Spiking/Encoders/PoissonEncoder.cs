using System.Globalization;
using Concord.Numerics;

namespace Concord.Spiking.Encoders;

/// <summary>
/// Rate coding: spikes of a Poisson process, whose rate is v times the highest rate. The time from one spike to the next is
/// -ln(1 - U) / rate for a uniform U in [0, 1).
/// </summary>
/// <param name="highestRate">Spikes per second of a number of 1.</param>
/// <param name="duration">Seconds over which spikes are drawn.</param>
/// <exception cref="ConcordException">One is not above 0, or they give more than 10,000 spikes on average.</exception>
public sealed class PoissonEncoder(double highestRate = 100, double duration = 0.1) : SpikeEncoder
{
    private readonly double _rate = Positive(highestRate, "The highest rate") * duration <= MostSpikes ? highestRate
        : throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"A rate of {highestRate} spikes per second over ")
            + string.Create(CultureInfo.InvariantCulture, $"{duration} s makes {highestRate * duration:g3} spikes of a number of 1; the ")
            + string.Create(CultureInfo.InvariantCulture, $"most is {MostSpikes:N0}. Give a lower rate (rate=) or a shorter time ")
            + "(window=).");

    private readonly double _duration = Positive(duration, "The duration of the inputs");

    /// <inheritdoc/>
    public override double Duration => _duration;

    /// <inheritdoc/>
    public override string ToString() => "rate";

    /// <inheritdoc/>
    protected override void Encode(double value, int feature, RandomStream draws, SpikeTrains trains)
    {
        if (value == 0) return;
        var stream = draws.At(feature);
        var time = 0.0;
        for (ulong draw = 0; ; draw++)
        {
            time -= Math.Log(1 - stream.Uniform(draw)) / (value * _rate);
            if (time > _duration) return;
            trains.Add(time, feature);
        }
    }
}
