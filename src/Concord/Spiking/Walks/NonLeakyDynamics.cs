using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

/// <summary>
/// No leak. The potential over tau_s is b - a y with y = e^(-t/tau_s); it meets c at y = (b - c) / a, where tau_s times its slope is
/// a y, so that dt/da = tau_s / a, dt/db = -tau_s / (a y). A reset takes d off b, whenever it comes. For a > 0 the potential rises all
/// the time, so looking at the end of a window is exact.
/// </summary>
internal readonly struct NonLeakyDynamics<T>(SpikingNeuron neuron) : IDynamics<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _tau = Number(neuron.TimeConstant), _c = Number(neuron.Threshold / neuron.TimeConstant),
        _d = Number(neuron.ResetBy / neuron.TimeConstant);

    private readonly SlopeGuard<T> _guard = new(neuron);

    /// <inheritdoc/>
    public T Silent => T.NegativeInfinity;

    /// <inheritdoc/>
    public void Fill(ref SpikeGroup<T> group, T now, T next, T decayNow, T decayNext)
    {
        (group.ToA, group.ToB) = (T.One / decayNow, T.One);
        (group.ToAByTime, group.ToBByTime) = (group.ToA / _tau, T.Zero);
        (group.Now, group.Next) = (decayNow, decayNext);
        (group.CheckB, group.CheckA, group.Check) = (T.One, decayNext, _c);
    }

    /// <inheritdoc/>
    public void Move(ref SpikeGroup<T> group, T distance, T decay) =>
        (group.AOfA, group.BOfB, group.BOfA) = (decay, T.One, T.Zero);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Fire(Vector512<T> a, Vector512<T> b, Vector512<T> last, in SpikeGroup<T> group, out Vector512<T> place,
        out Vector512<T> slope)
    {
        slope = b - Vector512.Create(_c);
        place = slope / a;
        var fires = Vector512.GreaterThan(a, Vector512<T>.Zero) & Vector512.GreaterThan(slope, Vector512<T>.Zero);
        fires &= Vector512.LessThanOrEqual(place, last * Tolerance.Above<T>())   // as in the quadratic case
            | Vector512.GreaterThanOrEqual(slope - a * last, Vector512<T>.Zero);
        place = Vector512.Min(place, last);
        return fires & Vector512.GreaterThanOrEqual(place, Vector512.Create(group.Next));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Reset(Vector512<T> b, Vector512<T> place) => b - Vector512.Create(_d);

    /// <inheritdoc/>
    public void ToTimes(ReadOnlySpan<T> places, Span<T> times)
    {
        TensorPrimitives.Log(places, times);
        TensorPrimitives.Negate(times, times);
    }

    /// <inheritdoc/>
    public (T ByA, T ByB, T ResetByTime) Sensitivity(T place, T slope, T a, ref long clipped)
    {
        var byB = -_tau / _guard.Of(slope, slope, ref clipped);
        return (-byB * place, byB, T.Zero);
    }

    private static T Number(double value) => T.CreateTruncating(value);
}
