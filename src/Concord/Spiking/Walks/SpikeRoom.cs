using System.Globalization;

namespace Concord.Spiking.Walks;

/// <summary>
/// How many spikes a walk may hold: those of a batch that come in, as often as windows see them, and those that are fired. It bounds a
/// storm that nothing else does: at <see cref="Most"/> a walk takes some 10 GB, hundreds of times what networks that learn take.
/// </summary>
/// <param name="neurons">Of the layer, for people.</param>
/// <param name="most">The bound, of each of the two.</param>
internal sealed class SpikeRoom(int neurons, long most = SpikeRoom.Most)
{
    /// <summary>The usual bound.</summary>
    public const long Most = 1 << 27;

    private long _fired;

    /// <summary>Checks how many spikes come in.</summary>
    /// <exception cref="ConcordException">They are too many.</exception>
    public void CheckArriving(long spikes)
    {
        if (spikes > most)
            throw Storm("come to", "Give fewer of them (a lower rate or burst in the model, data of fewer events; in the layer below a "
                + "higher threshold or a smaller number for most-spikes)");
    }

    /// <summary>Takes room for spikes that are fired; several threads may.</summary>
    /// <exception cref="ConcordException">There is no more.</exception>
    public void Take(long more)
    {
        if (Interlocked.Add(ref _fired, more) > most)
            throw Storm("are fired by", "Raise its threshold, lower its weights or give a smaller number for most-spikes in the model");
    }

    private ConcordException Storm(string how, string tries) => new(string.Create(CultureInfo.InvariantCulture,
        $"A storm: more than {most:N0} spikes of a batch {how} a layer of {neurons} spiking neurons. {tries}, or take smaller batches "
            + $"(--batch)."));
}
