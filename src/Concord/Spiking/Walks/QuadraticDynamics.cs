using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

/// <summary>
/// tau = 2 tau_s. The potential over tau is f(y) = b y - a y^2 with y = e^(-t/tau); it meets c first at y = (b + x) / (2a), where
/// x = sqrt(b^2 - 4ac). There tau df/dt = x y, so that dt/da = tau y / x, dt/db = -tau / x. The coordinate is z = 1/y = 2a / (b + x); a
/// reset takes d z off b. A release at z makes b = (c - d) z + a / z, so that f(y) = c - d.
/// <para>
/// The check. For a > 0, f peaks at b / (2a). If that lies in the window from y1 down to y2, the peak is f(y2) + a (b/(2a) - y2)^2, which
/// is at most f(y2) + a (y1 - y2)^2; if it lies later, f still rises at y2; if it lies before, f only falls. So
/// b y2 - a (y2^2 - (y1 - y2)^2) >= c is necessary, and for a below 0 no neuron fires. It costs no more than looking at f(y2), which would
/// miss a peak inside the window.
/// </para>
/// </summary>
internal readonly struct QuadraticDynamics<T>(SpikingNeuron neuron) : IDynamics<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _tau = Number(neuron.TimeConstant), _rate = Number(1 / neuron.TimeConstant),
        _c = Number(neuron.Threshold / neuron.TimeConstant), _d = Number(neuron.ResetBy / neuron.TimeConstant);

    private readonly SlopeGuard<T> _guard = new(neuron);

    /// <inheritdoc/>
    public T Silent => T.NegativeInfinity;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(ref SpikeGroup<T> group, T now, T next, T growthNow, T growthNext)
    {
        var decayNext = T.One / growthNext;
        var difference = T.One / growthNow - decayNext;
        (group.ToA, group.ToB) = (growthNow * growthNow, growthNow);
        (group.ToAByTime, group.ToBByTime) = ((growthNow + growthNow) * growthNow * _rate, growthNow * _rate);
        (group.Now, group.Next) = (growthNow, growthNext);
        (group.CheckB, group.CheckA, group.Check) = (decayNext, difference * difference - decayNext * decayNext, _c);
    }

    /// <inheritdoc/>
    public void Move(ref SpikeGroup<T> group, T distance, T decay) =>
        (group.AOfA, group.BOfB, group.BOfA) = (decay * decay, decay, T.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Fire(Vector512<T> a, Vector512<T> b, Vector512<T> last, ref readonly SpikeGroup<T> group, out Vector512<T> place,
        out Vector512<T> slope)
    {
        var twice = a + a;
        var square = b * b - (twice + twice) * Vector512.Create(_c);
        slope = Vector512.Sqrt(square);   // not a number below 0
        var fires = Vector512.GreaterThan(a, Vector512<T>.Zero) & Vector512.GreaterThan(b, Vector512<T>.Zero)
            & Vector512.GreaterThan(square, Vector512<T>.Zero);
        var sum = b + slope;
        // A root at the last event, or before it by no more than rounding, is a spike at that event. A spike there, after which the
        // potential is below the threshold by the reset, moves the root far back.
        fires &= Vector512.GreaterThanOrEqual(twice, last * sum * Tolerance.Below<T>())
            | Vector512.GreaterThanOrEqual(b * last - a, last * last * Vector512.Create(_c));
        fires &= Vector512.LessThanOrEqual(twice, sum * Vector512.Create(group.Next));
        place = Vector512.MaxNative(twice / sum, last);
        return fires;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Reset(Vector512<T> b, Vector512<T> place) => b - Vector512.Create(_d) * place;

    /// <inheritdoc/>
    public (T B, T ByA, T ByTime) Release(T a, T place) =>
        ((_c - _d) * place + a / place, T.One / place, ((_c - _d) * place - a / place) * _rate);

    /// <inheritdoc/>
    public T TimeOf(T place) => T.Log(place);

    /// <inheritdoc/>
    public T PlaceOf(T time) => T.Exp(time);

    /// <inheritdoc/>
    public void ToTimes(Span<T> places) => TensorPrimitives.Log(places, places);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (T ByA, T ByB, T ResetByTime) Sensitivity(T place, T slope, T a, ref long clipped)
    {
        var decay = T.One / place;
        var byB = -_tau / (_guard.Of(slope * decay, a * decay * decay, ref clipped) * place);
        return (-byB * decay, byB, -_d * place * _rate);
    }

    private static T Number(double value) => T.CreateTruncating(value);
}
