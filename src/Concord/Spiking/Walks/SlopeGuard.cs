using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Spiking.Walks;

/// <summary>
/// What a slope at a spike counts as (<see cref="Grazing"/>). Slopes are those of the potential over its time constant, times it.
/// </summary>
internal readonly struct SlopeGuard<T>(SpikingNeuron neuron) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Grazing _grazing = neuron.Grazing;
    private readonly T _least = T.CreateTruncating(neuron.SlopeLimit * neuron.Threshold / neuron.TimeConstant);

    /// <summary>The slope that counts.</summary>
    /// <param name="slope">The true one.</param>
    /// <param name="bounded">That without the threshold's part.</param>
    /// <param name="clipped">1 more if the slope was clipped.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of(T slope, T bounded, ref long clipped)
    {
        if (_grazing == Grazing.Bounded) return bounded;
        if (_grazing == Grazing.Exact || slope >= _least) return slope;
        clipped++;
        return _least;
    }
}

/// <summary>How much rounding may move a root.</summary>
internal static class Tolerance
{
    /// <summary>1 less a few units in the last place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Below<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        T.CreateTruncating(typeof(T) == typeof(float) ? 1 - 8 * 1.1920929e-7 : 1 - 8 * 2.220446049250313e-16);
}
