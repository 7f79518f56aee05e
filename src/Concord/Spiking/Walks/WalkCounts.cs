namespace Concord.Spiking.Walks;

/// <summary>What the walks of a layer counted, over the samples of a batch or of several.</summary>
/// <param name="Arriving">Spikes that came in, late ones included.</param>
/// <param name="Accumulates">Additions of weights on the way up.</param>
/// <param name="Late">Spikes that came in after the end.</param>
/// <param name="CutOff">Neurons that would have fired once more than they may.</param>
/// <param name="Clipped">Spikes whose slope was clipped on the last walk down.</param>
internal readonly record struct WalkCounts(long Arriving, long Accumulates, long Late, long CutOff, long Clipped)
{
    /// <summary>The sums.</summary>
    public static WalkCounts operator +(WalkCounts a, WalkCounts b) => new(a.Arriving + b.Arriving, a.Accumulates + b.Accumulates,
        a.Late + b.Late, a.CutOff + b.CutOff, a.Clipped + b.Clipped);
}
