using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

/// <summary>
/// tau = tau_s. The potential over tau is (a s - b) e^-s with s = t/tau; it meets c first at s = b/a - W0(-(c/a) e^(b/a)), where
/// tau times its slope is a e^-s - c, so that dt/da = -tau s / (a - c e^s), dt/db = tau / (a - c e^s). A reset adds d e^s to
/// b, and a release makes b = a s - (c - d) e^s.
/// <para>
/// The root of g(s) = a s - b - c e^s is found by Newton's iteration from the last event on. g is concave, so that a step from the left
/// ends at the left of the root again: the steps rise to it and never pass it, and no branch of W has to be chosen.
/// </para>
/// <para>The check is looser than that of the quadratic case: a s2 - b >= c e^s1 in the window from s1 to s2.</para>
/// </summary>
internal readonly struct LambertDynamics<T>(SpikingNeuron neuron) : IDynamics<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostSteps = 60;

    private readonly T _tau = Number(neuron.TimeConstant), _c = Number(neuron.Threshold / neuron.TimeConstant),
        _d = Number(neuron.ResetBy / neuron.TimeConstant);

    private readonly SlopeGuard<T> _guard = new(neuron);

    /// <inheritdoc/>
    public T Silent => T.PositiveInfinity;

    /// <inheritdoc/>
    public void Fill(ref SpikeGroup<T> group, T now, T next, T growthNow, T growthNext)
    {
        (group.ToA, group.ToB) = (growthNow, now * growthNow);
        (group.ToAByTime, group.ToBByTime) = (growthNow / _tau, (growthNow + now * growthNow) / _tau);
        (group.Now, group.Next) = (now, next);
        (group.CheckB, group.CheckA, group.Check) = (-T.One, next, _c * growthNow);
    }

    /// <inheritdoc/>
    public void Move(ref SpikeGroup<T> group, T distance, T decay) =>
        (group.AOfA, group.BOfB, group.BOfA) = (decay, decay, -distance * decay);

    /// <inheritdoc/>
    public Vector512<T> Fire(Vector512<T> a, Vector512<T> b, Vector512<T> last, ref readonly SpikeGroup<T> group, out Vector512<T> place,
        out Vector512<T> slope)
    {
        var fires = Vector512<T>.Zero;
        place = slope = Vector512<T>.Zero;
        for (var lane = 0; lane < Vector512<T>.Count; lane++)
        {
            if (!TryFire(a[lane], b[lane], last[lane], group.Next, out var spike)) continue;
            fires = fires.WithElement(lane, Vector512<T>.AllBitsSet[lane]);
            place = place.WithElement(lane, spike);
            slope = slope.WithElement(lane, a[lane] * T.Exp(-spike) - _c);
        }
        return fires;
    }

    /// <inheritdoc/>
    public Vector512<T> Reset(Vector512<T> b, Vector512<T> place)
    {
        for (var lane = 0; lane < Vector512<T>.Count; lane++) b = b.WithElement(lane, b[lane] + _d * T.Exp(place[lane]));
        return b;
    }

    /// <inheritdoc/>
    public (T B, T ByA, T ByTime) Release(T a, T place)
    {
        var level = (_c - _d) * T.Exp(place);
        return (a * place - level, place, (a - level) / _tau);
    }

    /// <inheritdoc/>
    public T TimeOf(T place) => place;

    /// <inheritdoc/>
    public T PlaceOf(T time) => time;

    /// <inheritdoc/>
    public void ToTimes(Span<T> places) { }

    /// <inheritdoc/>
    public (T ByA, T ByB, T ResetByTime) Sensitivity(T place, T slope, T a, ref long clipped)
    {
        var decay = T.Exp(-place);
        var byB = _tau * decay / _guard.Of(slope, a * decay, ref clipped);
        return (-byB * place, byB, _d / (decay * _tau));
    }

    private bool TryFire(T a, T b, T last, T next, out T spike)
    {
        spike = last;
        if (!(a > T.Zero) || !T.IsFinite(b)) return false;
        var peak = T.Log(a / _c);
        if (!(peak > last) || !(a * peak - b - a > T.Zero)) return false;   // it only falls, or peaks below the threshold
        for (var step = 0; step < MostSteps; step++)
        {
            var growth = _c * T.Exp(spike);
            var value = a * spike - b - growth;
            if (value >= T.Zero) break;
            var better = spike - value / (a - growth);
            if (!(better > spike) || better > peak) break;
            spike = better;
            if (spike > next) return false;
        }
        return spike <= next;
    }

    private static T Number(double value) => T.CreateTruncating(value);
}
