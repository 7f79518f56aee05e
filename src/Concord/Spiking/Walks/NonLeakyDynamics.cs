using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

/// <summary>
/// No leak. The potential over tau_s is b - a y with y = e^(-t/tau_s); it meets c at y = (b - c) / a, where tau_s times its slope is
/// a y, so that dt/da = tau_s / a, dt/db = -tau_s / (a y). The coordinate is 1/y. A reset takes d off b, whenever it comes, and
/// a release makes b = c - d + a y. For a > 0
/// the potential rises all the time, so looking at the end of a window is exact.
/// </summary>
internal readonly struct NonLeakyDynamics<T>(SpikingNeuron neuron) : IDynamics<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _tau = Number(neuron.TimeConstant), _c = Number(neuron.Threshold / neuron.TimeConstant),
        _d = Number(neuron.ResetBy / neuron.TimeConstant);

    private readonly SlopeGuard<T> _guard = new(neuron);

    /// <inheritdoc/>
    public T Silent => T.NegativeInfinity;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(ref SpikeGroup<T> group, T now, T next, T growthNow, T growthNext)
    {
        (group.ToA, group.ToB) = (growthNow, T.One);
        (group.ToAByTime, group.ToBByTime) = (growthNow / _tau, T.Zero);
        (group.Now, group.Next) = (growthNow, growthNext);
        (group.CheckB, group.CheckA, group.Check) = (T.One, -T.One / growthNext, _c);
    }

    /// <inheritdoc/>
    public void Move(ref SpikeGroup<T> group, T distance, T decay) =>
        (group.AOfA, group.BOfB, group.BOfA) = (decay, T.One, T.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Fire(Vector512<T> a, Vector512<T> b, Vector512<T> last, ref readonly SpikeGroup<T> group, out Vector512<T> place,
        out Vector512<T> slope)
    {
        slope = b - Vector512.Create(_c);
        var fires = Vector512.GreaterThan(Vector512.Min(a, slope), Vector512<T>.Zero);
        // A root before the last event by no more than rounding is a spike at that event, as in the quadratic case.
        fires &= Vector512.GreaterThanOrEqual(a, last * slope * Tolerance.Below<T>());
        fires &= Vector512.LessThanOrEqual(a, slope * Vector512.Create(group.Next));
        place = Vector512.Max(a / slope, last);
        return fires;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Reset(Vector512<T> b, Vector512<T> place) => b - Vector512.Create(_d);

    /// <inheritdoc/>
    public (T B, T ByA, T ByTime) Release(T a, T place) => (_c - _d + a / place, T.One / place, -a / (place * _tau));

    /// <inheritdoc/>
    public T TimeOf(T place) => T.Log(place);

    /// <inheritdoc/>
    public T PlaceOf(T time) => T.Exp(time);

    /// <inheritdoc/>
    public void ToTimes(Span<T> places) => TensorPrimitives.Log(places, places);

    /// <inheritdoc/>
    public (T ByA, T ByB, T ResetByTime) Sensitivity(T place, T slope, T a, ref long clipped)
    {
        var byB = -_tau / _guard.Of(slope, slope, ref clipped);
        return (-byB / place, byB, T.Zero);
    }

    private static T Number(double value) => T.CreateTruncating(value);
}
