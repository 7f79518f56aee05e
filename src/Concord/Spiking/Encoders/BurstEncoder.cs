using Concord.Numerics;

namespace Concord.Spiking.Encoders;

/// <summary>
/// Burst coding: a number v gives n = ceil(v most) spikes from time 0 on, the closer together the larger it is, at intervals of
/// longest - (longest - shortest) v. Both the count and the intervals carry it; 0 gives none.
/// </summary>
/// <param name="most">Spikes of a number of 1.</param>
/// <param name="shortest">Seconds between the spikes of a number of 1.</param>
/// <param name="longest">Seconds between the spikes of a number near 0.</param>
public sealed class BurstEncoder(int most = 5, double shortest = 0.002, double longest = 0.02) : SpikeEncoder
{
    private readonly int _most = most is > 0 and <= MostSpikes ? most
        : throw new ConcordException($"A burst has at least one spike and up to {MostSpikes}, but at most {most} were asked for.");

    private readonly double _shortest = Positive(shortest, "The shortest interval of a burst"),
        _longest = longest >= shortest ? Positive(longest, "The longest interval of a burst")
            : throw new ConcordException("The longest interval of a burst is shorter than the shortest one. Exchange them.");

    /// <inheritdoc/>
    public override double Duration => (_most - 1) * _longest;

    /// <inheritdoc/>
    public override string ToString() => "burst";

    /// <inheritdoc/>
    protected override void Encode(double value, int feature, RandomStream draws, SpikeTrains trains)
    {
        var (count, interval) = ((int)Math.Ceiling(value * _most), _longest - (_longest - _shortest) * value);
        for (var i = 0; i < count; i++) trains.Add(i * interval, feature);
    }
}
