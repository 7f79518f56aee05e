using System.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>
/// Events of a sample that arrive at one time, and the window from then to the next ones, in which neurons may fire. Nothing in it depends
/// on the neurons that receive, so it is worked out once for a layer. A long window is cut in several, by groups without events.
/// </summary>
internal struct SpikeGroup<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The events, from the first up to, not including, the end.</summary>
    public int First, End;

    /// <summary>Whether the time origin moves to this group before its events arrive.</summary>
    public bool Moves;

    /// <summary>The time origin, seconds.</summary>
    public T Origin;

    /// <summary>What a weight adds to a and to b.</summary>
    public T ToA, ToB;

    /// <summary>The derivatives of the two after the time, per second.</summary>
    public T ToAByTime, ToBByTime;

    /// <summary>A neuron may fire in the window only if b CheckB + a CheckA >= Check.</summary>
    public T CheckB, CheckA, Check;

    /// <summary>Where the window begins and ends, in the coordinate of the neuron's dynamics.</summary>
    public T Now, Next;

    /// <summary>Where the origin moves: a becomes a AOfA, and b becomes b BOfB + a BOfA, with the a of before.</summary>
    public T AOfA, BOfB, BOfA;
}
