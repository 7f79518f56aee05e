using System.Numerics;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

/// <summary>
/// One case of <see cref="Membrane"/>: what an input adds to a and b, when a neuron fires next, and how a spike's time depends on a and b.
/// Spikes are placed by a coordinate of its own, which rises with time: s = (t - origin) / tau or e^s.
/// </summary>
internal interface IDynamics<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Fills a group whose events and origin are set.</summary>
    /// <param name="group">The group.</param>
    /// <param name="now">When its events arrive, in time constants from the origin.</param>
    /// <param name="next">When its window ends.</param>
    /// <param name="growthNow">e^now.</param>
    /// <param name="growthNext">e^next.</param>
    void Fill(ref SpikeGroup<T> group, T now, T next, T growthNow, T growthNext);

    /// <summary>Says what becomes of a and b where the origin moves.</summary>
    /// <param name="group">The group at which it does.</param>
    /// <param name="distance">How far, in time constants.</param>
    /// <param name="decay">e^-distance.</param>
    void Move(ref SpikeGroup<T> group, T distance, T decay);

    /// <summary>The next spike of each neuron within the window.</summary>
    /// <param name="a">Its a.</param>
    /// <param name="b">Its b.</param>
    /// <param name="last">The coordinate of the last event: the window's begin, or an own spike in it.</param>
    /// <param name="group">The window.</param>
    /// <param name="place">The coordinates.</param>
    /// <param name="slope">What <see cref="Sensitivity"/> takes.</param>
    /// <returns>All bits set for the neurons that fire.</returns>
    Vector512<T> Fire(Vector512<T> a, Vector512<T> b, Vector512<T> last, ref readonly SpikeGroup<T> group, out Vector512<T> place,
        out Vector512<T> slope);

    /// <summary>b after a spike.</summary>
    Vector512<T> Reset(Vector512<T> b, Vector512<T> place);

    /// <summary>A b with which a neuron never fires again.</summary>
    T Silent { get; }

    /// <summary>b at the end of a hold, at which the potential is the threshold less the reset, and its derivatives.</summary>
    /// <param name="a">The neuron's a.</param>
    /// <param name="place">The coordinate of the release.</param>
    (T B, T ByA, T ByTime) Release(T a, T place);

    /// <summary>The time of a coordinate, in time constants from the origin.</summary>
    T TimeOf(T place);

    /// <summary>The coordinate of such a time.</summary>
    T PlaceOf(T time);

    /// <summary>Turns coordinates into times, in time constants from their origins, in place.</summary>
    void ToTimes(Span<T> places);

    /// <summary>The derivatives of a spike's time after a and b, and that of b after the time of the spike's own reset.</summary>
    /// <param name="place">Its coordinate.</param>
    /// <param name="slope">As <see cref="Fire"/> gave it.</param>
    /// <param name="a">Its a.</param>
    /// <param name="clipped">1 more if the slope was clipped.</param>
    (T ByA, T ByB, T ResetByTime) Sensitivity(T place, T slope, T a, ref long clipped);
}
